/**
 * What the secret of a guests' link makes possible in an encrypted meeting. It stands behind the `#` of the link, so
 * that no server sees it; who has it can hear the meeting, as who is in it can.
 *
 * - A guest's own media key is derived from it and their identity (HKDF-SHA-256, RFC 5869): nobody has to be told it.
 * - What members tell guests (their own media keys) is sealed with a key derived from it (AES-256-GCM), bound to who
 *   says it.
 */

/** Raw bytes of a link's secret. */
const SECRET_BYTES = 32;
/** As Element Call's media keys. */
const MEDIA_KEY_BYTES = 16;
const IV_BYTES = 12;

type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

/** A fresh secret, as it is written into a link: base64url without padding (RFC 4648, Section 5). */
export function newSecret(): string {
  return toText(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/** The derived keys of one secret. */
export interface GuestSecret {
  /** Names the secret without telling it. */
  readonly id: string;
  /** The media key of the guest with this identity. */
  mediaKey(identity: string): Promise<Bytes>;
  seal(plain: Bytes, from: string): Promise<Bytes>;
  /** Null for what was not sealed with this secret by `from`. */
  open(sealed: Uint8Array, from: string): Promise<Bytes | null>;
}

/** Takes the secret of a link; null when it is none, such as one that was cut off in copying. */
export async function guestSecret(text: string): Promise<GuestSecret | null> {
  const raw = fromText(text);
  if (raw?.length !== SECRET_BYTES) return null;
  const base = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveBits", "deriveKey"]);
  const bits = async (info: string, bytes: number): Promise<Bytes> =>
    new Uint8Array(await crypto.subtle.deriveBits(hkdf(info), base, bytes * 8));
  const wrap = await crypto.subtle.deriveKey(hkdf("wrap"), base, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  return {
    id: toText(await bits("id", 8)),
    mediaKey: (identity) => bits(`media ${identity}`, MEDIA_KEY_BYTES),
    seal: async (plain, from) => {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt(gcm(iv, from), wrap, plain);
      return join(iv, new Uint8Array(sealed));
    },
    open: async (sealed, from) => {
      const [iv, box] = [new Uint8Array(sealed.slice(0, IV_BYTES)), new Uint8Array(sealed.slice(IV_BYTES))];
      const plain = await crypto.subtle.decrypt(gcm(iv, from), wrap, box).catch(() => null);
      return plain && new Uint8Array(plain);
    },
  };
}

function hkdf(info: string): HkdfParams {
  // The secret is random: a salt would add nothing (RFC 5869, Section 3.1).
  return { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8(`unisono guest ${info}`) };
}

function gcm(iv: Bytes, from: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: utf8(from) };
}

function join(first: Bytes, second: Bytes): Bytes {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

export function toText(bytes: Uint8Array): string {
  const plain = btoa(String.fromCharCode(...bytes));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Null for what is no base64url. */
export function fromText(text: string): Bytes | null {
  try {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}
