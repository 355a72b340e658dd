import {
  BaseKeyProvider,
  createKeyMaterialFromBuffer,
  type E2EEManagerOptions,
  type Room,
} from "livekit-client";
import E2EEWorker from "livekit-client/e2ee-worker?worker";

/**
 * Keys of each participant for livekit-client's end-to-end encryption. The size of the ring and of the ratchet window
 * are those of Element Call, so that both understand each other's frames.
 */
class Provider extends BaseKeyProvider {
  constructor() {
    super({ sharedKey: false, ratchetWindowSize: 10, keyringSize: 256 });
  }

  async set(identity: string, key: Uint8Array<ArrayBuffer>, index: number): Promise<void> {
    const material = await createKeyMaterialFromBuffer(
      key.buffer.slice(key.byteOffset, key.byteOffset + key.length),
    );
    this.onSetEncryptionKey(material, identity, index);
  }
}

/** The keys of one connection, and the worker that uses them. */
export interface Keyring {
  readonly options: E2EEManagerOptions;
  enable(room: Room): Promise<void>;
  set(identity: string, key: Uint8Array<ArrayBuffer>, index: number): Promise<void>;
  close(): void;
}

export function createKeyring(): Keyring {
  const keyProvider = new Provider();
  const worker = new E2EEWorker();
  return {
    options: { keyProvider, worker },
    enable: (room) => room.setE2EEEnabled(true),
    set: (identity, key, index) => keyProvider.set(identity, key, index),
    close: () => worker.terminate(),
  };
}
