import {
  RoomStateEvent,
  type MatrixClient,
  type MatrixEvent,
  type Room,
  type RoomState,
} from "matrix-js-sdk";
import { CryptoEvent, type CryptoApi } from "matrix-js-sdk/lib/crypto-api";
import { createStore, type Store } from "../../../state/store";
import { memberName } from "../names";
import { coalesce } from "../schedule";

/**
 * What is to be known of somebody in an encrypted room. "reset": their identity is another than before.
 * "verified_reset": and I had verified the one before. "devices": devices of theirs that they have not verified.
 */
export interface TrustNote {
  kind: "reset" | "verified_reset" | "devices";
  userId: string;
  name: string;
  /** Stays the same for as long as the same is to be said. */
  key: string;
}

/** Rooms with more members are not watched: what is said of many is read by nobody. */
const MEMBERS_MAX = 50;

/** What is to be known of the others in a room, and the end of looking for it. */
export function followRoomTrust(
  client: MatrixClient,
  room: Room,
): { notes: Store<readonly TrustNote[]>; end: () => void } {
  const notes = createStore<readonly TrustNote[]>([]);
  const crypto = client.getCrypto();
  if (!crypto) return { notes, end: () => undefined };
  let over = false;
  const look = coalesce(() => {
    lookUp(client, crypto, room).then(
      (found) => {
        if (!over && JSON.stringify(found) !== JSON.stringify(notes.get())) notes.set(found);
      },
      // Asked again with the next change.
      () => undefined,
    );
  });
  const onMembers = (_event: MatrixEvent, state: RoomState): void => {
    if (state.roomId === room.roomId) look.ask();
  };
  client.on(CryptoEvent.UserTrustStatusChanged, look.ask);
  client.on(CryptoEvent.DevicesUpdated, look.ask);
  client.on(RoomStateEvent.Members, onMembers);
  look.ask();
  return {
    notes,
    end: () => {
      over = true;
      look.cancel();
      client.off(CryptoEvent.UserTrustStatusChanged, look.ask);
      client.off(CryptoEvent.DevicesUpdated, look.ask);
      client.off(RoomStateEvent.Members, onMembers);
    },
  };
}

async function lookUp(client: MatrixClient, crypto: CryptoApi, room: Room): Promise<TrustNote[]> {
  const members = await room.getEncryptionTargetMembers();
  if (members.length > MEMBERS_MAX) return [];
  const others = members.map(({ userId }) => userId).filter((userId) => userId !== client.getSafeUserId());
  const devices = await crypto.getUserDeviceInfo(others, true);
  const found = others.map(async (userId): Promise<TrustNote | null> => {
    const name = memberName(room, userId);
    const status = await crypto.getUserVerificationStatus(userId);
    const identity = (await crypto.getUserCrossSigningKeys(userId))?.master_key?.keys;
    const which = identity ? Object.keys(identity).join() : "";
    if (!status.isVerified() && status.wasCrossSigningVerified())
      return { kind: "verified_reset", userId, name, key: `${userId} ${which}` };
    if (status.needsUserApproval) return { kind: "reset", userId, name, key: `${userId} ${which}` };
    const unsigned = await unsignedDevices(crypto, userId, [...(devices.get(userId)?.keys() ?? [])]);
    return unsigned.length === 0
      ? null
      : { kind: "devices", userId, name, key: `${userId} ${unsigned.toSorted().join(" ")}` };
  });
  return (await Promise.all(found)).filter((note) => note !== null);
}

async function unsignedDevices(crypto: CryptoApi, userId: string, deviceIds: string[]): Promise<string[]> {
  const found = await Promise.all(
    deviceIds.map(async (deviceId) => {
      const status = await crypto.getDeviceVerificationStatus(userId, deviceId);
      return status && !status.signedByOwner ? deviceId : null;
    }),
  );
  return found.filter((deviceId) => deviceId !== null);
}

/** The new identity of somebody is taken for theirs. */
export async function acceptIdentity(client: MatrixClient, { kind, userId }: TrustNote): Promise<void> {
  const crypto = client.getCrypto();
  if (kind === "verified_reset") await crypto?.withdrawVerificationRequirement(userId);
  await crypto?.pinCurrentUserIdentity(userId);
}
