import { expect, test } from "vitest";
import { inGroups, invitationText, telLink } from "./words";

test.each([
  ["123456789", "123 456 789"],
  ["1234567", "123 456 7"],
  ["123", "123"],
  ["", ""],
])("the PIN %j is read as %j", (pin, read) => {
  expect(inGroups(pin)).toBe(read);
});

test("a phone dials number and PIN by one link", () => {
  expect(telLink("+390698765499", "123456789")).toBe("tel:+390698765499,,123456789%23");
});

const words = {
  link: (url: string) => `Join: ${url}`,
  phone: (number: string, pin: string) => `By phone: ${number}, PIN ${pin}`,
};

test("the text to send has title, link and each number", () => {
  const dialIn = { numbers: ["+391", "+392"], extension: "800", pin: "123456789" };
  expect(invitationText("Budget", "https://x/#/join/t", dialIn, (number) => `(${number})`, words)).toBe(
    "Budget\nJoin: https://x/#/join/t\nBy phone: (+391), PIN 123 456 789\nBy phone: (+392), PIN 123 456 789",
  );
  expect(invitationText("Budget", null, null, String, words)).toBe("Budget");
});
