import { describe, expect, test } from "vitest";
import type { Contact } from "../../api/phonebooks";
import { LABELS } from "../../numbers/labels";
import { detailsOf, draftOf, EMPTY_DRAFT, withLine } from "./draft";

const dentist: Contact = {
  id: "1",
  phonebook: "personal",
  name: "Dott.ssa Neri",
  organisation: "Studio Neri",
  numbers: [{ number: "+390698765432", label: "work", display: "06 9876 5432" }],
  emails: [],
  notes: "",
  favourite: true,
  updated_at: 0,
};

describe("a contact being written", () => {
  test("shows its numbers as people write them, and a line for the first address", () => {
    const draft = draftOf(dentist);
    expect(draft.numbers).toEqual([{ key: 0, value: "06 9876 5432", label: "work" }]);
    expect(draft.emails).toHaveLength(1);
  });

  test("keeps no line with nothing in it", () => {
    const draft = { ...EMPTY_DRAFT, name: " Anna ", numbers: withLine(EMPTY_DRAFT.numbers, LABELS) };
    const [first, second] = draft.numbers;
    expect(second).toMatchObject({ key: 1, label: "work" });
    const filled = { ...draft, numbers: [{ ...first!, value: " 201 " }, second!] };
    expect(detailsOf(filled)).toEqual({
      name: "Anna",
      organisation: "",
      numbers: [{ number: "201", label: "mobile" }],
      emails: [],
      notes: "",
    });
  });
});
