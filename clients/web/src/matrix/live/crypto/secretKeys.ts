import type { MatrixClient } from "matrix-js-sdk";
import type { CryptoCallbacks } from "matrix-js-sdk/lib/crypto-api";

/** The keys of secret storage that the person has given to this page, by key id. Nothing writes them down. */
export class SecretKeys {
  private readonly held = new Map<string, Uint8Array<ArrayBuffer>>();

  /** What the SDK asks while it reads and writes secrets; who has no key is refused, never asked in a dialog. */
  readonly callbacks: CryptoCallbacks = {
    getSecretStorageKey: async ({ keys }) => {
      const keyId = Object.keys(keys).find((id) => this.held.has(id));
      const key = keyId === undefined ? undefined : this.held.get(keyId);
      return keyId === undefined || key === undefined ? null : [keyId, key];
    },
    cacheSecretStorageKey: (keyId, _info, key) => this.hold(keyId, key),
  };

  hold(keyId: string, key: Uint8Array<ArrayBuffer>): void {
    this.held.set(keyId, key);
  }

  async holdsDefault(client: MatrixClient): Promise<boolean> {
    const keyId = await client.secretStorage.getDefaultKeyId();
    return keyId !== null && this.held.has(keyId);
  }
}

const keysOf = new WeakMap<MatrixClient, SecretKeys>();

export function rememberKeys(client: MatrixClient, keys: SecretKeys): void {
  keysOf.set(client, keys);
}

export function secretKeysOf(client: MatrixClient): SecretKeys {
  const keys = keysOf.get(client);
  if (!keys) throw new Error("a client without keys of secret storage");
  return keys;
}
