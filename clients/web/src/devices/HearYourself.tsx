import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "../ui/toasts";
import { chosenId } from "./devices";
import { hearYourself, type PlaybackPhase } from "./playback";

/** Records a few seconds and plays them back: an echo call without a call. */
export function HearYourself({ track }: { track: MediaStreamTrack }) {
  const { t } = useTranslation("devices");
  const [phase, setPhase] = useState<PlaybackPhase | null>(null);
  const [running, setRunning] = useState<AbortController | null>(null);
  useEffect(() => () => running?.abort(), [running, track]);
  if (typeof MediaRecorder === "undefined") return null;
  const start = (): void => {
    const controller = new AbortController();
    setRunning(controller);
    hearYourself(track, chosenId("speaker"), setPhase, controller.signal)
      .catch(() => toast("error", t("playback_failed")))
      .finally(() => setPhase(null));
  };
  return (
    <>
      <Button kind="tertiary" size="md" disabled={phase !== null} onClick={start}>
        {t("playback")}
      </Button>
      <span role="status">
        {phase && t(phase === "recording" ? "playback_recording" : "playback_playing")}
      </span>
    </>
  );
}
