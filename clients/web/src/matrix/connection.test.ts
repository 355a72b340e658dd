import type { MatrixClient } from "matrix-js-sdk";
import { beforeEach, expect, test, vi } from "vitest";

const LOGIN = { user_id: "@anna:localhost", device_id: "D", access_token: "T", homeserver_url: "" };

/** Each client that was started: lets it finish its start, and tells whether it was stopped. */
interface Started {
  encrypting: boolean;
  finish: () => void;
  stop: () => Promise<void>;
}

const started: Started[] = [];
const startClient = vi.fn<() => Promise<() => Promise<void>>>();
vi.mock("./live/start", () => ({ startClient: () => startClient() }));

const load = () => import("./connection");

beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  started.length = 0;
  startClient.mockReset().mockImplementation(async () => {
    const { connection, isEncrypting } = await load();
    const encrypting = isEncrypting(LOGIN.device_id);
    const stop = vi.fn<() => Promise<void>>(async () => undefined);
    const begun = Promise.withResolvers<() => Promise<void>>();
    const client = { getCrypto: () => (encrypting ? {} : undefined) } as unknown as MatrixClient;
    connection.set({ status: "connecting", client });
    started.push({ encrypting, finish: () => begun.resolve(stop), stop });
    return begun.promise;
  });
});

const nth = (index: number) => vi.waitFor(() => started[index] ?? Promise.reject(new Error("not yet")));

test("signed out while it starts, a device is stopped and forgotten", async () => {
  const { connect, connection, disconnect } = await load();
  const connecting = connect(LOGIN, () => undefined);
  const first = await nth(0);
  disconnect();
  first.finish();
  await connecting;
  expect(first.stop).toHaveBeenCalledOnce();
  expect(connection.get()).toEqual({ status: "idle", client: null });
});

test("a device that is to have keys while it starts is stopped before it starts anew", async () => {
  const { connect, enableEncryption } = await load();
  void connect(LOGIN, () => undefined);
  const first = await nth(0);
  const enabled = enableEncryption();
  await Promise.resolve();
  expect(started).toHaveLength(1);
  first.finish();
  const second = await nth(1);
  expect(first.stop).toHaveBeenCalledOnce();
  expect(second.encrypting).toBe(true);
  second.finish();
  await enabled;
  expect(second.stop).not.toHaveBeenCalled();
});

test("a device that saw in time that it is to have keys is left alone", async () => {
  const { connect, enableEncryption } = await load();
  const connecting = connect(LOGIN, () => undefined);
  const enabled = enableEncryption();
  const first = await nth(0);
  expect(first.encrypting).toBe(true);
  first.finish();
  await Promise.all([connecting, enabled]);
  expect(started).toHaveLength(1);
  expect(first.stop).not.toHaveBeenCalled();
});
