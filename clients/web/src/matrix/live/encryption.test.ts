import { ClientEvent, RoomStateEvent, type MatrixClient } from "matrix-js-sdk";
import { beforeEach, expect, test, vi } from "vitest";
import { enableEncryption, restartGuards } from "../connection";
import { followEncryption } from "./encryption";

vi.mock("../connection", () => ({
  enableEncryption: vi.fn<() => Promise<void>>(async () => undefined),
  restartGuards: new Set(),
}));

/** A client with one room, whose listeners the test calls. */
function client(encrypted: () => boolean, crypto = false) {
  const listeners = new Map<string, () => void>();
  const room = { getMyMembership: () => "join", hasEncryptionStateEvent: encrypted };
  const fake = {
    getCrypto: () => (crypto ? {} : undefined),
    isInitialSyncComplete: () => true,
    getRooms: () => [room],
    on: (event: string, listener: () => void) => listeners.set(event, listener),
    off: (event: string) => listeners.delete(event),
  };
  return { fake: fake as unknown as MatrixClient, listeners };
}

beforeEach(() => {
  vi.mocked(enableEncryption).mockClear();
  restartGuards.clear();
});

test("a device gets keys when it is in an encrypted room, once", () => {
  let encrypted = false;
  const { fake, listeners } = client(() => encrypted);
  followEncryption(fake);
  listeners.get(ClientEvent.Sync)?.();
  expect(enableEncryption).not.toHaveBeenCalled();
  encrypted = true;
  listeners.get(ClientEvent.Sync)?.();
  expect(enableEncryption).toHaveBeenCalledOnce();
  expect(listeners.size).toBe(0);
});

test("but not under a conversation: that comes first", () => {
  const { fake, listeners } = client(() => true);
  followEncryption(fake);
  let talking = true;
  restartGuards.add(() => talking);
  listeners.get(ClientEvent.Sync)?.();
  expect(enableEncryption).not.toHaveBeenCalled();
  talking = false;
  listeners.get(ClientEvent.Sync)?.();
  expect(enableEncryption).toHaveBeenCalledOnce();
});

test("a device that has keys asks for nothing", () => {
  const { fake, listeners } = client(() => true, true);
  followEncryption(fake)();
  expect(listeners.get(ClientEvent.Sync) ?? listeners.get(RoomStateEvent.Events)).toBeUndefined();
});
