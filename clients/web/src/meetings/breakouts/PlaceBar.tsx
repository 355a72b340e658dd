import RoomIcon from "@vector-im/compound-design-tokens/assets/web/icons/space-solid";
import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { formatDuration } from "../../calls/duration";
import { inMeeting } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";
import styles from "./Breakouts.module.css";
import { roomName } from "./places";
import { useLeft } from "./useLeft";

/** With so little time left it is worth a second look. */
const SOON_MS = 60_000;

interface Props {
  meeting: MeetingSnapshot;
  /** Shows all rooms, for who may. */
  onRooms: (() => void) | null;
}

/** While a meeting is divided: in which room one is, how long still, and the way to the other. */
export function PlaceBar({ meeting, onRooms }: Props) {
  const { t } = useTranslation("meetings/breakouts");
  const { place, breakouts, phase } = meeting;
  const left = useLeft(breakouts.closesAt);
  if (breakouts.rooms.length === 0) return null;
  const { mine } = breakouts;
  const here = roomName(breakouts, place);
  const own = mine === place ? null : roomName(breakouts, mine);
  const soon = left !== null && left <= SOON_MS;
  const go = (to: string | null): void => void inMeeting()?.move(to);
  return (
    <div className={styles.bar} data-soon={soon || undefined} data-testid="place-bar">
      <RoomIcon className={styles.barIcon} width={20} height={20} aria-hidden />
      <p className={styles.barWords}>
        <strong>{here ?? t("main_room")}</strong>
        {left !== null && (
          <span className={styles.left}>{t(soon ? "closing" : "left", { time: formatDuration(left) })}</span>
        )}
        {here === null && own === null && !soon && <span className={styles.left}>{t("open_elsewhere")}</span>}
      </p>
      {phase !== "moving" && (
        <span className={styles.barButtons}>
          {onRooms && (
            <Button kind="tertiary" size="md" onClick={onRooms}>
              {t("all_rooms")}
            </Button>
          )}
          {place !== null && (
            <Button kind="secondary" size="md" onClick={() => go(null)}>
              {t("to_main")}
            </Button>
          )}
          {own !== null && (
            <Button size="md" onClick={() => go(mine)}>
              {t("to_room", { name: own })}
            </Button>
          )}
        </span>
      )}
    </div>
  );
}
