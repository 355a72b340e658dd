import type { DialIn } from "../../api/meetings";

/** A PIN as it is read out: in groups of three. */
export function inGroups(pin: string): string {
  return pin.replaceAll(/(\d{3})(?=\d)/g, "$1 ");
}

/** A link that dials the number and, after a pause, the PIN (RFC 3966 for the number; commas as all phones know them). */
export function telLink(number: string, pin: string): string {
  return `tel:${number},,${pin}%23`;
}

/** What stands in the text that is sent to somebody; each is a line of the reader's language. */
export interface InvitationWords {
  link: (url: string) => string;
  phone: (number: string, pin: string) => string;
}

/** An invitation to paste into a mail or a chat: title, link, and how to come by telephone. */
export function invitationText(
  title: string,
  url: string | null,
  dialIn: DialIn | null,
  format: (number: string) => string,
  words: InvitationWords,
): string {
  const phones = dialIn?.numbers.map((number) => words.phone(format(number), inGroups(dialIn.pin))) ?? [];
  return [title, ...(url === null ? [] : [words.link(url)]), ...phones].join("\n");
}

/** How long a link may be good for, in hours: a day, a week, a month. */
export const HOURS = [2, 24, 168, 720] as const;
export type Hours = (typeof HOURS)[number];
