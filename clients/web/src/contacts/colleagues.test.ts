import { describe, expect, test } from "vitest";
import type { Person } from "../api/types";
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
    state: "offline",
    ...extra,
  };
}

describe("the list of colleagues", () => {
  test("leaves me out and shows the available first, then by name", () => {
    const list = [
      person("Zeno", { state: "available" }),
      person("Bruno"),
      person("Anna", { state: "on_the_phone" }),
      person("Carla", { state: "available" }),
      person("Me"),
    ];
    const names = colleaguesOf(list, "@me:localhost").map((each) => each.person.name);
    expect(names).toEqual(["Carla", "Zeno", "Anna", "Bruno"]);
  });

  test("puts somebody with only a desk phone before the unreachable", () => {
    const list = [person("Anna"), person("Bruno", { desk_phone: true })];
    const names = colleaguesOf(list, "@me:localhost").map((each) => each.person.name);
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
