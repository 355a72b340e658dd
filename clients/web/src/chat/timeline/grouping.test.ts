import { expect, test } from "vitest";
import type { Entry, Message, Notice } from "../../matrix/timeline";
import { layOut } from "./grouping";

const noon = new Date(2026, 4, 4, 12).getTime();
const minute = 60_000;

const message = (key: string, sender: string, ts: number, own = false): Message => ({
  type: "message",
  key,
  eventId: `$${key}`,
  ts,
  sender,
  senderName: sender,
  own,
  kind: "text",
  body: key,
  html: null,
  media: null,
  quote: null,
  reactions: [],
  edited: false,
  mentionsMe: false,
  status: "sent",
  canEdit: false,
  canRedact: false,
  unreadable: null,
});
const notice = (key: string, ts: number): Notice => ({
  type: "notice",
  key,
  ts,
  what: { kind: "created", actor: "a", own: false },
});
/** The rows in short: day, unread, and messages as key with [ where a run begins and ] where it ends. */
const shown = (entries: Entry[], unreadAfter: string | null = null): string[] =>
  layOut(entries, unreadAfter).map((row) => {
    if (row.type === "message") return `${row.first ? "[" : ""}${row.key}${row.last ? "]" : ""}`;
    return row.type === "notice" ? row.key : row.type;
  });

test("a run of one sender's messages has one beginning and one end", () => {
  const entries = [
    message("1", "a", noon),
    message("2", "a", noon + minute),
    message("3", "b", noon + minute),
  ];
  expect(shown(entries)).toEqual(["day", "[1", "2]", "[3]"]);
});

test("a pause of five minutes begins a new run", () => {
  expect(shown([message("1", "a", noon), message("2", "a", noon + 5 * minute)])).toEqual([
    "day",
    "[1]",
    "[2]",
  ]);
});

test("a notice ends a run", () => {
  const entries = [message("1", "a", noon), notice("n", noon + 1), message("2", "a", noon + 2)];
  expect(shown(entries)).toEqual(["day", "[1]", "n", "[2]"]);
});

test("midnight puts a separator between the days, and ends a run", () => {
  const late = new Date(2026, 4, 4, 23, 59).getTime();
  expect(shown([message("1", "a", late), message("2", "a", late + 2 * minute)])).toEqual([
    "day",
    "[1]",
    "day",
    "[2]",
  ]);
});

test("the unread mark stands before the first message of another that was not read", () => {
  const entries = [message("1", "a", noon), message("2", "a", noon + 1)];
  expect(shown(entries, "1")).toEqual(["day", "[1]", "unread", "[2]"]);
});

test("no unread mark stands before one's own message, nor when all is read", () => {
  expect(shown([message("1", "a", noon), message("2", "me", noon + 1, true)], "1")).not.toContain("unread");
  expect(shown([message("1", "a", noon)], "1")).not.toContain("unread");
});
