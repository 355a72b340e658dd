import { useTranslation } from "react-i18next";
import type { CallSnapshot } from "./call";
import styles from "./CallStatus.module.css";
import { formatDuration } from "./duration";
import { fateWords } from "./control/commands";
import { fates } from "./control/fates";
import { ListenersBadge } from "./control/ListenersBadge";
import { liveCalls, liveOf, talkingSince } from "./control/live";
import { GOOD } from "./quality/emodel";
import { SignalBars } from "./quality/SignalBars";
import { RecordingBadge } from "./recording/RecordingBadge";
import { useRecording } from "./recording/useRecording";
import { useStore } from "../state/store";
import { useElapsed } from "./useCalls";
import { phaseWords } from "./words";

/** The state of a call in words, and its timer once it was connected. */
export function CallStatus({ call }: { call: CallSnapshot }) {
  const live = useStore(liveCalls);
  const elapsed = useElapsed(talkingSince(call, live));
  const fate = useStore(fates).get(call.id);
  const words = fate ? fateWords(fate, false) : phaseWords(call);
  const { t } = useTranslation("calls");
  const recording = useRecording(call);
  // In words only where it is not good, and not told at length already; else its bars say it.
  const score = call.sound?.trouble ? null : (call.sound?.score ?? null);
  const shown = call.phase === "connected" && score !== null;
  const weak = shown && score < GOOD;
  return (
    <span className={styles.status}>
      {words && <span>{words}</span>}
      <RecordingBadge recording={recording} />
      <ListenersBadge listeners={liveOf(call, live)?.listeners} />
      {weak && <span>{t("sound_weak")}</span>}
      {call.connectedAt !== null && (
        <span role="timer" data-testid="call-timer">
          {formatDuration(elapsed)}
        </span>
      )}
      {shown && <SignalBars score={score} />}
    </span>
  );
}
