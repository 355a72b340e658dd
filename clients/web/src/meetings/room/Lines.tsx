import { Button } from "@vector-im/compound-web";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { people } from "../../people/people";
import { useStore } from "../../state/store";
import { ringAgain } from "../matrix/actions";
import { called, unreached } from "../matrix/callees";
import { inMeeting } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";
import styles from "./MeetingRoom.module.css";

const ShareDialog = lazy(() => import("../links/ShareDialog").then((m) => ({ default: m.ShareDialog })));

/** Trouble shorter than this is not worth a word. */
const PATIENCE_MS = 800;

/** Thin lines under the title that say what is wrong, or waits for something to be done. */
export function Lines({ meeting }: { meeting: MeetingSnapshot }) {
  const { t } = useTranslation("meetings/room");
  const session = inMeeting();
  const away = useSettled(meeting.phase === "reconnecting");
  return (
    <div role="status" className={styles.lines}>
      {meeting.phase === "joining" && <Line>{t("joining")}</Line>}
      {away && <Line kind="warning">{t("reconnecting")}</Line>}
      {meeting.onHold && <Line kind="warning">{t("on_hold")}</Line>}
      {meeting.silent && (
        <Line action={t("sound_on")} onAction={() => void session?.startAudio()}>
          {t("silent")}
        </Line>
      )}
      {meeting.trouble && (
        <Line kind="warning" action={t("dismiss", { ns: "app" })} onAction={() => session?.forgetTrouble()}>
          {t(`trouble_${meeting.trouble}`)}
        </Line>
      )}
      {meeting.roomId && <UnreachedLine roomId={meeting.roomId} />}
    </div>
  );
}

interface LineProps {
  kind?: "info" | "warning";
  action?: string;
  onAction?: () => void;
  children: ReactNode;
}

function Line({ kind = "info", action, onAction, children }: LineProps) {
  return (
    <p className={styles.line} data-kind={kind}>
      <span>{children}</span>
      {action && (
        <Button kind="tertiary" size="md" onClick={onAction}>
          {action}
        </Button>
      )}
    </p>
  );
}

/** Those who were called and did not come: a link may reach them. */
function UnreachedLine({ roomId }: { roomId: string }) {
  const { t } = useTranslation("meetings/room");
  const [sharing, setSharing] = useState(false);
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const byId = useStore(people).byId;
  const gone = unreached(useStore(called)).filter((callee) => !hidden.includes(callee.userId));
  const [first] = gone;
  if (!first && !sharing) return null;
  const names = gone.map((callee) => byId.get(callee.userId)?.name ?? callee.userId).join(", ");
  return (
    <>
      {first && (
        <p className={styles.line}>
          <span>{t(gone.length === 1 ? `unreached_${first.state}` : "unreached_many", { name: names })}</span>
          <Button kind="tertiary" size="md" onClick={() => void ringAgain(first.userId)}>
            {t("ring_again")}
          </Button>
          <Button kind="tertiary" size="md" onClick={() => setSharing(true)}>
            {t("share_link")}
          </Button>
          <Button kind="tertiary" size="md" onClick={() => setHidden(gone.map((callee) => callee.userId))}>
            {t("dismiss", { ns: "app" })}
          </Button>
        </p>
      )}
      {sharing && (
        <Suspense>
          <ShareDialog roomId={roomId} onClose={() => setSharing(false)} />
        </Suspense>
      )}
    </>
  );
}

function useSettled(on: boolean): boolean {
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(on), on ? PATIENCE_MS : 0);
    return () => clearTimeout(timer);
  }, [on]);
  return settled;
}
