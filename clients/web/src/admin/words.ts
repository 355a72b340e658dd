import { ApiError } from "../api/client";
import { errorWords } from "../api/errors";
import type admin from "./locales/en.json";
import { i18n } from "../i18n/i18n";

type Key = keyof typeof admin;

/** The words for a refusal of the administration; some codes mean something else elsewhere. */
export function refusalWords(error: unknown): string {
  const key = error instanceof ApiError ? `error_${error.code}` : "";
  return i18n.exists(key, { ns: "admin" }) ? i18n.t(key as "title", { ns: "admin" }) : errorWords(error);
}

/** What was done, in the person's language; an action that is newer than this page stays as it is. */
export function actionWords(action: string): string {
  const key = `action_${action.replaceAll(/[.-]/g, "_")}` as Key;
  return i18n.exists(key, { ns: "admin" }) ? i18n.t(key as "title", { ns: "admin" }) : action;
}

/** What stands beside an action, in words where the server's name for it is known. */
export function detailWords(name: string, value: string): string {
  const key = `detail_${name}` as Key;
  return `${i18n.exists(key, { ns: "admin" }) ? i18n.t(key as "title", { ns: "admin" }) : name}: ${value}`;
}
