import type { MatrixClient, Room } from "matrix-js-sdk";
import { MatrixRTCSessionEvent } from "matrix-js-sdk/lib/matrixrtc/MatrixRTCSession";
import type { KeySource } from "../session/memberKeys";

/**
 * Members' keys of a call: MatrixRTC gives each member one, and sends it to the others' devices through Olm
 * (MSC4143, "per member keys"). The SFU sees none of them.
 */
export function memberKeysOf(client: MatrixClient, room: Room): KeySource {
  return (deliver) => {
    const session = client.matrixRTC.getRoomSession(room);
    const onKey = (
      key: Uint8Array<ArrayBuffer>,
      index: number,
      _member: unknown,
      rtcBackendIdentity: string,
    ): void => deliver(rtcBackendIdentity, key, index);
    session.on(MatrixRTCSessionEvent.EncryptionKeyChanged, onKey);
    // A connection that is made anew has none of the keys that were sent before.
    session.reemitEncryptionKeys();
    return () => session.off(MatrixRTCSessionEvent.EncryptionKeyChanged, onKey);
  };
}
