import { i18n, language } from "../i18n/i18n";

/** "Firefox on Linux" of the server in the person's language; a browser that said nothing has words too. */
export function browserWords(name: string): string {
  const [browser, system] = name.split(" on ");
  if (!browser) return i18n.t("browser_unknown", { ns: "session" });
  return system ? i18n.t("browser_on", { ns: "session", browser, system }) : browser;
}

/** "10:32" of today, with the date of any other day; `at` and `now` in ms. */
export function momentWords(at: number, now: number = Date.now()): string {
  const moment = new Date(at);
  const today = moment.toDateString() === new Date(now).toDateString();
  return moment.toLocaleString(language() === "en" ? "en-GB" : language(), {
    ...(today ? {} : { day: "numeric", month: "long" }),
    hour: "2-digit",
    minute: "2-digit",
  });
}
