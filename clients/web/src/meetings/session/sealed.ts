/**
 * The secret of a meeting's links, and what is made of it: the key of whoever came by the link, and boxes in which
 * members hand their own keys on. HKDF (RFC 5869) with SHA-256 and no salt; AES-GCM with a random nonce of 96 bits.
 */

type Bytes = Uint8Array<ArrayBuffer>;

/** Length of a media key, as MatrixRTC's. */
const KEY_BITS = 128;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Bytes that a box takes beside what is in it. */
export const SEALED_MORE = NONCE_BYTES + TAG_BYTES;
const text = new TextEncoder();

/** A fresh secret, as it stands in a link. */
export function newSecret(): string {
  return encode(crypto.getRandomValues(new Uint8Array(32)));
}

/** The media key of a participant who has nothing but the link. */
export async function mediaKey(secret: string, identity: string): Promise<Bytes> {
  return new Uint8Array(
    await crypto.subtle.deriveBits(params(`media ${identity}`), await material(secret), KEY_BITS),
  );
}

/** Names a secret without giving it away. */
export async function secretName(secret: string): Promise<string> {
  return encode(new Uint8Array(await crypto.subtle.deriveBits(params("name"), await material(secret), 64)));
}

/** Puts something into a box that only holders of the secret open, for one purpose. */
export async function seal(secret: string, purpose: string, content: unknown): Promise<string> {
  return encode(await sealBytes(secret, purpose, content));
}

/** The same as bytes, where each of them counts: `SEALED_MORE` more than the content's JSON in UTF-8. */
export async function sealBytes(secret: string, purpose: string, content: unknown): Promise<Bytes> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const key = await boxKey(secret, purpose, "encrypt");
  const plain = text.encode(JSON.stringify(content));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, plain));
  return new Uint8Array([...nonce, ...sealed]);
}

/** Opens a box; null for one of another secret or purpose, or one that was tampered with. */
export async function unseal(secret: string, purpose: string, box: string): Promise<unknown> {
  try {
    return await unsealBytes(secret, purpose, decode(box));
  } catch {
    return null;
  }
}

/** The same for one of bytes. */
export async function unsealBytes(secret: string, purpose: string, box: Uint8Array): Promise<unknown> {
  try {
    const key = await boxKey(secret, purpose, "decrypt");
    const iv = box.slice(0, NONCE_BYTES);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, box.slice(NONCE_BYTES));
    return JSON.parse(new TextDecoder().decode(plain)) as unknown;
  } catch {
    return null;
  }
}

async function boxKey(secret: string, purpose: string, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const from = await material(secret);
  return crypto.subtle.deriveKey(params(`box ${purpose}`), from, { name: "AES-GCM", length: 256 }, false, [
    use,
  ]);
}

function params(info: string): HkdfParams {
  return { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: text.encode(`unisono ${info}`) };
}

function material(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", decode(secret), "HKDF", false, ["deriveBits", "deriveKey"]);
}

/** Base64 for addresses, without padding (RFC 4648, Section 5). */
export function encode(bytes: Uint8Array): string {
  const plain = btoa(String.fromCharCode(...bytes));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The bytes behind it; throws for what is no such text. */
export function decode(words: string): Bytes {
  const plain = atob(words.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}
