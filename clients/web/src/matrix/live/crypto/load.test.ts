import { expect, test, vi } from "vitest";
import { loadCrypto } from "./load";

const soon = (): Promise<void> => Promise.resolve();

function keeper(...fails: unknown[]) {
  const initRustCrypto = vi.fn<() => Promise<void>>();
  for (const error of fails) initRustCrypto.mockRejectedValueOnce(error);
  initRustCrypto.mockResolvedValue(undefined);
  return { initRustCrypto, clearStores: vi.fn<() => Promise<void>>(soon) };
}

test("a program that does not come costs no keys, and is asked for again", async () => {
  const client = keeper(
    new TypeError("Failed to fetch dynamically imported module"),
    new TypeError("no network"),
  );
  await loadCrypto(client, soon);
  expect(client.initRustCrypto).toHaveBeenCalledTimes(3);
  expect(client.clearStores).not.toHaveBeenCalled();
});

test("a program that never comes is said to be away, and costs no keys", async () => {
  const client = {
    ...keeper(),
    initRustCrypto: vi.fn<() => Promise<void>>().mockRejectedValue(new TypeError("no network")),
  };
  await expect(loadCrypto(client, soon)).rejects.toThrow("no network");
  expect(client.clearStores).not.toHaveBeenCalled();
});

test("keys of another device make room", async () => {
  const client = keeper(new Error("the account in the store doesn't match the account in the constructor"));
  await loadCrypto(client, soon);
  expect(client.clearStores).toHaveBeenCalledTimes(1);
  expect(client.initRustCrypto).toHaveBeenCalledTimes(2);
});
