import { expect, test, vi } from "vitest";
import { guests, type GuestMessage } from "../api/guest";
import { createGuestChat } from "./chat";

const message = (id: string, sent_at: number, mine = false): GuestMessage => ({
  id,
  sender: { user_id: "@anna:x", name: "Anna" },
  body: id,
  sent_at,
  mine,
});

test("messages stand in the order in which they were sent, each once", () => {
  const chat = createGuestChat({ id: "g", name: "Carla" });
  for (const each of [message("b", 2), message("a", 1), message("b", 2)]) chat.add(each);
  expect(chat.messages.get().map((line) => line.id)).toEqual(["a", "b"]);
  expect(chat.messages.get()[0]).toMatchObject({ sender: { userId: "@anna:x", name: "Anna" }, mine: false });
});

test("an edited message keeps its place", () => {
  const chat = createGuestChat({ id: "g", name: "Carla" });
  for (const each of [message("a", 1), message("b", 2)]) chat.add(each);
  chat.add({ ...message("a", 9), body: "mended" });
  expect(chat.messages.get().map((line) => line.body)).toEqual(["mended", "b"]);
});

test("what one writes stands there once, whichever comes first, the answer or the event", async () => {
  const chat = createGuestChat({ id: "g", name: "Carla" });
  const said = vi.spyOn(guests, "say").mockResolvedValueOnce({ id: "$1" });
  await chat.send("hello");
  chat.add(message("$1", 5, true));
  said.mockImplementationOnce(async () => {
    chat.add(message("$2", Date.now() + 1, true));
    return { id: "$2" };
  });
  await chat.send("again");
  expect(chat.messages.get().map((line) => line.id)).toEqual(["$1", "$2"]);
});
