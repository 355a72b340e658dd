import { expect, test } from "vitest";
import type { Person } from "../../api/types";
import { colleagueTargets, targetsOf } from "./targets";

const person = (name: string, extra: Partial<Person> = {}): Person => ({
  user_id: `@${name.toLowerCase()}:localhost`,
  name,
  email: "",
  extensions: ["201"],
  numbers: [],
  role: "user",
  on_the_phone: false,
  desk_phone: false,
  state: "offline",
  ...extra,
});

test("a person goes by extension, a contact by the number that was typed, a number by itself", () => {
  const contact = {
    id: "c",
    phonebook: "personal" as const,
    name: "",
    organisation: "Shop",
    numbers: [
      { number: "+3906111", label: "", display: "06 111" },
      { number: "+3906222", label: "", display: "06 222" },
    ],
    emails: [],
    notes: "",
    favourite: false,
    updated_at: 0,
  };
  const found = targetsOf("222", [
    { key: "@anna:localhost", kind: "person", person: person("Anna") },
    { key: "c", kind: "contact", contact },
    { key: "typed", kind: "number", number: "222", display: "222" },
    { key: "@x:localhost", kind: "person", person: person("X", { extensions: [] }) },
  ]);
  expect(found.map(({ name, to }) => [name, to])).toEqual([
    ["Anna", "201"],
    ["Shop", "+3906222"],
    ["222", "222"],
  ]);
});

test("before anything is typed, colleagues come in the order in which they can be reached", () => {
  const people = [
    person("Away"),
    person("Busy", { state: "on_the_phone" }),
    person("Desk", { desk_phone: true }),
    person("Free", { state: "available" }),
    person("Me"),
    person("Peer"),
  ];
  const found = colleagueTargets(people, ["@me:localhost", "@peer:localhost", null]);
  expect(found.map((target) => target.name)).toEqual(["Free", "Desk", "Busy", "Away"]);
});
