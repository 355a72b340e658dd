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

/** Chooses one's own presence on every device; it comes back on failure, and the failure is thrown. */
export async function setOwnPresence(next: OwnPresence): Promise<void> {
  const before = ownPresence.get();
  ownPresence.set(next);
  try {
    await sendOwnPresence();
    localStorage.setItem(STORED, next);
  } catch (error) {
    ownPresence.set(before);
    throw error;
  }
}

async function sendOwnPresence(): Promise<void> {
  const { client } = connection.get();
  if (!client) return;
  const { announcePresence } = await import("./live/ownPresence");
  await announcePresence(client, ownPresence.get());
}
