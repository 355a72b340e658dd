import { expect, test, vi } from "vitest";
import { sanitise } from "../chat/markdown/sanitise";
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
  const end = followTelLinks({ call, show: () => expect.unreachable() });
  document.body.innerHTML =
    '<a href="tel:+390669882" data-dial><b>06 698 82</b></a><a href="#elsewhere">x</a>';
  document.querySelector("b")?.click();
  document.querySelector<HTMLElement>("a[href='#elsewhere']")?.click();
  expect(call.mock.calls).toEqual([["+390669882"]]);
  end();
  document.querySelector("a")?.addEventListener("click", (event) => event.preventDefault());
  document.querySelector("b")?.click();
  expect(call).toHaveBeenCalledOnce();
});

test("a tel: link inside a message is shown on the dial pad, and calls nobody", () => {
  const show = vi.fn<(number: string) => void>();
  const end = followTelLinks({ call: () => expect.unreachable(), show });
  const message = '<a href="tel:+399991234" data-dial="" class="x">Agenda.pdf</a>';
  document.body.innerHTML = sanitise(message, "@anna:localhost");
  document.querySelector("a")?.click();
  expect(show.mock.calls).toEqual([["+399991234"]]);
  end();
});
