import { createStore, useStore } from "../state/store";

/** A device of mine that has keys. */
export interface OwnDevice {
  deviceId: string;
  name: string;
  current: boolean;
  /** Signed with the keys of my account: I know that it is mine. */
  verified: boolean;
}

/** What end-to-end encryption knows of my account and of this device. */
export interface EncryptionState {
  /** "off": this device has no keys, and needs none yet. "locked": another page of this browser has them. */
  status: "off" | "locked" | "starting" | "ready" | "failed";
  /** This device is signed with the keys of my account. */
  verified: boolean;
  /** "none": nobody keeps a recovery key. "unknown" until it was looked up. */
  recovery: "unknown" | "none" | "kept";
  backup: boolean;
  /** This one first. */
  devices: readonly OwnDevice[];
  /** Devices that their owners have not verified get no keys, and are not believed. */
  onlySigned: boolean;
}

export const NO_ENCRYPTION: EncryptionState = {
  status: "off",
  verified: false,
  recovery: "unknown",
  backup: false,
  devices: [],
  onlySigned: false,
};

export const encryption = createStore<EncryptionState>(NO_ENCRYPTION);

export function useEncryption(): EncryptionState {
  return useStore(encryption);
}

/**
 * Whether devices without their owner's signature are left out: as chosen, and without a choice once a recovery key is
 * kept. Before that whoever signs in anew could not be read by anybody.
 */
export function leavesOut(chosen: unknown, recovery: EncryptionState["recovery"]): boolean {
  return typeof chosen === "boolean" ? chosen : recovery === "kept";
}

/** Why a message cannot be read, in the order of what can be done about it. */
export type Unreadable =
  | "decrypting"
  /** The key of this account's backup is missing on this device. */
  | "needs_recovery"
  /** Nobody kept its key. */
  | "before_device"
  | "before_joining"
  /** The key may still come. */
  | "waiting"
  /** Its sender gives keys to verified devices only, and this is none. */
  | "unverified_here"
  | "withheld"
  /** It came from a device that its owner has not verified. */
  | "unverified_sender"
  | "identity_changed"
  | "unknown";

const CAUSES: Readonly<Record<string, Unreadable>> = {
  MEGOLM_UNKNOWN_INBOUND_SESSION_ID: "waiting",
  OLM_UNKNOWN_MESSAGE_INDEX: "waiting",
  MEGOLM_KEY_WITHHELD: "withheld",
  MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE: "unverified_here",
  HISTORICAL_MESSAGE_NO_KEY_BACKUP: "before_device",
  HISTORICAL_MESSAGE_BACKUP_UNCONFIGURED: "needs_recovery",
  HISTORICAL_MESSAGE_WORKING_BACKUP: "waiting",
  HISTORICAL_MESSAGE_USER_NOT_JOINED: "before_joining",
  SENDER_IDENTITY_PREVIOUSLY_VERIFIED: "identity_changed",
  UNSIGNED_SENDER_DEVICE: "unverified_sender",
  UNKNOWN_SENDER_DEVICE: "unverified_sender",
};

/** The cause behind the SDK's `DecryptionFailureCode`; null while nothing has failed yet. */
export function causeOf(code: string | null): Unreadable {
  return code === null ? "decrypting" : (CAUSES[code] ?? "unknown");
}
