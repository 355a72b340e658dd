import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { TooltipProvider } from "@vector-im/compound-web";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { CallRecord } from "../api/types";
import { conversations } from "../calls/conversations";
import { setLanguage } from "../i18n/i18n";
import { mailbox } from "../voicemail/mailbox";
import { ConversationRow } from "./ConversationRow";

beforeAll(() => setLanguage("en"));
const untouched = mailbox.get();
afterEach(() => {
  cleanup();
  mailbox.set(untouched);
});

function part(id: string, from: number, conversation: string | null, peer: string): CallRecord {
  return {
    id,
    direction: "inbound",
    peer: { user_id: null, name: peer, number: `+39${peer.length}` },
    video: false,
    started_at: from,
    answered_at: from,
    ended_at: from + 60_000,
    outcome: "answered",
    answered_on: "matrix",
    room_id: null,
    audio: { sent: null, received: null },
    conversation,
  };
}

function show(): void {
  const [one] = conversations([part("b", 100_000, "a", "Bruno"), part("a", 0, null, "Anna R")]);
  render(
    <TooltipProvider>
      <ul>
        <ConversationRow conversation={one!} menu={false} />
      </ul>
    </TooltipProvider>,
  );
}

test("a conversation is one row that says who else was in it, and shows its steps when asked", () => {
  show();
  expect(screen.getAllByRole("listitem")).toHaveLength(1);
  expect(screen.getByText(/with Bruno/)).not.toBeNull();
  const steps = screen.getByRole("button", { name: "2 steps" });
  expect(steps.getAttribute("aria-expanded")).toBe("false");
  fireEvent.click(steps);
  expect(steps.getAttribute("aria-expanded")).toBe("true");
  expect(screen.getAllByRole("listitem")).toHaveLength(4);
});

test("a message that was left in a later part is said of the whole", () => {
  const message = { call_id: "b" } as never;
  mailbox.set({ status: "ready", mailbox: { messages: [message] } as never });
  show();
  expect(screen.getByText(/left a voice message/)).not.toBeNull();
});
