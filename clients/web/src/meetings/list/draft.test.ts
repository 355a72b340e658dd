import { expect, test } from "vitest";
import { draftOf, durations, faultOf, newDraft, toChange, toNew, type Draft } from "./draft";
import { meetingOf } from "./fakeMeeting";

const NOW = new Date(2026, 10, 23, 10, 2).getTime();
const START = new Date(2026, 10, 23, 10, 30).getTime();
const draft = (changed: Partial<Draft>): Draft => ({ ...newDraft(NOW, "it"), title: "Budget", ...changed });

test("a new meeting begins soon and takes half an hour", () => {
  const people = new Set(["@bruno:localhost"]);
  const outside = "Carla <carla@example.org>";
  expect(toNew(draft({ title: " Budget ", people, outside }))).toEqual({
    title: "Budget",
    people: ["@bruno:localhost"],
    invite: ["carla@example.org"],
    starts_at: START,
    duration_minutes: 30,
    language: "it",
    encrypted: false,
  });
});

test.each<[Partial<Draft>, ReturnType<typeof faultOf>]>([
  [{}, null],
  [{ title: "  " }, "no_title"],
  [{ date: "" }, "no_time"],
  [{ time: "" }, "no_time"],
  [{ time: "09:00" }, "past"],
  [{ time: "09:45" }, null],
  [{ outside: "carla@" }, "addresses"],
])("with %j the fault is %j", (changed, fault) => {
  expect(faultOf(draft(changed), NOW, null)).toBe(fault);
});

test("only what was changed is sent", () => {
  const meeting = meetingOf({ starts_at: START, duration_minutes: 30 });
  const before = draftOf(meeting, NOW, "it");
  expect(toChange(before, meeting)).toEqual({});
  expect(toChange({ ...before, time: "11:00", outside: "a@b.c" }, meeting)).toEqual({
    starts_at: START + 30 * 60_000,
    invite: ["a@b.c"],
  });
  expect(toChange({ ...before, title: "Other", minutes: 45 }, meeting)).toEqual({
    title: "Other",
    duration_minutes: 45,
  });
});

test("one that was may keep its time", () => {
  const meeting = meetingOf({ starts_at: new Date(2026, 10, 23, 8, 0).getTime(), duration_minutes: 20 });
  expect(faultOf(draftOf(meeting, NOW, "en"), NOW, meeting)).toBeNull();
  expect(durations(20).slice(0, 3)).toEqual([15, 20, 30]);
});
