import { ClientEvent, HttpApiEvent, SyncState, createClient } from "matrix-js-sdk";
import { type Logger, logger } from "matrix-js-sdk/lib/logger";
import type { MatrixLogin } from "../../api/types";
import { connection, isEncrypting, type ConnectionStatus } from "../connection";
import { loadOwnPresence, ownPresence, ownStatus } from "../ownPresence";
import { announcePresence } from "./ownPresence";
import { followAccount, resumeIsolation } from "./crypto/account";
import { loadCrypto } from "./crypto/load";
import { rememberKeys, SecretKeys } from "./crypto/secretKeys";
import { followVerification, METHODS } from "./crypto/verification";
import { followEncryption } from "./encryption";
import { followInvites } from "./invites";
import { roomName } from "./names";
import { followPending } from "./pending";
import { followPresence } from "./presence";
import { followRooms } from "./rooms";
import { followTyping } from "./typing";

const STATUS: Record<SyncState, ConnectionStatus> = {
  [SyncState.Prepared]: "live",
  [SyncState.Syncing]: "live",
  [SyncState.Catchup]: "reconnecting",
  [SyncState.Reconnecting]: "reconnecting",
  [SyncState.Error]: "reconnecting",
  [SyncState.Stopped]: "idle",
};

/** The SDK tells of each request: only what went wrong is worth the console. */
const QUIET: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (...what: unknown[]) => console.error(...what),
  getChild: () => QUIET,
};

// Calls of rooms write through the SDK's own logger, whatever the client was given.
logger.getChild = () => QUIET;

/** Starts the client and feeds the stores; the answer stops both. */
export async function startClient(login: MatrixLogin, onSignedOut: () => void): Promise<() => Promise<void>> {
  const keys = new SecretKeys();
  const client = createClient({
    baseUrl: login.homeserver_url || window.location.origin,
    userId: login.user_id,
    deviceId: login.device_id,
    accessToken: login.access_token,
    useAuthorizationHeader: true,
    // With it, what was loaded before a gap in the sync would be kept in timelines beside the live one.
    timelineSupport: false,
    roomNameGenerator: roomName,
    cryptoCallbacks: keys.callbacks,
    verificationMethods: METHODS,
    logger: QUIET,
  });
  rememberKeys(client, keys);
  if (isEncrypting(login.device_id)) await loadCrypto(client);
  resumeIsolation(client);
  const onSync = (state: SyncState): void => {
    connection.set({ status: STATUS[state], client });
  };
  client.on(ClientEvent.Sync, onSync);
  client.once(HttpApiEvent.SessionLoggedOut, onSignedOut);
  const follows = [
    followPresence,
    followPending,
    followRooms,
    followInvites,
    followTyping,
    followEncryption,
    followAccount,
    followVerification,
  ];
  const unfollow = follows.map((follow) => follow(client));
  connection.set({ status: "connecting", client });
  await loadOwnPresence();
  await client.startClient({ initialSyncLimit: 20, lazyLoadMembers: true });
  if (ownPresence.get() !== "available" || ownStatus.get()) {
    // It is announced again by the next choice; the page works without.
    announcePresence(client, ownPresence.get(), ownStatus.get()).catch(() => undefined);
  }
  return async () => {
    client.off(ClientEvent.Sync, onSync);
    for (const end of unfollow) end();
    client.stopClient();
    // What cannot be cleared belongs to a device that is gone.
    await client.clearStores().catch(() => undefined);
  };
}
