import { describe, expect, test } from "vitest";
import { openFile, readFileKeys, sealFile } from "./attachments";

const PICTURE = new TextEncoder().encode("a picture, as bytes").buffer;

const text = (data: ArrayBuffer): string => new TextDecoder().decode(data);

describe("case 20: a file of an encrypted room", () => {
  test("lies on the server as nobody without the keys can read it, and comes back whole", async () => {
    const { data, keys } = await sealFile(PICTURE);
    expect(text(data)).not.toContain("picture");
    expect(data.byteLength).toBe(PICTURE.byteLength);
    const told = readFileKeys(JSON.parse(JSON.stringify({ url: "mxc://l/a", ...keys })));
    expect(told && text(await openFile(data, told))).toBe("a picture, as bytes");
  });

  test("that was changed on the server is refused", async () => {
    const { data, keys } = await sealFile(PICTURE);
    const bytes = new Uint8Array(data);
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    await expect(openFile(data, keys)).rejects.toThrow("changed");
  });

  test("has keys and counter of its own each time", async () => {
    const [one, two] = await Promise.all([sealFile(PICTURE), sealFile(PICTURE)]);
    expect(one.keys.key.k).not.toBe(two.keys.key.k);
    expect(one.keys.iv).not.toBe(two.keys.iv);
    expect(text(one.data)).not.toBe(text(two.data));
  });

  test("of another client opens, padded or not, whatever else it says of its key", async () => {
    // NIST SP 800-38A, F.5.5 (CTR-AES256), its counter continued by our 64 bits.
    const key = "YD3rEBXKcb4rc67whX13gR81LAc7YQjXLZgQowkU3_Q";
    const iv = "8PHy8/T19vf4+fr7/P3+/w==";
    const bytes = (hex: string) =>
      Uint8Array.from(hex.match(/../g) ?? [], (each) => Number.parseInt(each, 16));
    const sealed = bytes("601ec313775789a5b7a7f504bbf3d228").buffer;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", sealed));
    const sha256 = btoa(String.fromCharCode(...digest));
    const keys = readFileKeys({
      key: { kty: "oct", k: key, key_ops: ["odd"], ext: "yes" },
      iv,
      hashes: { sha256 },
    });
    expect(keys && new Uint8Array(await openFile(sealed, keys))).toEqual(
      bytes("6bc1bee22e409f96e93d7e117393172a"),
    );
  });

  test.each([null, "x", {}, { key: {}, iv: 1, hashes: {} }, { key: { kty: "oct", k: "x" }, iv: "x" }])(
    "without keys that can be used (%j) has none",
    (file) => {
      expect(readFileKeys(file)).toBeNull();
    },
  );
});
