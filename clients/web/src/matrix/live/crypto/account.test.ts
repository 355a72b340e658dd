import { MatrixError, type MatrixClient } from "matrix-js-sdk";
import { OnlySignedDevicesIsolationMode, type CryptoApi } from "matrix-js-sdk/lib/crypto-api";
import { beforeEach, expect, type Mock, test, vi } from "vitest";
import { encryption } from "../../encryption";
import { followAccount, holdsIdentity, isBackedUp, resumeIsolation, signThisDevice } from "./account";
import { recover, RecoveryRefused } from "./recovery";

const ME = "@anna:localhost";
const NAMES = ["m.cross_signing.master", "m.cross_signing.self_signing", "m.cross_signing.user_signing"];

type Asked = (...given: unknown[]) => unknown;

let stored: Record<string, string[]>;
let published: boolean;
let verified: boolean;
let answer: () => Promise<unknown>;
let crypto: Record<string, Mock<Asked>>;
let client: MatrixClient;
let onSync: () => void;

beforeEach(() => {
  localStorage.clear();
  [stored, published, verified] = [{}, true, true];
  answer = async () => ({ version: "1" });
  const keys = { masterKey: true, selfSigningKey: true, userSigningKey: true };
  crypto = {
    bootstrapCrossSigning: vi.fn<Asked>(async () => undefined),
    checkKeyBackupAndEnable: vi.fn<Asked>(async () => null),
    crossSignDevice: vi.fn<Asked>(async () => undefined),
    getActiveSessionBackupVersion: vi.fn<Asked>(async () => null),
    getCrossSigningStatus: vi.fn<Asked>(async () => ({ privateKeysCachedLocally: keys })),
    getDeviceVerificationStatus: vi.fn<Asked>(async () => ({ crossSigningVerified: verified })),
    getUserDeviceInfo: vi.fn<Asked>(async () => new Map()),
    resetKeyBackup: vi.fn<Asked>(async () => undefined),
    setDeviceIsolationMode: vi.fn<Asked>(),
    userHasCrossSigningKeys: vi.fn<Asked>(async () => true),
  };
  client = {
    getCrypto: () => crypto,
    getSafeUserId: () => ME,
    getDeviceId: () => "HERE",
    getDevices: async () => ({ devices: [] }),
    getAccountData: () => undefined,
    isInitialSyncComplete: () => true,
    downloadKeysForUsers: async () => ({ master_keys: published ? { [ME]: {} } : {} }),
    http: { authedRequest: () => answer() },
    secretStorage: {
      getDefaultKeyId: async () => ("key" in stored ? "key" : null),
      getKey: async () => ["key", {}],
      isStored: async (name: string) =>
        stored[name] ? Object.fromEntries(stored[name].map((id) => [id, {}])) : null,
    },
    on: (type: string, listener: () => void) => {
      if (type === "sync") onSync = listener;
    },
    off: () => undefined,
  } as unknown as MatrixClient;
});

const api = (): CryptoApi => crypto as unknown as CryptoApi;
const missing = (): Promise<never> => Promise.reject(new MatrixError({ errcode: "M_NOT_FOUND" }, 404));
const away = (): Promise<never> => Promise.reject(new Error("no network"));

/** The account as it is looked up with the first sync. */
async function looked(): Promise<void> {
  const end = followAccount(client);
  onSync();
  await vi.waitFor(() => expect(encryption.get().status).not.toBe("starting"));
  end();
}

test("a server that does not answer costs no backup", async () => {
  answer = away;
  await expect(isBackedUp(client, api())).rejects.toThrow("no network");
  await looked();
  expect(crypto.resetKeyBackup).not.toHaveBeenCalled();
});

test("one without a backup gets one", async () => {
  answer = missing;
  await looked();
  expect(crypto.resetKeyBackup).toHaveBeenCalledTimes(1);
});

test("keys that were made and not published are published", async () => {
  published = false;
  await looked();
  expect(crypto.bootstrapCrossSigning).toHaveBeenCalledWith(
    expect.objectContaining({ setupNewCrossSigning: true }),
  );
});

test("a device with the account's keys signs itself, where that was cut off", async () => {
  await signThisDevice(client, api());
  expect(crypto.crossSignDevice).not.toHaveBeenCalled();
  verified = false;
  await signThisDevice(client, api());
  expect(crypto.crossSignDevice).toHaveBeenCalledWith("HERE");
});

test("a recovery key that seals nothing yet is none, and makes no other keys", async () => {
  stored = { key: [] };
  for (const name of NAMES) stored[name] = ["old"];
  expect(await holdsIdentity(client)).toBe(false);
  await expect(recover(client, "x")).rejects.toEqual(new RecoveryRefused("no_recovery"));
  expect(crypto.bootstrapCrossSigning).not.toHaveBeenCalled();
  for (const name of NAMES) stored[name] = ["old", "key"];
  expect(await holdsIdentity(client)).toBe(true);
});

test("who is left out is left out before anything can fail, and from the first sync of the next page on", async () => {
  stored = { key: [] };
  for (const name of NAMES) stored[name] = ["key"];
  crypto.userHasCrossSigningKeys?.mockRejectedValue(new Error("no network"));
  await looked();
  const mode = crypto.setDeviceIsolationMode!;
  expect(mode.mock.calls.at(-1)?.[0]).toBeInstanceOf(OnlySignedDevicesIsolationMode);
  mode.mockClear();
  resumeIsolation(client);
  expect(mode.mock.calls.at(-1)?.[0]).toBeInstanceOf(OnlySignedDevicesIsolationMode);
});
