import { EventStatus, MatrixEvent, type IContent } from "matrix-js-sdk";
import { expect, test } from "vitest";
import { guestContent } from "../../matrix/guestWords";
import { readSent } from "./roomWords";

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
  ["a text", event(hello), { id: "$1", body: "hello" }],
  ["a text that is just sent", event(hello, "m.room.message", EventStatus.SENT), { id: "$1", body: "hello" }],
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
    { id: "$0", body: "hullo" },
  ],
  ["a picture", event({ msgtype: "m.image", body: "a.png", url: "mxc://x/a" }), null],
  ["a reaction", event({}, "m.reaction"), null],
  ["a guest's words", event(guestContent(GUEST, "Carla (guest)")), null],
])("guests are told of %s", (_what, each, word) => {
  expect(readSent(each)).toEqual(word);
});
