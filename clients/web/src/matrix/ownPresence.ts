import { api } from "../api/client";
import { createStore } from "../state/store";
import { connection } from "./connection";

/** What a person may choose to be; the server overrides it with busy while they are on the phone. */
export type OwnPresence = "available" | "away" | "busy" | "offline";

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

/** Chooses one's own presence on every device; it comes back on failure, and the failure is thrown. */
export function setOwnPresence(next: OwnPresence): Promise<void> {
  return say(next, ownStatus.get());
}

/** Says something beside one's presence; what was said comes back on failure, and the failure is thrown. */
export function setOwnStatus(text: string): Promise<void> {
  return say(ownPresence.get(), text.trim());
}

async function say(state: OwnPresence, text: string): Promise<void> {
  const before = { state: ownPresence.get(), text: ownStatus.get() };
  show(state, text);
  try {
    // The server knows whether a call makes one busy meanwhile; the sync loop must not contradict it.
    await api.setPresence(state, text);
    await followInSync();
    localStorage.setItem(STORED, state);
    localStorage.setItem(STORED_TEXT, text);
  } catch (error) {
    show(before.state, before.text);
    throw error;
  }
}

function show(state: OwnPresence, text: string): void {
  ownPresence.set(state);
  ownStatus.set(text);
}

async function followInSync(): Promise<void> {
  const { client } = connection.get();
  if (!client) return;
  const { syncPresence } = await import("./live/ownPresence");
  await syncPresence(client, ownPresence.get());
}
