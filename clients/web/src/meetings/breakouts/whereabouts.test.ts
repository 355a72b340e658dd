import { expect, test } from "vitest";
import { participant as someone } from "../room/fakeParticipant";
import { NO_ROOMS } from "./places";
import { occupied, peopleHere, personOf } from "./whereabouts";

test("each person counts once, visitors by the user they have in the meeting", () => {
  const people = [
    someone("@me:x:HERE", { userId: "@me:x", name: "Me", me: true }),
    someone("@anna:x:A", { userId: "@anna:x", name: "Anna" }),
    someone("@anna:x:B", { userId: "@anna:x", name: "Anna" }),
    someone("@_guest_1:x:GUEST", { userId: null, name: "Gino" }),
    someone("hash", { userId: null, name: "?" }),
  ];
  expect(peopleHere(people).map((each) => each.id)).toEqual(["@me:x", "@anna:x", "@_guest_1:x"]);
});

test("everybody is shown where they are, and who belongs in a room and is nowhere is missing there", () => {
  const arrangement = {
    ...NO_ROOMS,
    main: ["@me:x:HERE", "@dario:x:D"],
    rooms: [
      { id: "r1", name: "One", people: ["@anna:x", "@dario:x"], inside: ["@anna:x:A", "@anna:x:B"] },
      { id: "r2", name: "Two", people: ["@bruno:x"], inside: ["hash"] },
    ],
  };
  const who = (identity: string) => (identity === "hash" ? { userId: "@chiara:x", name: "Chiara" } : null);
  const shown = occupied(
    arrangement,
    "@me:x",
    (identity) => personOf(identity, who),
    (id) => id.slice(1, -2),
  );
  const names = shown.map((room) => [
    room.here.map((each) => each.name),
    room.missing.map((each) => each.id),
  ]);
  expect(names).toEqual([
    [["me", "dario"], []],
    [["anna"], []],
    [["chiara"], ["@bruno:x"]],
  ]);
  expect(shown[0]?.here.map(({ me, mine }) => [me, mine])).toEqual([
    [true, null],
    [false, "r1"],
  ]);
});
