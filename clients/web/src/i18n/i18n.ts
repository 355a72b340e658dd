import i18n from "i18next";
import { initReactI18next } from "react-i18next";

/**
 * One namespace a feature folder, named by its path: `src/chat/locales/it.json` is the namespace `chat` in Italian,
 * `src/meetings/list/locales/it.json` is `meetings/list`.
 */
const files = import.meta.glob<Record<string, string>>("../**/locales/*.json", {
  eager: true,
  import: "default",
});

export type Language = "en" | "it";
export const LANGUAGES: Language[] = ["en", "it"];

function resources(): Record<string, Record<string, Record<string, string>>> {
  const found: Record<string, Record<string, Record<string, string>>> = {};
  for (const [path, words] of Object.entries(files)) {
    const [, namespace, tag] = /^\.\.\/(.+)\/locales\/(\w+)\.json$/.exec(path) ?? [];
    if (namespace && tag) (found[tag] ??= {})[namespace] = words;
  }
  return found;
}

/** The stored choice, or the browser's first language that we speak. */
export function preferredLanguage(stored: string | null, spoken: readonly string[]): Language {
  const wanted = [stored ?? "", ...spoken].map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag): tag is Language => (LANGUAGES as string[]).includes(tag)) ?? "en";
}

const STORED = "unisono.language";

void i18n.use(initReactI18next).init({
  lng: preferredLanguage(localStorage.getItem(STORED), navigator.languages ?? []),
  fallbackLng: "en",
  defaultNS: "app",
  resources: resources(),
  interpolation: { escapeValue: false },
  initAsync: false,
});
document.documentElement.lang = i18n.language;

export function language(): Language {
  return i18n.language as Language;
}

export function setLanguage(next: Language): void {
  localStorage.setItem(STORED, next);
  document.documentElement.lang = next;
  void i18n.changeLanguage(next);
}

export { i18n };
