import type { Contact, ContactDetails } from "../../api/phonebooks";

/** One line of the form; `key` stays while lines come and go. */
export interface Line {
  key: number;
  value: string;
  label: string;
}

/** A contact while it is written: there is always a line to write the first number and address into. */
export interface Draft {
  name: string;
  organisation: string;
  numbers: readonly Line[];
  emails: readonly Line[];
  notes: string;
}

export const EMPTY_DRAFT: Draft = {
  name: "",
  organisation: "",
  numbers: [{ key: 0, value: "", label: "mobile" }],
  emails: [{ key: 0, value: "", label: "work" }],
  notes: "",
};

export function draftOf(contact: Contact | null, number = ""): Draft {
  if (!contact) return { ...EMPTY_DRAFT, numbers: [{ key: 0, value: number, label: "mobile" }] };
  const numbers = contact.numbers.map(({ display, label }, key) => ({ key, value: display, label }));
  const emails = contact.emails.map(({ address, label }, key) => ({ key, value: address, label }));
  return {
    name: contact.name,
    organisation: contact.organisation,
    numbers: numbers.length > 0 ? numbers : EMPTY_DRAFT.numbers,
    emails: emails.length > 0 ? emails : EMPTY_DRAFT.emails,
    notes: contact.notes,
  };
}

/** What is kept of a draft: lines with nothing in them are not. */
export function detailsOf(draft: Draft): ContactDetails {
  const { name, organisation, notes } = draft;
  return {
    name: name.trim(),
    organisation: organisation.trim(),
    numbers: filled(draft.numbers).map(({ value, label }) => ({ number: value.trim(), label })),
    emails: filled(draft.emails).map(({ value, label }) => ({ address: value.trim(), label })),
    notes: notes.trim(),
  };
}

/** One more line; its label is the first that no other line has. */
export function withLine(lines: readonly Line[], labels: readonly string[]): Line[] {
  const used = new Set(lines.map((line) => line.label));
  const label = labels.find((each) => !used.has(each)) ?? "other";
  const key = Math.max(-1, ...lines.map((line) => line.key)) + 1;
  return [...lines, { key, value: "", label }];
}

const filled = (lines: readonly Line[]): Line[] => lines.filter((line) => line.value.trim() !== "");
