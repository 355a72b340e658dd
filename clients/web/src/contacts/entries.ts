import type { Contact, Entry } from "../api/phonebooks";
import type { CallRecord } from "../api/types";
import { createStore, type Store } from "../state/store";

/** Tells two entries apart. */
export function entryKey(entry: Entry): string {
  return entry.kind === "person" ? entry.person.user_id : entry.contact.id;
}

export function entryName(entry: Entry): string {
  return entry.kind === "person" ? entry.person.name : entry.contact.name;
}

export function isFavourite(entry: Entry): boolean {
  return entry.kind === "person" ? entry.favourite : entry.contact.favourite;
}

export function withFavourite(entry: Entry, favourite: boolean): Entry {
  if (entry.kind === "person") return { ...entry, favourite };
  return { kind: "contact", contact: { ...entry.contact, favourite } };
}

/** The call was with this entry: a colleague by their id, a contact by its numbers. */
export function isWith(entry: Entry, { peer }: Pick<CallRecord, "peer">): boolean {
  if (entry.kind === "contact") return entry.contact.numbers.some((each) => each.number === peer.number);
  const { user_id: userId, extensions, numbers } = entry.person;
  if (peer.user_id !== null) return peer.user_id === userId;
  return peer.number !== null && [...extensions, ...numbers].includes(peer.number);
}

export function contactEntry(contact: Contact): Entry {
  return { kind: "contact", contact };
}

export interface ListState {
  status: "loading" | "ready" | "error";
  entries: readonly Entry[];
  /** The cursor of the following page, null when there is none. */
  next: string | null;
  loadingMore: boolean;
}

export interface EntryPageSource {
  (cursor: string | null): Promise<{ entries: readonly Entry[]; next: string | null }>;
}

/** A list that is read page by page, and changed here as soon as it was changed at the server. */
export interface EntryList {
  state: Store<ListState>;
  /** The first page anew; what is shown stays until it comes. */
  load(): Promise<void>;
  loadMore(): Promise<void>;
  /** Puts an entry in its place by name, or in the place of the one with its key. */
  put(entry: Entry): void;
  drop(key: string): void;
}

const LOADING: ListState = { status: "loading", entries: [], next: null, loadingMore: false };

export function createEntryList(source: EntryPageSource): EntryList {
  const state = createStore(LOADING);
  let asked = 0;
  return {
    state,
    async load() {
      const mine = ++asked;
      if (state.get().status === "error") state.set(LOADING);
      try {
        const { entries, next } = await source(null);
        if (mine === asked) state.set({ status: "ready", entries, next, loadingMore: false });
      } catch {
        if (mine === asked && state.get().status !== "ready") state.set({ ...LOADING, status: "error" });
      }
    },
    async loadMore() {
      const { next, loadingMore } = state.get();
      const mine = asked;
      if (next === null || loadingMore) return;
      state.update((before) => ({ ...before, loadingMore: true }));
      const page = await source(next).catch(() => null);
      if (mine !== asked) return;
      state.update((before) => ({
        ...before,
        loadingMore: false,
        ...(page && { entries: appended(before.entries, page.entries), next: page.next }),
      }));
    },
    put: (entry) => state.update((before) => ({ ...before, entries: placed(before, entry) })),
    drop: (key) =>
      state.update((before) => ({
        ...before,
        entries: before.entries.filter((entry) => entryKey(entry) !== key),
      })),
  };
}

/** Somebody renamed while the list is read would come twice. */
function appended(known: readonly Entry[], more: readonly Entry[]): Entry[] {
  const keys = new Set(known.map(entryKey));
  return [...known, ...more.filter((entry) => !keys.has(entryKey(entry)))];
}

/** The entries with one more, by name; one that belongs behind the last page read is left to the next page. */
export function placed({ entries, next }: Pick<ListState, "entries" | "next">, entry: Entry): Entry[] {
  const key = entryKey(entry);
  const same = entries.findIndex((each) => entryKey(each) === key);
  if (same >= 0 && entryName(entries[same] as Entry) === entryName(entry))
    return entries.with(same, entry) as Entry[];
  const others = entries.filter((each) => entryKey(each) !== key);
  const before = others.findIndex((each) => entryName(each).localeCompare(entryName(entry)) > 0);
  if (before >= 0) return others.toSpliced(before, 0, entry);
  return next === null ? [...others, entry] : [...others];
}
