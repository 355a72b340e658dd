import type { Meeting } from "../../api/meetings";

/** A meeting for tests. */
export function meetingOf(known: Partial<Meeting>): Meeting {
  return {
    id: "m1",
    room_id: "!m1:localhost",
    title: "Budget",
    organiser: "@anna:localhost",
    moderator: true,
    starts_at: null,
    duration_minutes: null,
    encrypted: false,
    live: false,
    participants: 0,
    created_at: 1_000,
    dial_in: null,
    may_invite: true,
    may_skip_lobby: true,
    recording: null,
    ...known,
  };
}
