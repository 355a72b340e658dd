import type { ServerEvents } from "./types";

type Listener<K extends keyof ServerEvents> = (data: ServerEvents[K]) => void;

const listeners: { [K in keyof ServerEvents]: Set<Listener<K>> } = {
  people: new Set(),
  own_presence: new Set(),
  calls: new Set(),
  calls_missed: new Set(),
  blocked: new Set(),
  call_backs: new Set(),
  telephony: new Set(),
  live_calls: new Set(),
  ringing_near: new Set(),
  transfer_failed: new Set(),
  voicemail: new Set(),
  recordings: new Set(),
  services: new Set(),
  groups: new Set(),
  queues: new Set(),
  delegates: new Set(),
  calendars: new Set(),
  meetings: new Set(),
  "signed-out": new Set(),
};
const opened = new Set<() => void>();
const RETRY_MS = 5_000;

let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | null = null;

/** Listens to one kind of the server's events; the answer ends it. */
export function onServerEvent<K extends keyof ServerEvents>(kind: K, listener: Listener<K>): () => void {
  listeners[kind].add(listener);
  return () => listeners[kind].delete(listener);
}

/** Called each time the stream opens: what was missed while it was closed must be asked again. */
export function onServerEventsOpen(listener: () => void): () => void {
  opened.add(listener);
  return () => opened.delete(listener);
}

export function startServerEvents(): void {
  if (source) return;
  const stream = new EventSource("/api/v1/events");
  source = stream;
  stream.addEventListener("open", () => {
    if (source === stream) for (const listener of opened) listener();
  });
  for (const kind of Object.keys(listeners) as (keyof ServerEvents)[]) {
    stream.addEventListener(kind, (event) => {
      if (source === stream) deliver(kind, (event as MessageEvent<string>).data);
    });
  }
  // The browser reconnects by itself after a lost connection, but gives up after an HTTP error.
  stream.addEventListener("error", () => {
    if (source !== stream || stream.readyState !== EventSource.CLOSED) return;
    stopServerEvents()();
    retry = setTimeout(startServerEvents, RETRY_MS);
  });
}

/** Hears nothing more. The answer closes the stream, which tells the server that this page has taken its leave. */
export function stopServerEvents(): () => void {
  if (retry) clearTimeout(retry);
  retry = null;
  const stream = source;
  source = null;
  return () => stream?.close();
}

function deliver<K extends keyof ServerEvents>(kind: K, text: string): void {
  const data = JSON.parse(text) as ServerEvents[K];
  for (const listener of listeners[kind]) listener(data);
}
