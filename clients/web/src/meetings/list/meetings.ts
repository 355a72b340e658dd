import { onServerEvent, onServerEventsOpen } from "../../api/events";
import { meetings, type Meeting } from "../../api/meetings";
import { onSessionEnd } from "../../session/session";
import { createStore, type Store } from "../../state/store";

export interface MeetingListState {
  status: "loading" | "ready" | "error";
  list: readonly Meeting[];
}

const LOADING: MeetingListState = { status: "loading", list: [] };

export const meetingList: Store<MeetingListState> = createStore(LOADING);

let asked = 0;

/** Asks for my meetings; what is known stays until the answer comes. Of answers that cross, the last asked counts. */
export async function loadMeetings(): Promise<void> {
  const turn = ++asked;
  try {
    const list = await meetings.list();
    if (turn === asked) meetingList.set({ status: "ready", list });
  } catch {
    if (turn !== asked) return;
    meetingList.update((state) => (state.status === "ready" ? state : { status: "error", list: [] }));
  }
}

/** Tries again, from the beginning, after an error. */
export function retryMeetings(): void {
  meetingList.set(LOADING);
  void loadMeetings();
}

/** Keeps the list true to the server's events until the answer is called. */
export function followMeetings(): () => void {
  const ends = [
    onServerEventsOpen(() => void loadMeetings()),
    onServerEvent("meetings", ({ change }) => {
      if (change === "meeting" || change === "live" || change === "recording") void loadMeetings();
    }),
  ];
  void loadMeetings();
  return () => {
    for (const end of ends) end();
  };
}

/** Shows a meeting that was made or changed here before the server tells of it. */
export function keepMeeting(changed: Meeting): void {
  meetingList.update((state) => {
    const others = state.list.filter((each) => each.id !== changed.id);
    return { ...state, list: [...others, changed] };
  });
}

/** Takes a cancelled one away. */
export function dropMeeting(id: string): void {
  meetingList.update((state) => ({ ...state, list: state.list.filter((each) => each.id !== id) }));
}

// The next person's meetings are others.
onSessionEnd(() => {
  asked += 1;
  meetingList.set(LOADING);
});
