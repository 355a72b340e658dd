import { describe, expect, test } from "vitest";
import type { Person } from "../api/types";
import type { Presence } from "../people/presence";
import { colleaguesOf, matches } from "./colleagues";

function person(name: string, extra: Partial<Person> = {}): Person {
  const local = name.toLowerCase();
  return {
    user_id: `@${local}:localhost`,
    name,
    email: `${local}@example.org`,
    extensions: ["201"],
    numbers: ["+390612345001"],
    role: "member",
    on_the_phone: false,
    desk_phone: false,
    ...extra,
  };
}

const online: Presence = { state: "online", message: null };

describe("the list of colleagues", () => {
  test("leaves me out and shows the available first, then by name", () => {
    const list = [
      person("Zeno"),
      person("Bruno"),
      person("Anna", { on_the_phone: true }),
      person("Carla"),
      person("Me"),
    ];
    const known = new Map([
      ["@zeno:localhost", online],
      ["@carla:localhost", online],
      ["@anna:localhost", online],
    ]);
    const names = colleaguesOf(list, known, "@me:localhost").map((each) => each.person.name);
    expect(names).toEqual(["Carla", "Zeno", "Anna", "Bruno"]);
  });

  test("puts somebody with only a desk phone before the unreachable", () => {
    const list = [person("Anna"), person("Bruno", { desk_phone: true })];
    const names = colleaguesOf(list, new Map(), "@me:localhost").map((each) => each.person.name);
    expect(names).toEqual(["Bruno", "Anna"]);
  });

  test.each([
    ["niccolo", true],
    ["NICCOLÒ", true],
    ["061234", true],
    ["201", true],
    ["nicc @example", true],
    ["bruno", false],
  ])("finds Niccolò by %s: %s", (text, found) => {
    expect(matches(person("Niccolò"), text)).toBe(found);
  });
});
