import type { ParticipantSnapshot } from "../session/types";

/** A participant for tests: quiet, without pictures. */
export function participant(identity: string, more: Partial<ParticipantSnapshot> = {}): ParticipantSnapshot {
  return {
    identity,
    userId: identity.replace(/:[^:]+$/, ""),
    name: identity,
    kind: "member",
    me: false,
    speaking: false,
    quality: "good",
    microphone: true,
    camera: null,
    cameraOn: false,
    screen: null,
    screenOn: false,
    hand: null,
    unencrypted: false,
    joinedAt: 0,
    ...more,
  };
}
