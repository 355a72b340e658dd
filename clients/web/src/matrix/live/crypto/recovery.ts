import type { MatrixClient } from "matrix-js-sdk";
import {
  decodeRecoveryKey,
  deriveRecoveryKeyFromPassphrase,
  type CryptoApi,
  type GeneratedSecretStorageKey,
} from "matrix-js-sdk/lib/crypto-api";
import type { SecretStorageKeyDescriptionAesV1 } from "matrix-js-sdk/lib/secret-storage";
import { holdsIdentity, isBackedUp, signThisDevice } from "./account";
import { secretKeysOf } from "./secretKeys";

/** "wrong_key": it is not the key of this account. "no_recovery": no device has ever kept one. */
export class RecoveryRefused extends Error {
  constructor(readonly code: "wrong_key" | "no_recovery") {
    super(code);
  }
}

/** A recovery key that is not in force yet. */
export interface NewRecoveryKey {
  /** As it is written down. */
  words: string;
  /** Seals the account's keys with it, in place of the one before. May be tried again. */
  keep: () => Promise<void>;
}

export async function newRecoveryKey(client: MatrixClient): Promise<NewRecoveryKey> {
  const crypto = cryptoOf(client);
  const key = await crypto.createRecoveryKeyFromPassphrase();
  return { words: key.encodedPrivateKey ?? "", keep: () => keep(client, crypto, key) };
}

async function keep(client: MatrixClient, crypto: CryptoApi, key: GeneratedSecretStorageKey): Promise<void> {
  // Another backup ends the one that is there: it is made only where that is none, or none of ours.
  await isBackedUp(client, crypto);
  const backed = (await crypto.getActiveSessionBackupVersion()) !== null;
  await crypto.bootstrapSecretStorage({
    createSecretStorageKey: async () => key,
    setupNewSecretStorage: true,
    setupNewKeyBackup: !backed,
  });
}

/** Whether what somebody typed is the key that they were shown. */
export function sameKey(typed: string, words: string): boolean {
  const bare = (text: string): string => text.replace(/\s+/g, "");
  return bare(typed) === bare(words);
}

/**
 * Makes this device one of the account's with the recovery key, or with the security phrase that another client made it
 * of. What was written before is read from the backup meanwhile.
 *
 * @throws RecoveryRefused
 */
export async function recover(client: MatrixClient, typed: string): Promise<void> {
  const crypto = cryptoOf(client);
  const [keyId, info] = (await client.secretStorage.getKey()) ?? [];
  if (!keyId || !info) throw new RecoveryRefused("no_recovery");
  // Where the account's keys are not, the SDK would make others.
  if (!(await holdsIdentity(client))) throw new RecoveryRefused("no_recovery");
  const key = await readKey(client, typed, info);
  if (!key) throw new RecoveryRefused("wrong_key");
  secretKeysOf(client).hold(keyId, key);
  await crypto.bootstrapCrossSigning({});
  await signThisDevice(client, crypto);
  await readBackup(client, crypto);
}

async function readBackup(client: MatrixClient, crypto: CryptoApi): Promise<void> {
  if (
    (await crypto.getKeyBackupInfo()) === null ||
    !(await client.secretStorage.isStored("m.megolm_backup.v1"))
  )
    return;
  await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
  await crypto.checkKeyBackupAndEnable();
  // It may be long; what is looked at is fetched by the SDK first.
  crypto.restoreKeyBackup().catch((error: unknown) => console.error("the backup could not be read", error));
}

async function readKey(
  client: MatrixClient,
  typed: string,
  info: SecretStorageKeyDescriptionAesV1,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const fits = async (key: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> =>
    (await client.secretStorage.checkKey(key, info)) ? key : null;
  try {
    const key = await fits(decodeRecoveryKey(typed));
    if (key) return key;
  } catch {
    // It is no key by its form; it may be a phrase.
  }
  const made = info.passphrase;
  if (!made) return null;
  return fits(await deriveRecoveryKeyFromPassphrase(typed, made.salt, made.iterations, made.bits));
}

/**
 * Begins anew: other keys for the account, another backup, no recovery key. What only the old keys open is lost. A step
 * that fails leaves all to be done once more.
 *
 * @param password The server takes other keys of nobody else.
 */
export async function resetIdentity(client: MatrixClient, password: string): Promise<void> {
  const user = client.getSafeUserId();
  await cryptoOf(client).resetEncryption((upload) =>
    upload({
      type: "m.login.password",
      identifier: { type: "m.id.user", user },
      password,
      session: "password",
    } as never),
  );
}

function cryptoOf(client: MatrixClient): CryptoApi {
  const crypto = client.getCrypto();
  if (!crypto) throw new Error("this device has no keys");
  return crypto;
}
