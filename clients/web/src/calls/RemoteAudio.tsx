import { useEffect, useRef } from "react";
import { chosenId, devices } from "../devices/devices";
import { routeTo } from "../devices/playTone";
import { useSelected } from "../state/store";

const speaker = (state: ReturnType<typeof devices.get>): string | null => chosenId("speaker", state);

/**
 * What the peer says. The element stays in the document as long as the call, whatever section is shown;
 * pictures are drawn elsewhere, in elements without sound.
 */
export function RemoteAudio({ stream }: { stream: MediaStream | null }) {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = element.current;
    if (!audio) return undefined;
    audio.srcObject = stream;
    if (!stream) return undefined;
    return playSoon(audio);
  }, [stream]);
  const speakerId = useSelected(devices, speaker);
  useEffect(() => {
    // A loudspeaker that has just gone: the sound stays where it is until the list tells.
    if (element.current) void routeTo(element.current, speakerId).catch(() => undefined);
  }, [speakerId]);
  // oxlint-disable-next-line jsx-a11y/media-has-caption -- nobody writes along while people speak
  return <audio ref={element} data-testid="remote-audio" autoPlay />;
}

/** Plays now, or at the next gesture where the browser wants one first. */
function playSoon(audio: HTMLAudioElement): () => void {
  const onGesture = (): void => {
    forget();
    void audio.play().catch(() => undefined);
  };
  const forget = (): void => {
    window.removeEventListener("pointerdown", onGesture, true);
    window.removeEventListener("keydown", onGesture, true);
  };
  audio.play().catch((error: unknown) => {
    if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
    window.addEventListener("pointerdown", onGesture, true);
    window.addEventListener("keydown", onGesture, true);
  });
  return forget;
}
