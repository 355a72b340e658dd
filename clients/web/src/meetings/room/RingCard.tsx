import EndCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/end-call";
import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import { useTranslation } from "react-i18next";
import card from "../../calls/IncomingCard.module.css";
import { RoundButton } from "../../ui/RoundButton";
import { PersonAvatar } from "../../people/PersonAvatar";
import { useRooms } from "../../matrix/rooms";
import { usePeople } from "../../people/people";
import { answerRing, declineRing } from "../matrix/actions";
import { useRoomCall } from "../matrix/roomCalls";
import type { Ring } from "../matrix/rings";
import { useLiveMeeting } from "./useMeeting";
import { callerOf } from "./words";

/** A meeting that rings: a card that takes no focus from whoever is typing. */
export function RingCard({ ring }: { ring: Ring }) {
  const { t } = useTranslation("meetings/room");
  // The names may come after the ring.
  useRooms();
  usePeople();
  const { name, room } = callerOf(ring);
  const inside = useRoomCall(ring.roomId)?.userIds.length ?? 0;
  const busy = useLiveMeeting() !== null;
  return (
    <section className={card.card} aria-label={`${t("incoming")}: ${name}`} data-testid="incoming-meeting">
      <header className={card.head}>
        <span className={card.ringing}>
          <PersonAvatar userId={ring.sender} name={name} size={52} />
        </span>
        <div className={card.who}>
          <span className={card.kind}>{t("incoming")}</span>
          <strong className={card.name}>{name}</strong>
          <span className={card.number}>
            {room === name ? t("count", { count: inside }) : t("in_room", { room, count: inside })}
          </span>
        </div>
      </header>
      {busy && <p className={card.hint}>{t("busy_hint")}</p>}
      <div className={card.actions}>
        <span className={card.gap} />
        <RoundButton
          Icon={EndCallIcon}
          label={t("decline")}
          kind="end"
          size="large"
          onClick={() => declineRing(ring)}
        />
        <RoundButton
          Icon={VideoCallIcon}
          label={t("join_video")}
          kind="answer"
          size="large"
          onClick={() => void answerRing(ring, true)}
        />
        <RoundButton
          Icon={VoiceCallIcon}
          label={t("join")}
          kind="answer"
          size="large"
          onClick={() => void answerRing(ring, false)}
        />
      </div>
    </section>
  );
}

/** Tells screen readers of a meeting that rings, without moving the focus. */
export function RingAnnouncer({ ring }: { ring: Ring | undefined }) {
  const { t } = useTranslation("meetings/room");
  return (
    <div className="visually-hidden" role="alert" aria-live="assertive">
      {ring ? t("announce", callerOf(ring)) : ""}
    </div>
  );
}
