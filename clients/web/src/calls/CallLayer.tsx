import { lazy, Suspense, useEffect, type ReactNode } from "react";
import { OnTop } from "../ui/OnTop";
import { CallAnnouncer } from "./CallAnnouncer";
import styles from "./CallLayer.module.css";
import { IncomingCard } from "./IncomingCard";
import { RemoteAudio } from "./RemoteAudio";
import { startCalls } from "./start";
import { useCalls } from "./useCalls";

const CallStage = lazy(() => import("./CallStage").then((module) => ({ default: module.CallStage })));

interface Props {
  /** Further cards for the corner. */
  children?: ReactNode;
}

/** The calls that ring, and the one at full size: drawn over every section. */
export function CallLayer({ children }: Props) {
  useEffect(startCalls, []);
  const { calls, expanded } = useCalls();
  const ringing = calls.filter((call) => call.phase === "ringing-in");
  const others = calls.length > ringing.length;
  const stage = calls.find((call) => call.id === expanded && call.phase !== "ringing-in");
  return (
    <>
      {calls.map((call) => (
        <RemoteAudio key={call.id} stream={call.remoteStream} />
      ))}
      {stage && (
        <Suspense>
          <CallStage call={stage} />
        </Suspense>
      )}
      <OnTop>
        <CallAnnouncer calls={ringing} />
        <div className={styles.corner}>
          {ringing.map((call) => (
            <IncomingCard key={call.id} call={call} waiting={others} />
          ))}
          {children}
        </div>
      </OnTop>
    </>
  );
}
