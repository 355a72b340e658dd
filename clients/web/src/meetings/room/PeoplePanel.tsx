import HandIcon from "@vector-im/compound-design-tokens/assets/web/icons/raised-hand-solid";
import MicOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-off-solid";
import MicOnIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-on-solid";
import MoreIcon from "@vector-im/compound-design-tokens/assets/web/icons/overflow-vertical";
import ScreenIcon from "@vector-im/compound-design-tokens/assets/web/icons/share-screen-solid";
import RemoveIcon from "@vector-im/compound-design-tokens/assets/web/icons/block";
import VideoOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-off-solid";
import { IconButton, Menu, MenuItem } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../../api/errors";
import { toast } from "../../ui/toasts";
import type { MeetingSnapshot, Moderation, ParticipantSnapshot } from "../session/types";
import { CalledList } from "./CalledList";
import { raisedHands } from "./news";
import styles from "./Panels.module.css";
import { ParticipantAvatar } from "./ParticipantAvatar";

interface Props {
  meeting: MeetingSnapshot;
  moderation: Moderation | null;
}

/** Who is here, raised hands first; a moderator can mute and remove. */
export function PeoplePanel({ meeting, moderation }: Props) {
  const { t } = useTranslation("meetings/room");
  const hands = raisedHands(meeting.participants);
  const others = meeting.participants.filter((each) => each.hand === null);
  return (
    <div className={styles.scroller}>
      <CalledList />
      <h4 className={styles.heading}>{t("here", { count: meeting.participants.length })}</h4>
      <ul role="list" className={styles.people}>
        {[...hands, ...others].map((participant) => (
          <Row key={participant.identity} participant={participant} moderation={moderation} />
        ))}
      </ul>
    </div>
  );
}

function Row({
  participant,
  moderation,
}: {
  participant: ParticipantSnapshot;
  moderation: Moderation | null;
}) {
  const { t } = useTranslation("meetings/room");
  const detail = [
    participant.kind === "member" ? null : t(`kind_${participant.kind}`),
    participant.unencrypted ? t("not_encrypted") : null,
  ].filter(Boolean);
  return (
    <li className={styles.person} data-testid="participant">
      <ParticipantAvatar participant={participant} size={36} />
      <span className={styles.words}>
        <span className={styles.name}>
          {participant.me ? t("name_you", { name: participant.name }) : participant.name}
        </span>
        {detail.length > 0 && <span className={styles.detail}>{detail.join(" · ")}</span>}
      </span>
      {participant.hand !== null && (
        <HandIcon className={styles.hand} width={20} height={20} aria-label={t("hand_is_up")} />
      )}
      {participant.microphone ? (
        <MicOnIcon className={styles.quiet} width={20} height={20} aria-label={t("unmuted")} />
      ) : (
        <MicOffIcon className={styles.off} width={20} height={20} aria-label={t("muted")} />
      )}
      {moderation && !participant.me && <Moderate participant={participant} moderation={moderation} />}
    </li>
  );
}

function Moderate({ participant, moderation }: { participant: ParticipantSnapshot; moderation: Moderation }) {
  const { t } = useTranslation("meetings/room");
  const [open, setOpen] = useState(false);
  const { identity, name } = participant;
  const attempt = (work: Promise<void>): void => {
    work.catch((error: unknown) => toast("error", errorWords(error)));
  };
  return (
    <Menu
      title={name}
      open={open}
      onOpenChange={setOpen}
      align="end"
      trigger={
        <IconButton size="32px" aria-label={t("moderate", { name })}>
          <MoreIcon />
        </IconButton>
      }
    >
      {participant.microphone && (
        <MenuItem
          Icon={MicOffIcon}
          label={t("mute_other")}
          hideChevron
          onSelect={() => attempt(moderation.mute(identity, "microphone"))}
        />
      )}
      {participant.cameraOn && (
        <MenuItem
          Icon={VideoOffIcon}
          label={t("camera_other")}
          hideChevron
          onSelect={() => attempt(moderation.mute(identity, "camera"))}
        />
      )}
      {participant.screenOn && (
        <MenuItem
          Icon={ScreenIcon}
          label={t("screen_other")}
          hideChevron
          onSelect={() => attempt(moderation.mute(identity, "screen_share"))}
        />
      )}
      <MenuItem
        Icon={RemoveIcon}
        kind="critical"
        label={t("remove_other")}
        hideChevron
        onSelect={() => attempt(moderation.remove(identity))}
      />
    </Menu>
  );
}
