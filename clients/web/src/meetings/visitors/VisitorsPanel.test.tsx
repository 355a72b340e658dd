import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { ApiError } from "../../api/client";
import { meetings, type Visitor } from "../../api/meetings";
import "../../i18n/i18n";
import { VisitorsPanel } from "./VisitorsPanel";

vi.mock("../../api/events", () => ({
  onServerEvent: () => () => undefined,
  onServerEventsOpen: () => () => undefined,
}));

const visitor = (id: string, known: Partial<Visitor>): Visitor => ({
  id,
  kind: "guest",
  name: id,
  number: null,
  state: "waiting",
  identity: null,
  since: 0,
  not_reached: null,
  ...known,
});
const asked = vi.spyOn(meetings, "visitors");
const decided = vi.spyOn(meetings, "decide");
const button = (name: string): HTMLElement => screen.getByRole("button", { name });

async function show(...visitors: Visitor[]): Promise<void> {
  asked.mockResolvedValue(visitors);
  await act(async () => void render(<VisitorsPanel meetingId="m" />));
}

afterEach(() => {
  cleanup();
  decided.mockReset();
});

test("without anybody at the door there is nothing to see", async () => {
  await show(visitor("Carla", { state: "admitted" }));
  expect(screen.queryByTestId("visitors")).toBeNull();
});

test("guests are let in one by one or all together", async () => {
  decided.mockResolvedValue(undefined);
  await show(visitor("Carla", {}), visitor("Dario", {}), visitor("06 123", { kind: "phone" }));
  await act(async () => void fireEvent.click(button("Let in Carla")));
  expect(decided.mock.calls).toEqual([["m", "Carla", { decision: "admit" }]]);
  expect(screen.queryByText("Carla")).toBeNull();
  expect(screen.queryByRole("button", { name: "Let all in" })).toBeNull();
  await act(async () => void fireEvent.click(button("Refuse Dario")));
  expect(decided).toHaveBeenLastCalledWith("m", "Dario", { decision: "refuse" });
});

test("a telephone comes into an encrypted meeting only by an explicit word", async () => {
  decided.mockRejectedValueOnce(new ApiError("encrypted_meeting", 409, "encrypted"));
  decided.mockResolvedValueOnce(undefined);
  await show(visitor("06 123", { kind: "phone" }));
  await act(async () => void fireEvent.click(button("Let in 06 123")));
  expect(screen.getByRole("alert").textContent).toContain("A telephone is not.");
  await act(async () => void fireEvent.click(button("Let in all the same: 06 123, without encryption")));
  expect(decided).toHaveBeenLastCalledWith("m", "06 123", { decision: "admit", allow_unencrypted: true });
});

test("a phone that rings can be given up, not let in", async () => {
  const removed = vi.spyOn(meetings, "remove").mockResolvedValue(undefined);
  await show(visitor("06 123", { kind: "phone", state: "calling", identity: "@_tel_1:x:v1" }));
  expect(screen.getByText("Ringing…")).toBeTruthy();
  fireEvent.click(button("Stop calling 06 123"));
  expect(removed).toHaveBeenCalledWith("m", "@_tel_1:x:v1");
  expect(screen.queryByRole("button", { name: "Let in 06 123" })).toBeNull();
});
