import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Engine } from "./engine";
import { EnginePool } from "./pool";
import type { Scene } from "./scene";

const SCENE: Scene = { kind: "blur", strength: "light" };
let log: string[];
let pool: EnginePool;

beforeEach(() => {
  vi.useFakeTimers();
  log = [];
  let count = 0;
  pool = new EnginePool(() => Promise.resolve(engine(++count)));
});
afterEach(() => vi.useRealTimers());

function engine(number: number): Engine {
  const say = (what: string) => () => void log.push(`${what} ${number}`);
  log.push(`open ${number}`);
  return { run: (track) => track, show: say("show"), rest: say("rest"), close: say("close") };
}

test("an engine that was let go is taken again, with the new scene", async () => {
  const first = await pool.take(SCENE);
  pool.release(first);
  expect(await pool.take(SCENE)).toBe(first);
  vi.runAllTimers();
  expect(log).toEqual(["open 1", "rest 1", "show 1"]);
});

test("an engine that nobody takes is closed after a while", async () => {
  pool.release(await pool.take(SCENE));
  vi.runAllTimers();
  expect(log.at(-1)).toBe("close 1");
  await pool.take(SCENE);
  expect(log.at(-1)).toBe("open 2");
});

test("only one is kept", async () => {
  const [first, second] = [await pool.take(SCENE), await pool.take(SCENE)];
  pool.release(first);
  pool.release(second);
  expect(log.slice(2)).toEqual(["rest 1", "rest 2", "close 1"]);
});
