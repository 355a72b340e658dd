import { i18n } from "../i18n/i18n";

/** What phonebook files call numbers and addresses; people may write others. */
export const LABELS = ["mobile", "work", "home", "main", "fax", "other"] as const;
type Known = (typeof LABELS)[number];

const known = new Set<string>(LABELS);

/** The words for a label: in the person's language where it is one of ours, as it was written otherwise. */
export function labelWords(label: string, none: string): string {
  if (!label) return none;
  return known.has(label) ? i18n.t(`label_${label as Known}`, { ns: "contacts" }) : label;
}
