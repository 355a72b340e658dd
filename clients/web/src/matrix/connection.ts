import type { MatrixClient } from "matrix-js-sdk";
import type { MatrixLogin } from "../api/types";
import { createStore, useSelected, useStore } from "../state/store";

/**
 * idle: nobody signed in. connecting: before the first sync. live: the sync loop runs.
 * reconnecting: it fails and is tried again.
 */
export type ConnectionStatus = "idle" | "connecting" | "live" | "reconnecting";

export interface Connection {
  status: ConnectionStatus;
  /** Set from the moment that the client exists, which is before its first sync. */
  client: MatrixClient | null;
}

const IDLE: Connection = { status: "idle", client: null };

export const connection = createStore<Connection>(IDLE);

let stop: (() => void) | null = null;
let starting: symbol | null = null;

/** Loads the SDK (a chunk of its own) and starts the device of this session. */
export async function connect(login: MatrixLogin, onSignedOut: () => void): Promise<void> {
  const attempt = Symbol("connect");
  starting = attempt;
  connection.set({ status: "connecting", client: null });
  const { startClient } = await import("./live/start");
  if (starting !== attempt) return;
  stop = await startClient(login, onSignedOut);
}

/** Stops the device's sync loop and forgets the client; the token stays valid. */
export function disconnect(): void {
  starting = null;
  stop?.();
  stop = null;
  connection.set(IDLE);
}

/** The running client, or null until there is one. */
export function useMatrixClient(): MatrixClient | null {
  return useSelected(connection, clientOf);
}

export function useConnection(): Connection {
  return useStore(connection);
}

const clientOf = (value: Connection): MatrixClient | null => value.client;
