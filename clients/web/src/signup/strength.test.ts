import { beforeAll, expect, test } from "vitest";
import { judge, loadEstimator, personalWords, type Estimate, type Strength } from "./strength";

let estimate: (password: string, words: string[]) => Estimate;
beforeAll(async () => {
  estimate = await loadEstimator();
});

const words = personalWords("anna.rossi@unisono.example", "Anna Rossi", "Officine Bianchi");

test.each<[string, Strength]>([
  ["", { level: "empty" }],
  ["abc", { level: "short", missing: 5 }],
  ["🐈🐈🐈", { level: "short", missing: 5 }],
  ["password", { level: "weak", why: "common" }],
  ["rossianna", { level: "weak", why: "personal" }],
  ["officine1", { level: "weak", why: "personal" }],
  ["aaaaaaaaaa", { level: "weak", why: "repeated" }],
  ["abcdefghi", { level: "weak", why: "sequence" }],
  ["qwertyuiop[", { level: "weak", why: "sequence" }],
  ["13/05/1987", { level: "weak", why: "date" }],
  ["lampada-cavallo-verde-otto", { level: "strong" }],
])("%j is judged", (password, strength) => {
  expect(judge(password, estimate(password, words))).toEqual(strength);
});

test("what the server takes at the least is called good", () => {
  expect(judge("longenough", { score: 3, sequence: [] })).toEqual({ level: "good" });
});

test("a very long password is judged without delay", () => {
  const began = performance.now();
  estimate("ab1".repeat(3000), words);
  expect(performance.now() - began).toBeLessThan(1000);
});
