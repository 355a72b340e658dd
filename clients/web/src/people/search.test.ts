import { describe, expect, test } from "vitest";
import type { Person, SearchResult } from "../api/types";
import { hitsFor, moved } from "./search";

const anna: Person = {
  user_id: "@anna:localhost",
  name: "Anna",
  email: "anna@example.org",
  extensions: ["201"],
  numbers: [],
  role: "member",
  on_the_phone: false,
  desk_phone: false,
  state: "offline",
};
const ME = "@me:localhost";
const found: SearchResult[] = [{ kind: "person", person: anna, favourite: false }];

describe("the rows of the search", () => {
  test("are what the server found", () => {
    expect(hitsFor("ann", found, ME).map((hit) => hit.key)).toEqual(["@anna:localhost"]);
  });

  test("leave out whoever searches", () => {
    expect(hitsFor("ann", found, anna.user_id)).toEqual([]);
  });

  test("offer the typed number itself when nobody knows it", () => {
    expect(hitsFor("06 698 82", [], ME)).toEqual([
      { key: "typed", kind: "number", number: "06 698 82", display: "06 698 82" },
    ]);
  });

  test("offer no number beside the person whose extension it is", () => {
    expect(hitsFor("201", found, ME)).toHaveLength(1);
  });

  test("offer it beside people whose number only contains it", () => {
    expect(hitsFor("20", found, ME)).toHaveLength(2);
  });

  test("offer a contact with their first number", () => {
    const contact = {
      id: "c1",
      phonebook: "company" as const,
      name: "Ferramenta Sala",
      organisation: "",
      numbers: [{ number: "+390698765432", label: "work", display: "06 9876 5432" }],
      emails: [],
      notes: "",
      favourite: false,
      updated_at: 0,
    };
    expect(hitsFor("sala", [{ kind: "contact", contact }], ME)).toEqual([
      { key: "c1", kind: "contact", contact },
    ]);
    expect(hitsFor("06 9876 5432", [{ kind: "contact", contact }], ME)).toHaveLength(1);
    expect(hitsFor("+390698765432", [{ kind: "contact", contact }], ME)).toHaveLength(1);
  });

  test("keep the server's spelling of a number", () => {
    const number: SearchResult = { kind: "number", number: "+390669882", display: "06 69882" };
    expect(hitsFor("0669882", [number], ME)).toHaveLength(1);
  });
});

test("the arrows go round", () => {
  expect(moved(0, -1, 3)).toBe(2);
  expect(moved(2, 1, 3)).toBe(0);
  expect(moved(0, 1, 0)).toBe(0);
});
