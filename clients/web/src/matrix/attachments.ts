/**
 * Files of encrypted rooms: AES-CTR with a key of their own, which stands in the encrypted event.
 * Matrix spec, "Sending encrypted attachments".
 */

/** What opens a file: the key (JWK), the first counter block, and the hash of what lies on the server. */
export interface FileKeys {
  key: JsonWebKey;
  /** Unpadded base64, 16 bytes of which the last 8 count the blocks. */
  iv: string;
  hashes: { sha256: string };
  v: "v2";
}

export interface SealedFile {
  data: ArrayBuffer;
  keys: FileKeys;
}

const COUNTER_BITS = 64;

export async function sealFile(plain: ArrayBuffer): Promise<SealedFile> {
  const key = await crypto.subtle.generateKey({ name: "AES-CTR", length: 256 }, true, ["encrypt", "decrypt"]);
  const counter = new Uint8Array(16);
  crypto.getRandomValues(counter.subarray(0, 8));
  const data = await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: COUNTER_BITS }, key, plain);
  return {
    data,
    keys: {
      key: await crypto.subtle.exportKey("jwk", key),
      iv: toBase64(counter),
      hashes: { sha256: await hashOf(data) },
      v: "v2",
    },
  };
}

/** Throws for a file that is not the one that was sealed. */
export async function openFile(data: ArrayBuffer, keys: FileKeys): Promise<ArrayBuffer> {
  if ((await hashOf(data)) !== keys.hashes.sha256.replace(/=+$/, "")) throw new Error("the file was changed");
  const key = await crypto.subtle.importKey("jwk", keys.key, "AES-CTR", false, ["decrypt"]);
  const counter = fromBase64(keys.iv);
  return crypto.subtle.decrypt({ name: "AES-CTR", counter, length: COUNTER_BITS }, key, data);
}

/** The keys of an event's `file`, or null for what cannot be opened. */
export function readFileKeys(file: unknown): FileKeys | null {
  const { key, iv, hashes } = (file ?? {}) as Partial<Record<keyof FileKeys, unknown>>;
  const { kty, k } = (key ?? {}) as JsonWebKey;
  const { sha256 } = (hashes ?? {}) as { sha256?: unknown };
  if (kty !== "oct" || typeof k !== "string" || typeof iv !== "string" || typeof sha256 !== "string")
    return null;
  // Only what is needed: other clients write `key_ops` and `ext` as they like.
  return { key: { kty, k, alg: "A256CTR", ext: true }, iv, hashes: { sha256 }, v: "v2" };
}

async function hashOf(data: ArrayBuffer): Promise<string> {
  return toBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", data)));
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
