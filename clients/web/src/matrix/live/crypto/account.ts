import { ClientEvent, type MatrixClient, type MatrixEvent } from "matrix-js-sdk";
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
  await ensureIdentity(client, crypto);
  const verified = await isVerified(client, crypto);
  const recovery = (await client.secretStorage.getDefaultKeyId()) === null ? "none" : "kept";
  if (verified) await ensureBackup(client, crypto, recovery === "none");
  const choice = client.getAccountData(CHOICE as never)?.getContent() as
    | { only_signed?: unknown }
    | undefined;
  const onlySigned = leavesOut(choice?.only_signed, recovery);
  crypto.setDeviceIsolationMode(
    onlySigned ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false),
  );
  return {
    status: "ready",
    verified,
    recovery,
    backup: (await crypto.getActiveSessionBackupVersion()) !== null,
    devices: await ownDevices(client, crypto),
    onlySigned,
  };
}

/**
 * The first device of an account makes its cross-signing keys, of which the homeserver asks nothing (MSC3967); those
 * of another device are never replaced here.
 */
async function ensureIdentity(client: MatrixClient, crypto: CryptoApi): Promise<void> {
  if (await crypto.userHasCrossSigningKeys(client.getSafeUserId(), true)) return;
  await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: (upload) => upload(null) });
}

async function isVerified(client: MatrixClient, crypto: CryptoApi): Promise<boolean> {
  const status = await crypto.getDeviceVerificationStatus(client.getSafeUserId(), client.getDeviceId() ?? "");
  return status?.crossSigningVerified === true;
}

/** A backup from the first key on: whoever keeps a recovery key later has what was written before. */
async function ensureBackup(client: MatrixClient, crypto: CryptoApi, storageFree: boolean): Promise<void> {
  if ((await crypto.checkKeyBackupAndEnable()) !== null) return;
  // A new backup's key goes into secret storage, which opens with its own.
  if (storageFree || (await secretKeysOf(client).holdsDefault(client))) await crypto.resetKeyBackup();
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
