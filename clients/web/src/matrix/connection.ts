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

let stop: (() => Promise<void>) | null = null;
let starting: symbol | null = null;
let current: { login: MatrixLogin; onSignedOut: () => void } | null = null;
let encrypting: Promise<void> | null = null;
let connecting: Promise<void> = Promise.resolve();

/** Loads the SDK (a chunk of its own) and starts the device of this session. */
export function connect(login: MatrixLogin, onSignedOut: () => void): Promise<void> {
  connecting = start(login, onSignedOut);
  return connecting;
}

async function start(login: MatrixLogin, onSignedOut: () => void): Promise<void> {
  const attempt = Symbol("connect");
  starting = attempt;
  current = { login, onSignedOut };
  connection.set({ status: "connecting", client: null });
  const { startClient } = await import("./live/start");
  if (starting !== attempt) return;
  const end = await startClient(login, onSignedOut);
  if (starting === attempt) {
    stop = end;
    return;
  }
  // Signed out while it started.
  await end();
  if (starting === null) connection.set(IDLE);
}

/** Stops the device's sync loop and forgets the client; the token stays valid. */
export function disconnect(): void {
  starting = null;
  current = null;
  void stop?.();
  stop = null;
  connection.set(IDLE);
}

/** Each says whether something goes on that must not be cut by starting the device anew. */
export const restartGuards = new Set<() => boolean>();

const STORED_ENCRYPTION = "unisono.encryption";

/** Whether this device has keys of its own: it asked for them once. */
export function isEncrypting(deviceId: string): boolean {
  return localStorage.getItem(STORED_ENCRYPTION) === deviceId;
}

/**
 * Gives the device keys for end-to-end encryption, now and whenever it starts again. The cryptography is megabytes, so
 * it comes when it is needed first; the SDK takes it only before it starts, so the device starts anew.
 */
export function enableEncryption(): Promise<void> {
  encrypting ??= restartEncrypting().finally(() => {
    encrypting = null;
  });
  return encrypting;
}

/** Ends when the device is not being started anew: until then its client is about to be another. */
export async function steady(): Promise<void> {
  await encrypting?.catch(() => undefined);
}

async function restartEncrypting(): Promise<void> {
  const session = current;
  if (!session || isEncrypting(session.login.device_id)) return;
  localStorage.setItem(STORED_ENCRYPTION, session.login.device_id);
  // One that is only starting cannot be stopped yet, and may have seen in time that it is to have keys.
  await connecting.catch(() => undefined);
  if (current !== session || connection.get().client?.getCrypto()) return;
  const stopping = stop;
  stop = null;
  await stopping?.();
  // Signed out meanwhile: there is nothing to start again.
  if (current === session) await connect(session.login, session.onSignedOut);
}

/** The running client, or null until there is one. */
export function useMatrixClient(): MatrixClient | null {
  return useSelected(connection, clientOf);
}

export function useConnection(): Connection {
  return useStore(connection);
}

const clientOf = (value: Connection): MatrixClient | null => value.client;
