import { expect, test } from "vitest";
import { NO_ROOMS } from "./places";
import { assigned, firstPlan, moved, put, renamed, resized, wanted, type Plan } from "./plan";

const name = (number: number): string => `Room ${number}`;
const PEOPLE = ["@a:x", "@b:x", "@c:x", "@d:x", "@e:x"];
const sizes = (plan: Plan, people: readonly string[]): number[] => {
  const rooms = [...assigned(plan, people).values()];
  return plan.names.map((_, index) => rooms.filter((room) => room === index).length);
};

test.each([
  [0, 2],
  [5, 2],
  [9, 3],
  [1_000, 50],
])("for %i people one begins with %i rooms", (people, rooms) => {
  expect(firstPlan(people, name).names).toHaveLength(rooms);
});

test("people are divided evenly, in the order of joining or at random", () => {
  const plan = firstPlan(5, name);
  expect([...assigned(plan, PEOPLE)].map(([, room]) => room)).toEqual([0, 1, 0, 1, 0]);
  const orders = new Set<string>();
  for (let seed = 0; seed < 20; seed += 1) {
    const random: Plan = { ...plan, how: "random", seed };
    expect(sizes(random, PEOPLE)).toEqual([3, 2]);
    expect(assigned(random, PEOPLE)).toEqual(assigned(random, PEOPLE));
    orders.add([...assigned(random, PEOPLE).keys()].join(" "));
  }
  expect(orders.size).toBeGreaterThan(10);
});

test("who is put elsewhere by hand moves alone, and later comers stay in the main room", () => {
  const plan = put(firstPlan(5, name), PEOPLE, "@a:x", 1);
  expect(plan.how).toBe("hand");
  expect(sizes(plan, [...PEOPLE, "@f:x"])).toEqual([2, 3]);
  expect(assigned(put(plan, PEOPLE, "@b:x", null), PEOPLE).has("@b:x")).toBe(false);
});

test("rooms come and go with their names; who was in one that goes is in the main room", () => {
  const plan = renamed(resized(firstPlan(5, name), 3, name), 0, "Budget");
  expect(resized(plan, 4, name).names).toEqual(["Budget", "Room 2", "Room 3", "Room 4"]);
  const byHand = put(plan, PEOPLE, "@a:x", 2);
  expect(assigned(resized(byHand, 2, name), PEOPLE).has("@a:x")).toBe(false);
});

test("the server is told of those who are there", () => {
  const plan = renamed(put(firstPlan(2, name), ["@a:x", "@b:x"], "@gone:x", 0), 1, " Two ");
  expect(wanted(plan, ["@a:x", "@b:x"], new Set(["@a:x", "@b:x"]))).toEqual([
    { name: "Room 1", people: ["@a:x"] },
    { name: "Two", people: ["@b:x"] },
  ]);
});

test("in open rooms one person moves, and nothing else changes", () => {
  const rooms = [
    { id: "r1", name: "One", people: ["@a:x", "@b:x"], inside: [] },
    { id: "r2", name: "Two", people: ["@c:x"], inside: [] },
  ];
  expect(moved({ ...NO_ROOMS, rooms }, "@a:x", "r2")).toEqual([
    { id: "r1", name: "One", people: ["@b:x"] },
    { id: "r2", name: "Two", people: ["@c:x", "@a:x"] },
  ]);
  expect(moved({ ...NO_ROOMS, rooms }, "@a:x", null)[0]?.people).toEqual(["@b:x"]);
});
