import { expect, test } from "vitest";
import { linked } from "./linked";

test("only http links become links", () => {
  expect(linked("open\n\nhttp://localhost:8080/#/invitation/a_b-c\n\nor javascript:alert(1)")).toEqual([
    { text: "open\n\n", href: null },
    { text: "http://localhost:8080/#/invitation/a_b-c", href: "http://localhost:8080/#/invitation/a_b-c" },
    { text: "\n\nor javascript:alert(1)", href: null },
  ]);
  expect(linked("")).toEqual([]);
});
