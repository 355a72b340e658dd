import { onServerEvent, onServerEventsOpen } from "../../api/events";
import { type Recording, type RecordingList, recordingsApi } from "../../api/recordings";
import { i18n } from "../../i18n/i18n";
import { createStore, type Store } from "../../state/store";
import { toast } from "../../ui/toasts";

export type RecordingsState =
  | { status: "loading" }
  | { status: "error" }
  | { status: "ready"; list: RecordingList; loadingMore: boolean };

const LOADING: RecordingsState = { status: "loading" };

/** Recordings of my own calls. */
export const recordings: Store<RecordingsState> = createStore<RecordingsState>(LOADING);

/** Whether I may have my calls recorded. */
export function mayRecord(state: RecordingsState): boolean {
  return state.status === "ready" && state.list.may_record;
}

/** Whether there is anything to be heard, now or one day. */
export function mayHear(state: RecordingsState): boolean {
  return state.status === "ready" && (state.list.may_hear || state.list.recordings.length > 0);
}

export async function loadRecordings(): Promise<void> {
  try {
    recordings.set({ status: "ready", list: await recordingsApi.list(), loadingMore: false });
  } catch {
    recordings.update((state) => (state.status === "ready" ? state : { status: "error" }));
  }
}

/** The next page, below those that are there. */
export async function loadOlderRecordings(): Promise<void> {
  const state = recordings.get();
  if (state.status !== "ready" || state.list.next === null || state.loadingMore) return;
  recordings.set({ ...state, loadingMore: true });
  try {
    const older = await recordingsApi.list({ before: state.list.next });
    const list = { ...older, recordings: [...state.list.recordings, ...older.recordings] };
    recordings.set({ status: "ready", list, loadingMore: false });
  } catch {
    recordings.set({ ...state, loadingMore: false });
  }
}

/** Keeps them true to the server's events until the answer is called. */
export function followRecordings(): () => void {
  recordings.set(LOADING);
  const ends = [
    onServerEventsOpen(() => void loadRecordings()),
    onServerEvent("recordings", () => void loadRecordings()),
  ];
  void loadRecordings();
  return () => {
    for (const end of ends) end();
  };
}

/** Deletes one, for everybody and for good. Whether it is gone. */
export async function removeRecording({ id }: Recording): Promise<boolean> {
  try {
    await recordingsApi.remove(id);
    void loadRecordings();
    return true;
  } catch {
    toast("error", i18n.t("not_done", { ns: "recordings" }));
    return false;
  }
}
