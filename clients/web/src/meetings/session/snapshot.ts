import { NO_ROOMS } from "../breakouts/places";
import { handOf, isRecorder, kindOf, plainName, userOf } from "./identity";
import type { MediaPerson } from "./media";
import type { JoinChoices, MeetingDoor, MeetingSnapshot, ParticipantSnapshot, RecordingState } from "./types";

/** What is shown before anything has happened. */
export function firstSnapshot(door: MeetingDoor, choices: JoinChoices): MeetingSnapshot {
  return {
    key: door.key,
    title: door.title,
    roomId: door.roomId,
    phase: "joining",
    joinedAt: null,
    encrypted: choices.encrypted,
    place: null,
    breakouts: NO_ROOMS,
    participants: [],
    recording: null,
    microphone: choices.microphone,
    camera: choices.camera,
    screen: false,
    hand: null,
    effect: choices.effect,
    devices: { microphone: choices.microphoneId, camera: choices.cameraId, speaker: choices.speakerId },
    reactions: [],
    onHold: false,
    silent: false,
    trouble: null,
  };
}

/**
 * The participants as they are shown, oneself first and the others in the order of joining. Who did not change keeps
 * their object, so that only the tiles of those who did are drawn again.
 */
export function readPeople(
  people: readonly MediaPerson[],
  before: readonly ParticipantSnapshot[],
  door: Pick<MeetingDoor, "who" | "signs">,
): readonly ParticipantSnapshot[] {
  const known = new Map(before.map((each) => [each.identity, each]));
  const read = people
    .filter(({ identity }) => !isRecorder(identity))
    .map((person) => {
      const fresh = readPerson(person, door);
      const old = known.get(person.identity);
      return old && sameFields(old, fresh) ? old : fresh;
    });
  const sorted = read.toSorted(
    (a, b) => Number(b.me) - Number(a.me) || a.joinedAt - b.joinedAt || (a.identity < b.identity ? -1 : 1),
  );
  const same = sorted.length === before.length && sorted.every((each, index) => each === before[index]);
  return same ? before : sorted;
}

/**
 * How the meeting is recorded, as what records it says; null where nothing does. That one has failed is said
 * until another begins.
 */
export function readRecording(
  people: readonly MediaPerson[],
  before: RecordingState | null,
): RecordingState | null {
  const states = people.filter(({ identity }) => isRecorder(identity)).map(recordingOf);
  const failed = before === "failed" || states.includes("failed");
  return states.find((state) => state !== "failed") ?? (failed ? "failed" : null);
}

function recordingOf({ attributes: { recording } }: MediaPerson): RecordingState {
  // Until it has said so it is about to begin.
  return recording === "runs" || recording === "paused" || recording === "failed" ? recording : "announced";
}

/** Only oneself, without pictures: what is left of the people on the way into another room. */
export function alone(people: readonly ParticipantSnapshot[]): readonly ParticipantSnapshot[] {
  const bare = { camera: null, screen: null, screenOn: false, speaking: false };
  return people.flatMap((person) => (person.me ? [{ ...person, ...bare }] : []));
}

function readPerson(person: MediaPerson, door: Pick<MeetingDoor, "who" | "signs">): ParticipantSnapshot {
  const { identity, attributes } = person;
  const known = door.who?.(identity) ?? null;
  const kind = kindOf(identity, attributes.kind);
  return {
    identity,
    userId: kind === "member" ? (known?.userId ?? userOf(identity)) : null,
    name: known?.name ?? (person.name || plainName(identity)),
    kind,
    me: person.me,
    speaking: person.speaking && person.microphone,
    quality: person.quality,
    microphone: person.microphone,
    camera: person.camera,
    cameraOn: person.cameraOn,
    screen: person.screen,
    screenOn: person.screenOn,
    hand: handOf(attributes.hand) ?? door.signs?.handOf(identity) ?? null,
    unencrypted: attributes.unencrypted === "1",
    joinedAt: person.joinedAt,
  };
}

function sameFields<T extends object>(a: T, b: T): boolean {
  return (Object.keys(b) as (keyof T)[]).every((field) => Object.is(a[field], b[field]));
}
