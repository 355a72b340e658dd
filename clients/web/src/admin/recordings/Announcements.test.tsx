import { TooltipProvider } from "@vector-im/compound-web";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type PromptRecording, promptsApi } from "../../api/prompts";
import { type RecordingRules, type RecordingSettings, recordingsApi } from "../../api/recordings";
import { setLanguage } from "../../i18n/i18n";
import { Announcements } from "./Announcements";

const SETTINGS: RecordingSettings = {
  on_demand: "everybody",
  people_hear: true,
  people_delete: false,
  days: 30,
  announcements: {},
};
const CALLED: PromptRecording = {
  id: "1",
  devices: [],
  over: false,
  step: "called",
  sound: null,
  seconds: null,
};

beforeAll(() => setLanguage("en"));
beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("what was said into a telephone is heard by nobody before it is saved", async () => {
  vi.spyOn(promptsApi, "begin").mockResolvedValue(CALLED);
  const said = { ...CALLED, over: true, step: "unconfirmed" as const, sound: "1", seconds: 3 };
  vi.spyOn(promptsApi, "look").mockResolvedValue(said);
  vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("sound"));
  const announced = vi.spyOn(recordingsApi, "announceBy").mockResolvedValue({} as RecordingRules);
  const asked: Promise<RecordingRules>[] = [];
  render(
    <TooltipProvider>
      <Announcements settings={SETTINGS} onChange={(change) => asked.push(change)} />
    </TooltipProvider>,
  );
  const [byPhone] = screen.getAllByRole("button", { name: "Record it by telephone" });
  await act(async () => fireEvent.click(byPhone!));
  await act(() => vi.advanceTimersByTimeAsync(2_000));
  expect(screen.getByText(/before you pressed 1/)).toBeTruthy();
  expect([asked.length, announced.mock.calls.length]).toEqual([0, 0]);
  fireEvent.click(screen.getByRole("button", { name: /^Save what was said/ }));
  await Promise.all(asked);
  expect(asked).toHaveLength(1);
  expect(announced).toHaveBeenCalledOnce();
});
