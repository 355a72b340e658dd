import { IconButton } from "@vector-im/compound-web";
import ArrowLeftIcon from "@vector-im/compound-design-tokens/assets/web/icons/arrow-left";
import InfoIcon from "@vector-im/compound-design-tokens/assets/web/icons/info";
import LockIcon from "@vector-im/compound-design-tokens/assets/web/icons/lock-solid";
import { useTranslation } from "react-i18next";
import { EncryptionMeaning } from "../../ui/EncryptionMeaning";
import { useLayout } from "../../ui/layout";
import { navigate, paths } from "../../routes/routes";
import { RoomCallButtons } from "../../calls/RoomCallButtons";
import { useSlots } from "../slots";
import { ghostNumber, type RoomSummary } from "../../matrix/rooms";
import { usePerson } from "../../people/people";
import { useAvailability, usePresence } from "../../people/presence";
import { RoomAvatar } from "./RoomAvatar";
import styles from "./RoomHeader.module.css";

interface Props {
  summary: RoomSummary;
  panelOpen: boolean;
  onPanel: () => void;
}

/** Who the conversation is with, the call buttons, and the details panel. */
export function RoomHeader({ summary, panelOpen, onPanel }: Props) {
  const { t } = useTranslation("chat");
  const phone = useLayout() === "phone";
  const { Actions } = useSlots();
  // On a phone it is the page's title; beside the list, that is the list's.
  const Title = phone ? "h1" : "h2";
  return (
    <header className={styles.header}>
      {phone && (
        <IconButton aria-label={t("back")} onClick={() => navigate(paths.chat)}>
          <ArrowLeftIcon />
        </IconButton>
      )}
      <RoomAvatar room={summary} size={36} />
      <div className={styles.words}>
        <Title className={styles.name}>
          {summary.name}
          {summary.encrypted && (
            <EncryptionMeaning>
              <LockIcon
                className={styles.lock}
                width={16}
                height={16}
                role="img"
                aria-label={t("encrypted_room")}
              />
            </EncryptionMeaning>
          )}
        </Title>
        {summary.otherUserId ? <PersonLine userId={summary.otherUserId} /> : <GroupLine summary={summary} />}
      </div>
      <div className={styles.actions}>
        <Actions room={summary} />
        {summary.otherUserId && <RoomCallButtons roomId={summary.roomId} userId={summary.otherUserId} />}
        <IconButton
          tooltip={t("details")}
          aria-label={t("details")}
          aria-expanded={panelOpen}
          onClick={onPanel}
          kind={panelOpen ? "secondary" : "primary"}
        >
          <InfoIcon />
        </IconButton>
      </div>
    </header>
  );
}

function PersonLine({ userId }: { userId: string }) {
  const { t } = useTranslation("chat");
  const { t: people } = useTranslation("people");
  const availability = useAvailability(userId);
  const message = usePresence(userId).message;
  const extension = usePerson(userId)?.extensions[0];
  if (ghostNumber(userId) !== null) return <p className={styles.detail}>{t("outside_number")}</p>;
  return (
    <p className={styles.detail}>{[people(availability), message, extension].filter(Boolean).join(" · ")}</p>
  );
}

function GroupLine({ summary }: { summary: RoomSummary }) {
  const { t } = useTranslation("chat");
  return <p className={styles.detail}>{t("members", { count: summary.memberCount })}</p>;
}
