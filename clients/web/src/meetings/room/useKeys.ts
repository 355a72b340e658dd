import { useEffect, useEffectEvent } from "react";
import { inMeeting, meeting } from "../session/meeting";

/** M, V and H for microphone, camera and hand, wherever nothing is being written. */
export function useKeys(): void {
  const act = useEffectEvent((key: string): boolean => {
    const [here, session] = [meeting.get(), inMeeting()];
    if (!here || !session) return false;
    if (key === "m" && !here.onHold) void session.setMicrophone(!here.microphone);
    else if (key === "v") void session.setCamera(!here.camera);
    else if (key === "h") void session.setHand(here.hand === null);
    else return false;
    return true;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isWriting(event.target)) return;
      if (act(event.key.toLowerCase())) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, [role=menu], dialog") !== null;
}
