import { expect, test } from "vitest";
import { readAddresses } from "./addresses";

test.each([
  ["", [], []],
  ["carla@example.org", ["carla@example.org"], []],
  [
    " a@example.org, b@example.org;c@example.org\nd@example.org ",
    ["a", "b", "c", "d"].map((n) => `${n}@example.org`),
    [],
  ],
  ["a@example.org b@example.org", ["a@example.org", "b@example.org"], []],
  [
    'Carla Verdi <carla@example.org>, "Verdi, Dario" <dario@example.org>',
    ["carla@example.org", "dario@example.org"],
    [],
  ],
  ["A@example.org a@Example.org", ["A@example.org"], []],
  [
    "carla@, @example.org, a@b@c, carla@localhost, a@b..c",
    ["carla@localhost"],
    ["carla@", "@example.org", "a@b@c", "a@b..c"],
  ],
])("the text %j", (text, good, bad) => {
  expect(readAddresses(text)).toEqual({ good, bad });
});
