import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { meetings } from "../api/meetings";
import { meetingOf } from "../meetings/list/fakeMeeting";
import { Today } from "./Today";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

test("nothing is shown while nothing concerns me", () => {
  vi.spyOn(meetings, "list").mockResolvedValue([]);
  render(<Today />);
  expect(screen.queryByTestId("today")).toBeNull();
});

test("a meeting that is on is one press away", async () => {
  const live = meetingOf({ live: true, participants: 2, room_id: "!budget:localhost" });
  vi.spyOn(meetings, "list").mockResolvedValue([live]);
  render(<Today />);
  expect((await screen.findByTestId("today")).textContent).toContain("BudgetNow, 2 people are there");
  fireEvent.click(screen.getByRole("button", { name: "Join “Budget”" }));
  expect(location.hash).toBe(`#/meetings/room/${encodeURIComponent("!budget:localhost")}`);
});
