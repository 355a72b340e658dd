import { ClientEvent, EventType, RoomStateEvent, type MatrixClient, type MatrixEvent } from "matrix-js-sdk";
import { enableEncryption, restartGuards } from "../connection";

/** Gives this device keys as soon as it is in a room that is encrypted from end to end. */
export function followEncryption(client: MatrixClient): () => void {
  if (client.getCrypto()) return () => undefined;
  const look = (): void => {
    if (!client.isInitialSyncComplete() || !client.getRooms().some(isEncrypted)) return;
    // Asked again with the next sync.
    if ([...restartGuards].some((goesOn) => goesOn())) return;
    end();
    void enableEncryption();
  };
  const onState = (event: MatrixEvent): void => {
    if (event.getType() === (EventType.RoomEncryption as string)) look();
  };
  const end = (): void => {
    client.off(ClientEvent.Sync, look);
    client.off(RoomStateEvent.Events, onState);
  };
  client.on(ClientEvent.Sync, look);
  client.on(RoomStateEvent.Events, onState);
  return end;
}

function isEncrypted(room: ReturnType<MatrixClient["getRooms"]>[number]): boolean {
  return room.getMyMembership() === "join" && room.hasEncryptionStateEvent();
}

/** Ends when others can find this device's keys, or after a while without them. */
export async function keysPublished(client: MatrixClient): Promise<void> {
  const [userId, deviceId] = [client.getSafeUserId(), client.getDeviceId() ?? ""];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { device_keys: found } = await client.downloadKeysForUsers([userId]);
    if (found[userId]?.[deviceId]) return;
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}

const ROUNDS = 40;
const AGAIN_MS = 250;
