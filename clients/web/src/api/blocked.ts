import { request } from "./client";

/** A number whose calls do not ring me; `since` in ms since the epoch. */
export interface BlockedNumber {
  number: string;
  name: string | null;
  since: number;
}

/** Whom I have blocked; `withheld`: also callers who withhold their number. */
export interface BlockedCallers {
  withheld: boolean;
  numbers: BlockedNumber[];
}

/** A number in any spelling; null for all who withhold theirs. Each answers the whole list. */
export const blocked = {
  list: () => request<BlockedCallers>("GET", "/blocked"),
  block: (number: string | null) => request<BlockedCallers>("POST", "/blocked", { body: { number } }),
  unblock: (number: string | null) =>
    request<BlockedCallers>(
      "DELETE",
      number === null ? "/blocked/withheld" : `/blocked/numbers/${encodeURIComponent(number)}`,
    ),
};
