import { describe, expect, test } from "vitest";

const files = import.meta.glob<Record<string, string>>("../**/locales/*.json", {
  eager: true,
  import: "default",
});
const namespaces = [
  ...new Set(Object.keys(files).map((path) => path.slice("../".length).split("/locales/")[0] ?? "")),
];
const declarations = Object.values(
  import.meta.glob<string>("./i18next.d.ts", { eager: true, query: "?raw", import: "default" }),
)[0];
/** Italian has a plural form "many" (for millions) that English has not. */
const keys = (words: Record<string, string>): string[] =>
  Object.keys(words)
    .filter((key) => !key.endsWith("_many"))
    .toSorted();
const placeholders = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).toSorted();

describe.each(namespaces)("the words of %s", (namespace) => {
  const en = files[`../${namespace}/locales/en.json`] ?? {};
  const it = files[`../${namespace}/locales/it.json`] ?? {};

  test("have the same keys in English and Italian", () => {
    expect(keys(it)).toEqual(keys(en));
  });

  test("have the same placeholders, and none is empty", () => {
    for (const key of keys(en)) {
      expect(placeholders(it[key] ?? ""), key).toEqual(placeholders(en[key] ?? ""));
      expect((it[key] ?? "").trim(), key).not.toBe("");
    }
  });
});

test("the declared namespaces are the folders that have words, each by its path", () => {
  const folders = new Map(
    [...(declarations ?? "").matchAll(/^import type (\w+) from "\.\.\/(.+)\/locales\/en\.json";$/gm)].map(
      ([, alias, folder]) => [alias, folder],
    ),
  );
  const declared = [...(declarations ?? "").matchAll(/^ +"?([\w/]+)"?: typeof (\w+);$/gm)].map(
    ([, namespace, alias]) => [namespace, folders.get(alias)],
  );
  for (const [namespace, folder] of declared) expect(namespace).toBe(folder);
  expect(declared.map(([namespace]) => namespace).toSorted()).toEqual(namespaces.toSorted());
});
