import { expect, test } from "vitest";
import type { Contact } from "../../api/phonebooks";
import type { Person } from "../../api/types";
import type { Hit } from "../../people/search";
import { callable } from "./callable";

const person = (name: string, extensions: string[], numbers: string[] = []): Hit => {
  const known: Person = {
    user_id: `@${name}:x`,
    name,
    email: "",
    extensions,
    numbers,
    role: "member",
    on_the_phone: false,
    desk_phone: false,
    state: "offline",
  };
  return { key: known.user_id, kind: "person", person: known };
};
const contact = (name: string, ...numbers: string[]): Hit => {
  const known: Contact = {
    id: name,
    phonebook: "company",
    name,
    organisation: "Firm",
    emails: [],
    notes: "",
    favourite: false,
    updated_at: 0,
    numbers: numbers.map((number) => ({ number, label: "", display: number })),
  };
  return { key: name, kind: "contact", contact: known };
};
const number: Hit = { key: "typed", kind: "number", number: "06123", display: "06 123" };

test.each<[string, string, Hit, string | undefined]>([
  ["a colleague is called at the extension", "anna", person("Anna", ["201"], ["+39061"]), "201"],
  ["a colleague without one at the number", "anna", person("Anna", [], ["+39061"]), "+39061"],
  ["who has no telephone is left out", "anna", person("Anna", []), undefined],
  ["a contact at the number that was looked for", "0622", contact("Carla", "+390611", "+390622"), "+390622"],
  ["a contact otherwise at the first", "carla", contact("Carla", "+390611", "+390622"), "+390611"],
  ["a contact without a number is left out", "carla", contact("Carla"), undefined],
  ["a number as it was typed", "06123", number, "06123"],
])("%s", (_, text, hit, called) => {
  expect(callable(text, [hit])[0]?.number).toBe(called);
});

test("a contact that is only a firm is called that, and no more than five are offered", () => {
  expect(callable("firm", [contact("", "+391")])[0]?.name).toBe("Firm");
  expect(
    callable(
      "a",
      Array.from({ length: 9 }, () => number),
    ),
  ).toHaveLength(5);
});
