import { EventEmitter } from "events";
import {
  EventStatus,
  MatrixEvent,
  RoomEvent,
  type IContent,
  type MatrixClient,
  type Room,
} from "matrix-js-sdk";
import { expect, test, vi } from "vitest";
import "../../i18n/i18n";
import { guestContent } from "../../matrix/guestWords";
import { readSaid, roomWordsOf } from "./roomWords";

const event = (
  content: IContent,
  type = "m.room.message",
  status: EventStatus | null = null,
): MatrixEvent => {
  const made = new MatrixEvent({ event_id: "$1", sender: "@anna:x", type, content });
  made.setStatus(status);
  return made;
};
const hello = { msgtype: "m.text", body: "hello" };
const GUEST = { id: "1", identity: "@_guest_1:x:GUEST", name: "Carla", body: "hello" };

test.each<[string, MatrixEvent, unknown]>([
  ["a text", event(hello), { word: { id: "$1", body: "hello" }, guest: null }],
  [
    "a text that is just sent",
    event(hello, "m.room.message", EventStatus.SENT),
    { word: { id: "$1", body: "hello" }, guest: null },
  ],
  ["a text on the way", event(hello, "m.room.message", EventStatus.SENDING), null],
  ["a text that was not sent", event(hello, "m.room.message", EventStatus.NOT_SENT), null],
  [
    "an edit",
    event({
      msgtype: "m.text",
      body: "* hullo",
      "m.new_content": { msgtype: "m.text", body: "hullo" },
      "m.relates_to": { rel_type: "m.replace", event_id: "$0" },
    }),
    { word: { id: "$0", body: "hullo" }, guest: null },
  ],
  ["a picture", event({ msgtype: "m.image", body: "a.png", url: "mxc://x/a" }), null],
  ["a reaction", event({}, "m.reaction"), null],
  [
    "a guest's words",
    event(guestContent(GUEST, "Carla (guest)")),
    {
      word: { id: "$1", body: "hello" },
      guest: expect.objectContaining({ id: "1", identity: "@_guest_1:x:GUEST", name: "Carla" }) as object,
    },
  ],
])("what is said in %s", (_what, each, word) => {
  expect(readSaid(each)).toEqual(word);
});

const [ANNA, BRUNO] = ["@anna:x", "@bruno:x"];
const names = new Map([[BRUNO, "Bruno"]]);

/** A room that tells of what the test gives it. */
class Hall extends EventEmitter {
  readonly roomId = "!r";
  getMember = (userId: string) => ({ rawDisplayName: names.get(userId) });
  comes = (each: MatrixEvent, liveEvent = true, toStart = false): void =>
    void this.emit(RoomEvent.Timeline, each, this, toStart, false, { liveEvent });
}

function follow() {
  const [hall, own, others] = [new Hall(), [] as string[], [] as string[]];
  const client = {
    getUserId: () => ANNA,
    getSafeUserId: () => ANNA,
    decryptEventIfNeeded: async () => undefined,
  };
  const words = roomWordsOf(client as unknown as MatrixClient, hall as unknown as Room);
  const ends = [
    words.onOwn(({ body }) => own.push(body)),
    words.onOther(({ by, body }, guest) => others.push(`${by}${guest ? ` ${guest.id}` : ""}: ${body}`)),
  ];
  return { hall, own, others, end: () => ends.forEach((each) => each()) };
}

const from = (sender: string, content: IContent): MatrixEvent =>
  new MatrixEvent({ event_id: "$1", sender, type: "m.room.message", content });

test("what one writes is told once, by this browser or another", async () => {
  const { hall, own, others } = follow();
  const echo = event(hello, "m.room.message", EventStatus.SENDING);
  hall.emit(RoomEvent.LocalEchoUpdated, echo);
  for (const status of [EventStatus.SENT, null]) {
    echo.setStatus(status);
    hall.emit(RoomEvent.LocalEchoUpdated, echo);
  }
  hall.comes(from(ANNA, { msgtype: "m.text", body: "from my telephone" }));
  await vi.waitFor(() => expect(own).toEqual(["hello", "from my telephone"]));
  expect(others).toEqual([]);
});

test("what others write is told with their names, from now on", async () => {
  const { hall, own, others, end } = follow();
  hall.comes(from(BRUNO, { msgtype: "m.text", body: "long ago" }), false, true);
  hall.comes(from(BRUNO, hello));
  hall.comes(from(BRUNO, guestContent(GUEST, "Carla (guest)")));
  await vi.waitFor(() => expect(others).toHaveLength(2));
  expect(others).toEqual(["Bruno: hello", expect.stringMatching(/^Carla \(.+\) 1: hello$/)]);
  end();
  hall.comes(from(BRUNO, hello));
  await Promise.resolve();
  expect([own, others.length]).toEqual([[], 2]);
});
