import { i18n } from "../i18n/i18n";
import { ApiError } from "./client";

/** The words for what went wrong, in the person's language: known codes have their own, others a general one. */
export function errorWords(error: unknown): string {
  const code = error instanceof ApiError ? error.code : "unexpected";
  if (code === "too_many_attempts" && error instanceof ApiError && error.retryAfter !== null) {
    return i18n.t("too_many_attempts_wait", {
      ns: "api",
      count: Math.max(1, Math.ceil(error.retryAfter / 60)),
    });
  }
  return i18n.exists(code, { ns: "api" })
    ? i18n.t(code as "unexpected", { ns: "api" })
    : i18n.t("unexpected", { ns: "api" });
}
