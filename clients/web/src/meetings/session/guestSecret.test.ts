import { expect, test } from "vitest";
import { fromText, guestSecret, newSecret, toText } from "./guestSecret";

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);

async function fresh() {
  const secret = await guestSecret(newSecret());
  if (!secret) throw new Error("a new secret is one");
  return secret;
}

test("who has the same link has the same keys, and each guest another", async () => {
  const text = newSecret();
  const [one, other] = await Promise.all([guestSecret(text), guestSecret(text)]);
  expect(one?.id).toBe(other?.id);
  expect(await one?.mediaKey("@_guest_a:x:GUEST")).toEqual(await other?.mediaKey("@_guest_a:x:GUEST"));
  expect(await one?.mediaKey("@_guest_a:x:GUEST")).not.toEqual(await one?.mediaKey("@_guest_b:x:GUEST"));
  expect(await one?.mediaKey("@_guest_a:x:GUEST")).toHaveLength(16);
});

test("what is sealed opens for who has the secret, as the word of who said it", async () => {
  const [secret, other] = await Promise.all([fresh(), fresh()]);
  const sealed = await secret.seal(bytes(1, 2, 3), "@anna:x:DEV");
  expect(await secret.open(sealed, "@anna:x:DEV")).toEqual(bytes(1, 2, 3));
  expect(await secret.open(sealed, "@mallory:x:DEV")).toBeNull();
  expect(await other.open(sealed, "@anna:x:DEV")).toBeNull();
  sealed[14] = (sealed[14] ?? 0) ^ 1;
  expect(await secret.open(sealed, "@anna:x:DEV")).toBeNull();
  expect(await secret.open(bytes(1), "@anna:x:DEV")).toBeNull();
});

test.each(["", "short", newSecret().slice(0, -2), `${newSecret()}AA`, "not base64 ?!"])(
  "%j is no secret",
  async (text) => {
    expect(await guestSecret(text)).toBeNull();
  },
);

test("a secret can stand in an address", () => {
  expect(newSecret()).toMatch(/^[\w-]{43}$/);
  expect(fromText(toText(bytes(251, 255, 0)))).toEqual(bytes(251, 255, 0));
});
