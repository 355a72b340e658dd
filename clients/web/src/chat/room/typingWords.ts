import type { TFunction } from "i18next";

/** Who is typing, in a sentence. */
export function typingWords(t: TFunction<"chat">, names: readonly string[]): string {
  const [first = "", second = ""] = names.map((name) => name.split(" ")[0] ?? name);
  if (names.length === 1) return t("typing_one", { first });
  return names.length === 2 ? t("typing_two", { first, second }) : t("typing_many");
}
