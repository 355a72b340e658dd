import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "../../i18n/i18n";
import { createStore } from "../../state/store";
import { NotSaid } from "../session/chatTalk";
import type { ChatLine, MeetingChat } from "../session/types";
import { VisitorChat } from "./VisitorChat";

// jsdom lays nothing out.
beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
});

afterEach(cleanup);

const line = (more: Partial<ChatLine>): ChatLine => ({
  id: "1",
  sender: { userId: "@bruno:x:B", name: "Bruno" },
  body: "hello",
  sentAt: 0,
  mine: false,
  ...more,
});

function show(lines: readonly ChatLine[]) {
  const send = vi.fn<MeetingChat["send"]>();
  render(<VisitorChat chat={{ messages: createStore(lines), send }} />);
  const write = async (body: string): Promise<void> => {
    fireEvent.change(screen.getByRole("textbox"), { target: { value: body } });
    await act(async () => void fireEvent.click(screen.getByRole("button", { name: "Send" })));
  };
  return { send, write };
}

test("whose words they are is said, and who passed them on", () => {
  show([line({}), line({ id: "2", through: "Anna" }), line({ id: "3", mine: true })]);
  const names = screen.getAllByRole("listitem").map((each) => each.textContent);
  expect(names[0]).toMatch(/^Bruno /);
  expect(names[1]).toMatch(/^Bruno \(through Anna\) /);
  expect(names[2]).toMatch(/^You /);
});

test.each([
  [new NotSaid("alone"), "Not sent: nobody of the organisation is here to receive it."],
  [new NotSaid("too_much"), "Not sent: that is too much at once. Try again in a moment."],
  [new Error("lost"), "The message was not sent."],
])("words that were not sent come back, with the reason: %s", async (error, words) => {
  const { send, write } = show([]);
  send.mockRejectedValueOnce(error);
  await write("is anybody here?");
  expect(screen.getByRole("alert").textContent).toBe(words);
  expect(screen.getByRole<HTMLInputElement>("textbox").value).toBe("is anybody here?");
  send.mockResolvedValueOnce();
  await write("is anybody here now?");
  expect(screen.queryByRole("alert")).toBeNull();
  expect(send).toHaveBeenLastCalledWith("is anybody here now?");
});
