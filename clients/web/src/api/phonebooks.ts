import { request } from "./client";
import type { CallPage, Person } from "./types";

/** Everybody's phonebook, which administrators write, or one's own. */
export type Book = "company" | "personal";
export type Tab = "all" | "internal" | "company" | "personal" | "favourites";

export interface ContactNumber {
  /** In E.164, or an extension as it is dialled. */
  number: string;
  label: string;
  display: string;
}

export interface ContactEmail {
  address: string;
  label: string;
}

export interface Contact {
  id: string;
  phonebook: Book;
  name: string;
  organisation: string;
  numbers: ContactNumber[];
  emails: ContactEmail[];
  notes: string;
  favourite: boolean;
  updated_at: number;
}

/** What people write about somebody; numbers in any spelling. */
export interface ContactDetails {
  name: string;
  organisation: string;
  numbers: { number: string; label: string }[];
  emails: ContactEmail[];
  notes: string;
}

export type Entry =
  | { kind: "person"; person: Person; favourite: boolean }
  | { kind: "contact"; contact: Contact };

export interface EntryPage {
  entries: Entry[];
  next: string | null;
}

/** What is wrong at `line` of a file; `value` is what stands there. `kept`: the contact comes without it. */
export interface ImportFault {
  line: number;
  code: string;
  field: string | null;
  message: string;
  value: string;
  kept: boolean;
}

/** What reading a file in would do, or did; `incomplete` contacts come without something that could not be read. */
export interface ImportReport {
  count: number;
  duplicates: number;
  faulty: number;
  incomplete: number;
  faults: ImportFault[];
  contacts: Pick<Contact, "name" | "organisation" | "numbers" | "emails">[];
}

export type ExportFormat = "csv" | "vcard";

const PAGE = 100;

const one = (id: string): string => `/contacts/${encodeURIComponent(id)}`;
const favourite = (entry: Entry): string =>
  entry.kind === "person"
    ? `/favourites/people/${encodeURIComponent(entry.person.user_id)}`
    : `/favourites/contacts/${encodeURIComponent(entry.contact.id)}`;

export const phonebooks = {
  tab: (tab: Tab, cursor: string | null) => {
    const query = new URLSearchParams({ tab, limit: String(PAGE), ...(cursor === null ? {} : { cursor }) });
    return request<EntryPage>("GET", `/contacts?${query}`);
  },
  add: async (book: Book, details: ContactDetails) =>
    (await request<{ contact: Contact }>("POST", "/contacts", { body: { phonebook: book, ...details } }))
      .contact,
  replace: async (id: string, details: ContactDetails) =>
    (await request<{ contact: Contact }>("PUT", one(id), { body: details })).contact,
  remove: (id: string) => request<void>("DELETE", one(id)),
  mark: (entry: Entry, marked: boolean) => request<void>(marked ? "PUT" : "DELETE", favourite(entry)),
  calls: (entry: Entry) =>
    request<CallPage>(
      "GET",
      entry.kind === "person"
        ? `/people/${encodeURIComponent(entry.person.user_id)}/calls`
        : `${one(entry.contact.id)}/calls`,
    ),
  /** What reading the file in would do; nothing is kept. */
  preview: (book: Book, file: Blob) =>
    request<ImportReport>("POST", `/contacts/import?phonebook=${book}&step=preview`, { body: file }),
  /** Reads the file in, without its faulty lines. */
  readIn: (book: Book, file: Blob) =>
    request<ImportReport>("POST", `/contacts/import?phonebook=${book}&step=commit&skip_faulty=true`, {
      body: file,
    }),
  /** Where the browser downloads a phonebook from. */
  exportUrl: (book: Book, format: ExportFormat) =>
    `/api/v1/contacts/export?phonebook=${book}&format=${format}`,
};
