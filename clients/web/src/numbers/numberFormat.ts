import type { CountryCode } from "libphonenumber-js/min";
import { api } from "../api/client";
import { createStore, useStore } from "../state/store";

/** Writes a number as people of the organisation's country do: national format at home, international abroad. */
export type NumberFormat = (number: string) => string;

const unchanged: NumberFormat = (number) => number;
const format = createStore<NumberFormat>(unchanged);
let loading = false;

/** Loads the numbering plans, which are too large for the first paint; until then numbers stay as they are. */
export function loadNumberFormat(): void {
  if (loading) return;
  loading = true;
  Promise.all([api.config(), import("libphonenumber-js/min")]).then(
    ([{ region }, { parsePhoneNumberFromString }]) => {
      const parse = (number: string) => parsePhoneNumberFromString(number, region as CountryCode);
      format.set((number) => {
        const parsed = number.startsWith("+") ? parse(number) : undefined;
        if (!parsed) return number;
        return parsed.country === region ? parsed.formatNational() : parsed.formatInternational();
      });
    },
    () => {
      loading = false;
    },
  );
}

/** A function that writes E.164 numbers for people and leaves everything else as it is. */
export function useNumberFormat(): NumberFormat {
  return useStore(format);
}
