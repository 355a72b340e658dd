import type { MatrixClient, Room } from "matrix-js-sdk";
import { MatrixRTCSessionEvent } from "matrix-js-sdk/lib/matrixrtc/MatrixRTCSession";
import type { DeliverKey, Encryption } from "../session/types";

/**
 * Members' keys of a call: MatrixRTC gives each member one, and sends it to the others' devices through Olm
 * (MSC4143, "per member keys"). The SFU sees none of them.
 */
export class MatrixKeys implements Encryption {
  constructor(
    private readonly client: MatrixClient,
    private readonly room: Room,
  ) {}

  start(deliver: DeliverKey): () => void {
    const session = this.client.matrixRTC.getRoomSession(this.room);
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
  }
}
