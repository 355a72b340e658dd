import type { CountryCode } from "libphonenumber-js/min";
import { api } from "../api/client";
import { createStore, useStore } from "../state/store";

/** Writes a number as people of the organisation's country do: national format at home, international abroad. */
export type NumberFormat = (number: string) => string;

const unchanged: NumberFormat = (number) => number;
/** Told to those who write numbers outside of components. */
export const numberFormat = createStore<NumberFormat>(unchanged);
/** A number with its country, in whatever spelling. */
const NUMBER = /^\+[\d\s().-]+$/;
let loading = false;

/** Loads the numbering plans, which are too large for the first paint; until then numbers stay as they are. */
export function loadNumberFormat(): void {
  if (loading) return;
  loading = true;
  Promise.all([api.config(), import("libphonenumber-js/min")]).then(
    ([{ region }, { parsePhoneNumberFromString }]) => {
      const parse = (number: string) => parsePhoneNumberFromString(number, region as CountryCode);
      const format = (text: string): string => {
        const parsed = NUMBER.test(text) ? parse(text) : undefined;
        if (!parsed) return text;
        return parsed.country === region ? parsed.formatNational() : parsed.formatInternational();
      };
      // The name of a call of several lists all who are in it.
      numberFormat.set((text) => text.split(", ").map(format).join(", "));
    },
    () => {
      loading = false;
    },
  );
}

/** A function that writes numbers for people, also those of a list, and leaves everything else as it is. */
export function useNumberFormat(): NumberFormat {
  return useStore(numberFormat);
}
