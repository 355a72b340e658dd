import { useEffect, useState } from "react";
import { callControl } from "../api/calls";
import { useMatrixClient } from "../matrix/connection";
import type { CallSnapshot } from "./call";
import { isTelephone } from "./peer";

/** Characters of a text message that the house takes. */
const TEXT_MAX = 200;

/** How a call that rings is answered with a message: in the chat with a colleague, else by a text message. */
export interface Reply {
  send: (message: string) => Promise<unknown>;
  /** Characters that fit; any number in the chat. */
  longest?: number;
}

/** Null where nobody could be reached so: somebody outside who cannot get text messages, or a house without. */
export function useReply(call: CallSnapshot, callId: string | undefined): Reply | null {
  const client = useMatrixClient();
  const outside = isTelephone(call.peer.userId);
  const takesText = useTakesText(outside ? callId : undefined);
  if (!outside) return client && { send: (message) => client.sendTextMessage(call.roomId, message) };
  if (callId === undefined || !takesText) return null;
  return { send: (message) => callControl.replyByText(callId, message), longest: TEXT_MAX };
}

function useTakesText(callId: string | undefined): boolean {
  const [taken, setTaken] = useState<string | null>(null);
  useEffect(() => {
    if (callId === undefined) return undefined;
    let gone = false;
    callControl.replyWays(callId).then(
      ({ text }) => {
        if (!gone && text) setTaken(callId);
      },
      () => undefined, // it is not offered then
    );
    return () => {
      gone = true;
    };
  }, [callId]);
  return callId !== undefined && taken === callId;
}
