import {
  ClientEvent,
  ClientPrefix,
  MatrixError,
  Method,
  type MatrixClient,
  type MatrixEvent,
} from "matrix-js-sdk";
import {
  AllDevicesIsolationMode,
  CryptoEvent,
  OnlySignedDevicesIsolationMode,
  type CryptoApi,
} from "matrix-js-sdk/lib/crypto-api";
import { encryption, leavesOut, NO_ENCRYPTION, type EncryptionState, type OwnDevice } from "../../encryption";
import { coalesce } from "../schedule";
import { secretKeysOf } from "./secretKeys";

/** Account data: what somebody has chosen about encryption, on all devices. */
const CHOICE = "org.unisono.encryption";
/** How soon what could not be asked or set up is tried again, in ms. */
const AGAIN_MS = 15_000;

/** Gives the account keys of its own at first use, and keeps what is known of them true. */
export function followAccount(client: MatrixClient): () => void {
  const crypto = client.getCrypto();
  if (!crypto) {
    encryption.update((state) => (state.status === "locked" ? state : NO_ENCRYPTION));
    return () => undefined;
  }
  encryption.set({ ...NO_ENCRYPTION, status: "starting" });
  let over = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    if (over || !client.isInitialSyncComplete()) return;
    clearTimeout(timer);
    try {
      const state = await lookUp(client, crypto);
      if (!over) encryption.set(state);
    } catch {
      if (over) return;
      encryption.update((state) => (state.status === "starting" ? { ...state, status: "failed" } : state));
      timer = setTimeout(ask.ask, AGAIN_MS);
    }
  };
  const ask = coalesce(() => {
    running = running.then(look);
  });
  const onAccountData = (event: MatrixEvent): void => {
    const type = event.getType();
    if (type === CHOICE || type.startsWith("m.secret_storage") || type.startsWith("m.cross_signing"))
      ask.ask();
  };
  const onSync = (): void => {
    if (encryption.get().status !== "ready") ask.ask();
  };
  const onUsers = (users: string[]): void => {
    if (users.includes(client.getSafeUserId())) ask.ask();
  };
  client.on(ClientEvent.AccountData, onAccountData);
  client.on(ClientEvent.Sync, onSync);
  client.on(CryptoEvent.DevicesUpdated, onUsers);
  const changes = [
    CryptoEvent.KeysChanged,
    CryptoEvent.UserTrustStatusChanged,
    CryptoEvent.KeyBackupStatus,
    CryptoEvent.KeyBackupDecryptionKeyCached,
  ] as const;
  for (const change of changes) client.on(change, ask.ask);
  return () => {
    over = true;
    clearTimeout(timer);
    ask.cancel();
    client.off(ClientEvent.AccountData, onAccountData);
    client.off(ClientEvent.Sync, onSync);
    client.off(CryptoEvent.DevicesUpdated, onUsers);
    for (const change of changes) client.off(change, ask.ask);
    encryption.set(NO_ENCRYPTION);
  };
}

async function lookUp(client: MatrixClient, crypto: CryptoApi): Promise<EncryptionState> {
  // First, and without a question to the server: what fails below must not let anybody in.
  const recovery = (await holdsIdentity(client)) ? "kept" : "none";
  const choice = client.getAccountData(CHOICE as never)?.getContent() as
    | { only_signed?: unknown }
    | undefined;
  const onlySigned = leavesOut(choice?.only_signed, recovery);
  isolate(crypto, onlySigned);
  if (onlySigned) localStorage.setItem(STORED_ISOLATION, client.getDeviceId() ?? "");
  else localStorage.removeItem(STORED_ISOLATION);
  await ensureIdentity(client, crypto);
  await signThisDevice(client, crypto);
  const verified = await isVerified(client, crypto);
  if (verified) await ensureBackup(client, crypto);
  return {
    status: "ready",
    verified,
    recovery,
    backup: (await crypto.getActiveSessionBackupVersion()) !== null,
    devices: await ownDevices(client, crypto),
    onlySigned,
  };
}

const STORED_ISOLATION = "unisono.encryption.only_signed";

/** Leaves out what was left out before: the first sync is decrypted before anything of the account is known. */
export function resumeIsolation(client: MatrixClient): void {
  const crypto = client.getCrypto();
  if (crypto) isolate(crypto, localStorage.getItem(STORED_ISOLATION) === client.getDeviceId());
}

function isolate(crypto: CryptoApi, onlySigned: boolean): void {
  crypto.setDeviceIsolationMode(
    onlySigned ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false),
  );
}

/** Whether the recovery key opens the account's keys: one that was made halfway opens nothing. */
export async function holdsIdentity(client: MatrixClient): Promise<boolean> {
  const keyId = await client.secretStorage.getDefaultKeyId();
  if (keyId === null) return false;
  for (const name of SECRETS) {
    if (!(keyId in ((await client.secretStorage.isStored(name)) ?? {}))) return false;
  }
  return true;
}

const SECRETS = [
  "m.cross_signing.master",
  "m.cross_signing.self_signing",
  "m.cross_signing.user_signing",
] as const;

/**
 * The first device of an account makes its cross-signing keys, of which the homeserver asks nothing (MSC3967); those
 * of another device are never replaced here.
 */
async function ensureIdentity(client: MatrixClient, crypto: CryptoApi): Promise<void> {
  const me = client.getSafeUserId();
  const known = await crypto.userHasCrossSigningKeys(me, true);
  // The SDK knows keys that it has made, published or not: what the server has is asked of the server.
  if (known && (await client.downloadKeysForUsers([me])).master_keys?.[me]) return;
  await crypto.bootstrapCrossSigning({
    setupNewCrossSigning: known,
    authUploadDeviceSigningKeys: (upload) => upload(null),
  });
}

/** A device with the account's keys is signed with them, where that was cut off before. */
export async function signThisDevice(client: MatrixClient, crypto: CryptoApi): Promise<void> {
  if (await isVerified(client, crypto)) return;
  const { privateKeysCachedLocally: keys } = await crypto.getCrossSigningStatus();
  const deviceId = client.getDeviceId();
  if (deviceId && keys.masterKey && keys.selfSigningKey && keys.userSigningKey)
    await crypto.crossSignDevice(deviceId);
}

async function isVerified(client: MatrixClient, crypto: CryptoApi): Promise<boolean> {
  const status = await crypto.getDeviceVerificationStatus(client.getSafeUserId(), client.getDeviceId() ?? "");
  return status?.crossSigningVerified === true;
}

/** A backup from the first key on: whoever keeps a recovery key later has what was written before. */
async function ensureBackup(client: MatrixClient, crypto: CryptoApi): Promise<void> {
  if (await isBackedUp(client, crypto)) return;
  const storageFree = (await client.secretStorage.getDefaultKeyId()) === null;
  // A new backup's key goes into secret storage, which opens with its own.
  if (storageFree || (await secretKeysOf(client).holdsDefault(client))) await crypto.resetKeyBackup();
}

/**
 * Whether the server has a backup, which is used from then on. A new one ends the old, so that a server that does not
 * answer, of which the SDK says the same as of one without a backup, is an error.
 */
export async function isBackedUp(client: MatrixClient, crypto: CryptoApi): Promise<boolean> {
  if ((await crypto.checkKeyBackupAndEnable()) !== null) return true;
  try {
    const how = { prefix: ClientPrefix.V3 };
    await client.http.authedRequest(Method.Get, "/room_keys/version", undefined, undefined, how);
  } catch (error) {
    if (error instanceof MatrixError && error.errcode === "M_NOT_FOUND") return false;
    throw error;
  }
  throw new Error("the backup could not be looked at");
}

async function ownDevices(client: MatrixClient, crypto: CryptoApi): Promise<OwnDevice[]> {
  const me = client.getSafeUserId();
  const [{ devices }, info] = await Promise.all([client.getDevices(), crypto.getUserDeviceInfo([me])]);
  const withKeys = info.get(me) ?? new Map<string, unknown>();
  const found = devices
    .filter(({ device_id: deviceId }) => withKeys.has(deviceId))
    .map(async ({ device_id: deviceId, display_name: name }): Promise<OwnDevice> => {
      const status = await crypto.getDeviceVerificationStatus(me, deviceId);
      return {
        deviceId,
        name: name ?? deviceId,
        current: deviceId === client.getDeviceId(),
        verified: status?.signedByOwner === true,
      };
    });
  return (await Promise.all(found)).toSorted((a, b) => Number(b.current) - Number(a.current));
}

/** Leaves out devices that their owners have not verified, or does not; on all devices of mine. */
export async function chooseOnlySigned(client: MatrixClient, onlySigned: boolean): Promise<void> {
  await client.setAccountData(CHOICE as never, { only_signed: onlySigned } as never);
}
