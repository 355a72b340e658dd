import { lazy, Suspense, useEffect } from "react";
import { OnTop } from "../ui/OnTop";
import { CallAnnouncer } from "./CallAnnouncer";
import { closePanel, openPanel } from "./island/panel";
import { calls as manager } from "./manager";
import { RemoteAudio } from "./RemoteAudio";
import { startCalls } from "./start";
import { useCalls, useStage } from "./useCalls";

const CallStage = lazy(() => import("./CallStage").then((module) => ({ default: module.CallStage })));

/** What is heard of calls, what is told of them, and the one at full size: drawn over every section. */
export function CallLayer() {
  useEffect(startCalls, []);
  useEffect(followEscape, []);
  const { calls, receipts } = useCalls();
  const stage = useStage();
  return (
    <>
      {calls.map((call) => (
        <RemoteAudio key={call.id} stream={call.remoteStream} />
      ))}
      {stage && (
        <Suspense>
          <CallStage key={stage.id} call={stage} />
        </Suspense>
      )}
      <OnTop>
        <CallAnnouncer calls={calls} receipts={receipts} />
      </OnTop>
    </>
  );
}

/** Escape closes what is open of a call, else makes the call small again; it never hangs up. */
function followEscape(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    // A menu or a window above has the key for itself.
    if (event.key !== "Escape" || document.querySelector('[role="menu"], dialog[open]')) return;
    if (openPanel.get()) closePanel();
    else manager.expand(null);
  };
  // Before an open tooltip, which would keep the key for itself.
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}
