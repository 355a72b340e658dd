import type { Openness } from "../../api/meetings";
import { rooms } from "../../matrix/rooms";
import type { SecretStore } from "../session/memberKeys";
import { currentDoor } from "../session/meeting";
import { newSecret } from "../session/sealed";
import { keepSecret, secretsOf } from "./keptSecrets";

/** The secrets of a room's links that this browser knows, as long as its session lasts. */
export function roomSecrets(roomId: string): SecretStore {
  return { read: () => secretsOf(roomId), add: (secret) => keepSecret(roomId, secret) };
}

/**
 * What goes behind a link to a room's meeting and never reaches the server; null where nothing is encrypted.
 *
 * @param encrypted for who knows it of a room that may not be here yet
 */
export function linkSecret(roomId: string, encrypted = false): string | null {
  if (!encrypted && !rooms.get().byId.get(roomId)?.encrypted) return null;
  const door = currentDoor();
  if (door?.roomId === roomId && door.encryption?.linkSecret) return door.encryption.linkSecret();
  const store = roomSecrets(roomId);
  const [known] = store.read();
  if (known) return known;
  const secret = newSecret();
  store.add(secret);
  return secret;
}

/** What lets a telephone into an encrypted meeting, by a moderator's word: it hears with the secret of the links. */
export function opennessOf(roomId: string | null): Openness {
  const secret = roomId === null ? null : linkSecret(roomId);
  return { allow_unencrypted: true, ...(secret === null ? {} : { secret }) };
}
