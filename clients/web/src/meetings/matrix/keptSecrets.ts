import { onSessionEnd } from "../../session/session";

const STORED = "unisono.meeting.secrets";

/** The secrets of a room's links that this browser keeps, as long as its session lasts. */
export function secretsOf(roomId: string): readonly string[] {
  return readAll()[roomId] ?? [];
}

export function keepSecret(roomId: string, secret: string): void {
  localStorage.setItem(STORED, JSON.stringify({ ...readAll(), [roomId]: [...secretsOf(roomId), secret] }));
}

/** The rooms to which this browser has such a secret. */
export function keyedRooms(): ReadonlySet<string> {
  return new Set(Object.keys(readAll()));
}

function readAll(): Record<string, string[]> {
  try {
    const all: unknown = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    return typeof all === "object" && all !== null ? (all as Record<string, string[]>) : {};
  } catch {
    return {};
  }
}

onSessionEnd(() => localStorage.removeItem(STORED));
