import { describe, expect, test } from "vitest";
import type { Meeting } from "../../api/meetings";
import { meetingOf } from "../list/fakeMeeting";
import { keptElsewhere, keptHere } from "./keys";

const NOW = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;
const ANNA = "@anna:localhost";
const planned: Partial<Meeting> = { encrypted: true, starts_at: NOW + 60 * MINUTE, duration_minutes: 30 };

describe("keys that would be lost", () => {
  test.each<[string, Partial<Meeting>, boolean]>([
    ["is planned", planned, true],
    ["goes on", { ...planned, starts_at: NOW - 29 * MINUTE, live: true }, true],
    ["is over", { ...planned, starts_at: NOW - 30 * MINUTE }, false],
    ["has no end of its own", { ...planned, starts_at: NOW - 59 * MINUTE, duration_minutes: null }, true],
    ["was never set to a time", { ...planned, starts_at: null }, false],
    ["is not encrypted", { ...planned, encrypted: false }, false],
  ])("with this session, of one that %s: %#", (_, known, lost) => {
    const meeting = meetingOf(known);
    expect(keptHere([meeting], new Set([meeting.room_id]), NOW)).toEqual(lost ? [meeting] : []);
    expect(keptHere([meeting], new Set(["!other:localhost"]), NOW)).toEqual([]);
  });

  test("with another session: of what I planned, where the key is not here", () => {
    const meeting = meetingOf(planned);
    expect(keptElsewhere([meeting], new Set(), ANNA, NOW)).toEqual([meeting]);
    expect(keptElsewhere([meeting], new Set([meeting.room_id]), ANNA, NOW)).toEqual([]);
    expect(keptElsewhere([meeting], new Set(), "@bruno:localhost", NOW)).toEqual([]);
  });

  test("come in the order of the meetings", () => {
    const [later, sooner] = [
      meetingOf({ ...planned, id: "later", starts_at: NOW + 2 * 60 * MINUTE }),
      meetingOf({ ...planned, id: "sooner" }),
    ];
    const rooms = new Set([later.room_id]);
    expect(keptHere([later, sooner], rooms, NOW).map(({ id }) => id)).toEqual(["sooner", "later"]);
  });
});
