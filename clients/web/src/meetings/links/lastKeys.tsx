import { type ReactNode, useState } from "react";
import { meetings, type Meeting } from "../../api/meetings";
import { meetingList } from "../list/meetings";
import { keyedRooms } from "../matrix/keptSecrets";
import { keptElsewhere, keptHere } from "./keys";
import { KeysDialog } from "./KeysDialog";

/** How long the server is asked what would be lost. Nobody who wants to go waits longer for it, in ms. */
const ASK_FOR = 3_000;

interface Ending {
  ask: (run: () => void) => Promise<void>;
  /** The question, while it is open. */
  dialog: ReactNode;
}

/** Runs what ends this browser's session; asks before it where keys of planned meetings would be lost with it. */
export function useEndingThis(): Ending {
  return useEnding("this", async () => {
    const keyed = keyedRooms();
    return keyed.size === 0 ? [] : keptHere(await known(), keyed, Date.now());
  });
}

/** Likewise what ends another session of `me`. */
export function useEndingOther(me: string): Ending {
  return useEnding("other", async () => keptElsewhere(await known(), keyedRooms(), me, Date.now()));
}

function useEnding(which: "this" | "other", lost: () => Promise<Meeting[]>): Ending {
  const [open, setOpen] = useState<{ meetings: Meeting[]; run: () => void } | null>(null);
  const ask = async (run: () => void): Promise<void> => {
    const found = await lost();
    if (found.length === 0) run();
    else setOpen({ meetings: found, run });
  };
  const goOn = (): void => {
    setOpen(null);
    open?.run();
  };
  const dialog = open && (
    <KeysDialog which={which} meetings={open.meetings} onStay={() => setOpen(null)} onGoOn={goOn} />
  );
  return { ask, dialog };
}

/** My meetings as the server knows them; without an answer, as they were seen last. */
function known(): Promise<readonly Meeting[]> {
  return meetings.list(AbortSignal.timeout(ASK_FOR)).catch(() => meetingList.get().list);
}
