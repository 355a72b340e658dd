import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { meetings, type Visitor } from "../../api/meetings";
import "../../i18n/i18n";
import * as session from "../session/meeting";
import type { MeetingDoor, MeetingPhase, MeetingSnapshot } from "../session/types";
import { VisitorsPanel } from "./VisitorsPanel";
import { WaitingCards } from "./WaitingCards";

vi.mock("../../api/events", () => ({
  onServerEvent: () => () => undefined,
  onServerEventsOpen: () => () => undefined,
}));

const visitor = (name: string): Visitor => ({
  id: name,
  kind: "guest",
  name,
  number: null,
  state: "waiting",
  identity: null,
  since: 0,
  not_reached: null,
});
const button = (name: string): HTMLElement | null => screen.queryByRole("button", { name });

/** In a meeting, as its moderator or not. */
async function show(
  phase: MeetingPhase,
  moderator: boolean,
  panel: boolean,
  ...names: string[]
): Promise<void> {
  vi.spyOn(meetings, "visitors").mockResolvedValue(names.map(visitor));
  const moderation = moderator ? { meetingId: "m" } : null;
  vi.spyOn(session, "currentDoor").mockReturnValue({ moderation } as MeetingDoor);
  session.meeting.set({ phase } as MeetingSnapshot);
  const page = (
    <>
      <WaitingCards />
      {panel && <VisitorsPanel meetingId="m" />}
    </>
  );
  await act(async () => void render(page));
}

afterEach(() => {
  cleanup();
  session.meeting.set(null);
});

test("a moderator is told, and may decide later", async () => {
  await show("connected", true, false, "Carla", "Dario", "Elena");
  expect(screen.getByText(/Carla, Dario, Elena are waiting/)).toBeTruthy();
  expect(screen.getByText(/and 1 more/)).toBeTruthy();
  expect(button("Let in Elena")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Decide later" }));
  expect(button("Let in Carla")).toBeNull();
});

test.each<[string, MeetingPhase, boolean]>([
  ["who is no moderator", "connected", false],
  ["who has left", "left", true],
])("%s sees nothing of it", async (_, phase, moderator) => {
  await show(phase, moderator, false, "Carla");
  expect(button("Let in Carla")).toBeNull();
});

test("beside the list there is no card", async () => {
  await show("connected", true, true, "Carla");
  expect(screen.getAllByRole("button", { name: "Let in Carla" })).toHaveLength(1);
});
