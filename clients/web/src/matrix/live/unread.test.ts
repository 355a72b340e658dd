import { MatrixEvent, type MatrixClient, type Room } from "matrix-js-sdk";
import { expect, test } from "vitest";
import { unreadMessages } from "./unread";

const ME = "@me:localhost";
const ANNA = "@anna:localhost";
const client = {
  getSafeUserId: () => ME,
  getPushActionsForEvent: () => ({ notify: true, tweaks: {} }),
} as unknown as MatrixClient;

/** A room of events of these types, named by their place; those of mine begin with a hyphen. */
function room(types: string[], counted: number, readId: string | null): Room {
  const events = types.map((type, index) => {
    const sender = type.startsWith("-") ? ME : ANNA;
    return new MatrixEvent({ event_id: `$${index}`, sender, type: type.replace("-", ""), content: {} });
  });
  return {
    getUnreadNotificationCount: () => counted,
    getEventReadUpTo: (_: string, sentBySdk: boolean) => (sentBySdk ? readId : `$${types.length - 1}`),
    getLiveTimeline: () => ({ getEvents: () => events }),
  } as unknown as Room;
}

test.each([
  ["a call that I answered", ["m.room.message", "m.call.invite", "-m.call.answer", "m.call.hangup"], 1, 0],
  ["a message and a call", ["m.room.message", "m.room.message", "m.call.invite"], 2, 1],
  ["a call that was read", ["m.call.invite", "m.room.message"], 1, 1],
  ["my own call", ["m.room.message", "-m.call.invite", "m.room.message"], 1, 1],
  ["a meeting that rings", ["m.room.message", "org.matrix.msc4075.rtc.notification"], 1, 0],
  ["more calls than are counted", ["m.room.message", "m.call.invite", "m.call.invite"], 1, 0],
])("%s is no unread message", (_, types, counted, messages) => {
  expect(unreadMessages(client, room(types, counted, "$0"))).toBe(messages);
});

test("what was read lies further back than what is loaded", () => {
  expect(unreadMessages(client, room(["m.call.invite", "m.room.message"], 40, null))).toBe(39);
});

test("a reaction in a call is no message, encrypted or not", () => {
  const read = room(["m.room.message", "io.element.call.reaction", "m.room.message"], 2, "$0");
  expect(unreadMessages(client, read)).toBe(2);
  const [, reaction] = read.getLiveTimeline().getEvents();
  if (reaction) reaction.isEncrypted = () => true;
  expect(unreadMessages(client, read)).toBe(1);
});

test("a call that rang nobody was never counted", () => {
  const silent = { ...client, getPushActionsForEvent: () => ({ notify: false, tweaks: {} }) };
  expect(unreadMessages(silent as unknown as MatrixClient, room(["m.call.invite"], 1, null))).toBe(1);
});
