import { api } from "../api/client";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import type { OwnPresenceChoice } from "../api/types";
import { createStore } from "../state/store";
import { connection } from "./connection";

/** What a person may choose to be; the server overrides it with busy while they are on the phone. */
export type OwnPresence = OwnPresenceChoice["state"];

const STORED = "unisono.presence";
const CHOICES = new Set<string>(["available", "away", "busy", "offline"]);

function storedPresence(): OwnPresence {
  const value = localStorage.getItem(STORED);
  return value !== null && CHOICES.has(value) ? (value as OwnPresence) : "available";
}

export const ownPresence = createStore<OwnPresence>(storedPresence());

const STORED_TEXT = "unisono.presence.text";
/** As many characters as the server takes. */
export const STATUS_MAX = 200;

/** What one says beside one's presence ("in Milano until Friday"), "" for nothing. */
export const ownStatus = createStore<string>(localStorage.getItem(STORED_TEXT) ?? "");

/** When that text ends, in milliseconds since the epoch; null: never. */
export const ownStatusUntil = createStore<number | null>(null);

/** Chooses one's own presence on every device; it comes back on failure, and the failure is thrown. */
export function setOwnPresence(next: OwnPresence): Promise<void> {
  return say({ ...current(), state: next });
}

/** Says something beside one's presence, for ever or until a moment; what was said comes back on failure, and
 *  the failure is thrown. */
export function setOwnStatus(text: string, until: number | null): Promise<void> {
  return say({ ...current(), status_text: text.trim(), until: text.trim() ? until : null });
}

/** Keeps what I said the same on all my devices, until the answer is called. */
export function followOwnPresence(): () => void {
  const ends = [
    onServerEvent("own_presence", take),
    onServerEventsOpen(() => {
      api.presence().then(take, () => undefined);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** What I said last, as the house knows it; as this browser does while it cannot be asked. */
export async function loadOwnPresence(): Promise<void> {
  try {
    show(await api.presence());
  } catch {
    // It is asked again when the events open.
  }
}

function current(): OwnPresenceChoice {
  return { state: ownPresence.get(), status_text: ownStatus.get(), until: ownStatusUntil.get() };
}

async function say(next: OwnPresenceChoice): Promise<void> {
  const before = current();
  show(next);
  try {
    // The server knows whether a call makes one busy meanwhile; the sync loop must not contradict it.
    await api.setPresence(next);
    await followInSync();
  } catch (error) {
    show(before);
    throw error;
  }
}

function take(choice: OwnPresenceChoice): void {
  const changed = choice.state !== ownPresence.get();
  show(choice);
  if (changed) void followInSync();
}

function show({ state, status_text: text, until }: OwnPresenceChoice): void {
  ownPresence.set(state);
  ownStatus.set(text);
  ownStatusUntil.set(until);
  localStorage.setItem(STORED, state);
  localStorage.setItem(STORED_TEXT, text);
}

async function followInSync(): Promise<void> {
  const { client } = connection.get();
  if (!client) return;
  const { syncPresence } = await import("./live/ownPresence");
  await syncPresence(client, ownPresence.get());
}
