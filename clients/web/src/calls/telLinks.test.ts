import { expect, test, vi } from "vitest";
import { dialledByAddress, followTelLinks } from "./telLinks";

test.each([
  ["?dial=tel%3A%2B390669882", "+390669882"],
  ["?dial=201", "201"],
  ["?room=1", ""],
  ["", ""],
])("the address %j brings %j", (search, number) => {
  expect(dialledByAddress(search)).toBe(number);
});

test("a tel: link in a page of ours is called, other links are left alone", () => {
  const call = vi.fn<(number: string) => void>();
  const end = followTelLinks(call);
  document.body.innerHTML = '<a href="tel:+390669882"><b>06 698 82</b></a><a href="#elsewhere">x</a>';
  document.querySelector("b")?.click();
  document.querySelector<HTMLElement>("a[href='#elsewhere']")?.click();
  expect(call.mock.calls).toEqual([["+390669882"]]);
  end();
  document.querySelector("a")?.addEventListener("click", (event) => event.preventDefault());
  document.querySelector("b")?.click();
  expect(call).toHaveBeenCalledOnce();
});
