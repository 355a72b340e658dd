import { describe, expect, test, vi } from "vitest";
import type { Contact, Entry } from "../api/phonebooks";
import {
  createEntryList,
  entryName,
  type EntryPageSource,
  isFavourite,
  isWith,
  placed,
  withFavourite,
} from "./entries";

function contact(name: string, extra: Partial<Contact> = {}): Entry {
  const made: Contact = {
    id: name,
    phonebook: "personal",
    name,
    organisation: "",
    numbers: [],
    emails: [],
    notes: "",
    favourite: false,
    updated_at: 0,
    ...extra,
  };
  return { kind: "contact", contact: made };
}

const names = (entries: readonly Entry[]): string[] => entries.map(entryName);
const few = [contact("Anna"), contact("Carlo"), contact("Zoe")];

describe("an entry put into a list", () => {
  test("goes to its place by name", () => {
    expect(names(placed({ entries: few, next: null }, contact("Émile")))).toEqual([
      "Anna",
      "Carlo",
      "Émile",
      "Zoe",
    ]);
  });

  test("behind the last page waits for the next one", () => {
    expect(placed({ entries: few, next: "more" }, contact("Zora"))).toHaveLength(3);
    expect(placed({ entries: few, next: null }, contact("Zora"))).toHaveLength(4);
  });

  test("takes the place of what it was, and moves when its name changed", () => {
    const renamed = contact("Anna Verdi", { id: "Zoe" });
    expect(names(placed({ entries: few, next: null }, renamed))).toEqual(["Anna", "Anna Verdi", "Carlo"]);
    const starred = placed({ entries: few, next: null }, withFavourite(few[1] as Entry, true));
    expect(starred.map(isFavourite)).toEqual([false, true, false]);
  });
});

describe("a call", () => {
  const anna: Entry = {
    kind: "person",
    favourite: false,
    person: {
      user_id: "@anna:localhost",
      name: "Anna",
      email: "anna@localhost",
      extensions: ["201"],
      numbers: ["+390612345201"],
      role: "user",
      on_the_phone: false,
      desk_phone: false,
      state: "offline",
    },
  };
  const shop = contact("Shop", { numbers: [{ number: "+390669882", label: "", display: "06 69882" }] });

  test.each([
    ["a colleague by id", anna, "@anna:localhost", null, true],
    ["a colleague by number, when nobody is named", anna, null, "201", true],
    ["another colleague with that number once", anna, "@bruno:localhost", "201", false],
    [
      "a contact by number, whoever stands for the telephone",
      shop,
      "@_tel_+390669882:localhost",
      "+390669882",
      true,
    ],
    ["another number", shop, null, "+390669883", false],
    ["a hidden number", anna, null, null, false],
  ])("is with %s", (_name, entry, userId, number, expected) => {
    expect(isWith(entry, { peer: { user_id: userId, name: "", number } })).toBe(expected);
  });
});

describe("a list", () => {
  const pages: EntryPageSource = (cursor) =>
    Promise.resolve(
      cursor === null
        ? { entries: few.slice(0, 2), next: "2" }
        : { entries: [few[1] as Entry, few[2] as Entry], next: null },
    );

  test("is read page by page, each entry once", async () => {
    const list = createEntryList(pages);
    expect(list.state.get().status).toBe("loading");
    await list.load();
    expect(names(list.state.get().entries)).toEqual(["Anna", "Carlo"]);
    await list.loadMore();
    await list.loadMore();
    expect(names(list.state.get().entries)).toEqual(["Anna", "Carlo", "Zoe"]);
  });

  test("says that it could not be read, and is read again", async () => {
    const source = vi
      .fn<EntryPageSource>()
      .mockRejectedValueOnce(new Error("away"))
      .mockImplementation(pages);
    const list = createEntryList(source);
    await list.load();
    expect(list.state.get().status).toBe("error");
    await list.load();
    expect(list.state.get().status).toBe("ready");
  });

  test("keeps what it has when the next page does not come", async () => {
    const source = vi
      .fn<EntryPageSource>()
      .mockImplementationOnce(pages)
      .mockRejectedValue(new Error("away"));
    const list = createEntryList(source);
    await list.load();
    await list.loadMore();
    expect(list.state.get()).toMatchObject({ status: "ready", next: "2", loadingMore: false });
    expect(list.state.get().entries).toHaveLength(2);
  });
});
