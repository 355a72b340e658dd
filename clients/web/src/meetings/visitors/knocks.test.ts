import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Visitor } from "../../api/meetings";
import { Knocks } from "./knocks";

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

class Desktop extends EventTarget {
  static permission = "granted";
  static shown: string[] = [];
  constructor(readonly title: string) {
    super();
    Desktop.shown.push(title);
  }
  close(): void {
    Desktop.shown = Desktop.shown.filter((title) => title !== this.title);
  }
}

beforeEach(() => {
  Desktop.permission = "granted";
  Desktop.shown = [];
  vi.stubGlobal("Notification", Desktop);
});
afterEach(() => vi.unstubAllGlobals());

const knocks = (outOfSight: boolean) =>
  new Knocks(
    ({ name }) => ({ title: name, body: "" }),
    () => outOfSight,
  );

test("each who comes is told of once, and taken back when they wait no longer", () => {
  const told = knocks(true);
  told.tell([visitor("Carla")]);
  told.tell([visitor("Carla"), visitor("Dario")]);
  expect(Desktop.shown).toEqual(["Carla", "Dario"]);
  told.tell([visitor("Dario")]);
  expect(Desktop.shown).toEqual(["Dario"]);
  told.tell([visitor("Carla")]);
  expect(Desktop.shown).toEqual(["Carla"]);
});

test("whoever looks at the page sees the card and needs nothing more", () => {
  knocks(false).tell([visitor("Carla")]);
  expect(Desktop.shown).toEqual([]);
});

test("without the permission nothing is shown", () => {
  Desktop.permission = "default";
  knocks(true).tell([visitor("Carla")]);
  expect(Desktop.shown).toEqual([]);
});
