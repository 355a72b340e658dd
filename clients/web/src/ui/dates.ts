import { i18n } from "../i18n/i18n";

/** The reader's own way of writing dates (British, American …) where it is of the language shown. */
export function dateLocale(): string {
  const { language } = i18n;
  return navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
}
