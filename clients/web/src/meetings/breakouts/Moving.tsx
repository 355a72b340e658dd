import RoomIcon from "@vector-im/compound-design-tokens/assets/web/icons/space-solid";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MeetingSnapshot } from "../session/types";
import styles from "./Breakouts.module.css";
import { roomName } from "./places";
import { useLeft } from "./useLeft";

/** How long before the rooms close screen readers are told. */
const SOON_MS = 30_000;

/** Over the pictures on the way into another room: where one is going. */
export function MovingCover({ meeting }: { meeting: MeetingSnapshot }) {
  const words = useWay(meeting);
  if (meeting.phase !== "moving") return null;
  return (
    // Told to screen readers by `MovingNews`, which is on the page before it has something to say.
    <div className={styles.cover} aria-hidden data-testid="moving">
      <p className={styles.coverCard}>
        <RoomIcon width={24} height={24} />
        <span>{words}</span>
      </p>
    </div>
  );
}

/** Tells screen readers where one goes and is, and that the rooms are about to close. */
export function MovingNews({ meeting }: { meeting: MeetingSnapshot }) {
  const { t } = useTranslation("meetings/breakouts");
  const { phase, place, breakouts } = meeting;
  const way = useWay(meeting);
  const [away, setAway] = useState(place !== null);
  if (place !== null && !away) setAway(true);
  const left = useLeft(breakouts.closesAt);
  const soon = left !== null && left <= SOON_MS;
  const name = roomName(breakouts, place);
  const here = name === null ? (away ? t("back") : "") : t("here", { name });
  return (
    <div className="visually-hidden" role="status">
      <p>{phase === "moving" ? way : here}</p>
      <p>{soon && t("closing_soon")}</p>
    </div>
  );
}

function useWay({ breakouts, place }: MeetingSnapshot): string {
  const { t } = useTranslation("meetings/breakouts");
  const name = roomName(breakouts, place);
  return name === null ? t("going_back") : t("going", { name });
}
