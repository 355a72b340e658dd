import { beforeEach, expect, test } from "vitest";
import type { EffectChoice } from "../session/types";
import type { Engine } from "./effects";
import { type EffectLoader, Repainted } from "./repainted";

const track = (name: string): MediaStreamTrack => ({ name }) as unknown as MediaStreamTrack;
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const BLUR: EffectChoice = { kind: "blur", strength: "light" };
const STRONG: EffectChoice = { kind: "blur", strength: "strong" };
const NONE: EffectChoice = { kind: "none" };
const CAMERA = track("camera");

/** Effects that are opened by hand. */
class Effects implements EffectLoader {
  readonly log: string[] = [];
  private readonly doors: { open: () => void; refuse: () => void }[] = [];
  openEffect: EffectLoader["openEffect"] = (effect) => {
    this.log.push(`open ${JSON.stringify(effect)}`);
    return new Promise((resolve, reject) => {
      this.doors.push({ open: () => resolve(this.engine), refuse: () => reject(new Error("no WebGL")) });
    });
  };
  changeEffect: EffectLoader["changeEffect"] = (_engine, effect) => {
    this.log.push(`change ${JSON.stringify(effect)}`);
    return Promise.resolve();
  };
  closeEffect: EffectLoader["closeEffect"] = () => void this.log.push("close");
  private readonly engine: Engine = {
    run: (source) => {
      this.log.push("run");
      return track(`repainted ${(source as unknown as { name: string }).name}`);
    },
    show: () => undefined,
    rest: () => undefined,
    close: () => undefined,
  };
  async opens(): Promise<void> {
    await settle();
    this.doors.shift()?.open();
    await settle();
  }
  async refuses(): Promise<void> {
    await settle();
    this.doors.shift()?.refuse();
    await settle();
  }
}

let effects: Effects;
let repainted: Repainted;

beforeEach(() => {
  effects = new Effects();
  repainted = new Repainted(() => Promise.resolve(effects));
});

test("without an effect nothing is loaded and the camera is shown as it is", () => {
  repainted.want(CAMERA, NONE);
  expect(repainted.state.get()).toEqual({ track: CAMERA, loading: false, failed: false });
  expect(effects.log).toEqual([]);
});

test("the camera is shown while an effect is loaded, then what the effect makes of it", async () => {
  repainted.want(CAMERA, BLUR);
  await settle();
  expect(repainted.state.get()).toEqual({ track: CAMERA, loading: true, failed: false });
  await effects.opens();
  expect(repainted.state.get()).toEqual({ track: track("repainted camera"), loading: false, failed: false });
});

test("another effect changes what runs; none ends it", async () => {
  repainted.want(CAMERA, BLUR);
  await effects.opens();
  repainted.want(CAMERA, STRONG);
  await settle();
  expect(effects.log.at(-1)).toBe(`change ${JSON.stringify(STRONG)}`);
  repainted.want(CAMERA, NONE);
  expect(effects.log.at(-1)).toBe("close");
  expect(repainted.state.get().track).toBe(CAMERA);
});

test("another camera runs through what is loaded", async () => {
  repainted.want(CAMERA, BLUR);
  await effects.opens();
  repainted.want(track("other"), BLUR);
  await settle();
  expect(repainted.state.get().track).toEqual(track("repainted other"));
  expect(effects.log.filter((entry) => entry.startsWith("open"))).toHaveLength(1);
});

test("of wishes that come while one is loaded the last counts", async () => {
  repainted.want(CAMERA, BLUR);
  await settle();
  repainted.want(CAMERA, STRONG);
  await effects.opens();
  expect(effects.log).toEqual([`open ${JSON.stringify(BLUR)}`, "run", `change ${JSON.stringify(STRONG)}`]);
  expect(repainted.state.get().loading).toBe(false);
});

test("taking the effect off while it is loaded leaves nothing running", async () => {
  repainted.want(CAMERA, BLUR);
  await settle();
  repainted.want(CAMERA, NONE);
  await effects.opens();
  expect(effects.log.at(-1)).toBe("close");
  expect(repainted.state.get()).toEqual({ track: CAMERA, loading: false, failed: false });
});

test("a page that is left while an effect is loaded leaves nothing running", async () => {
  repainted.want(CAMERA, BLUR);
  await settle();
  repainted.close();
  await effects.opens();
  expect(effects.log.at(-1)).toBe("close");
  expect(repainted.state.get().track).toBeNull();
});

test("where effects do not work that is said, and the camera is shown as it is", async () => {
  repainted.want(CAMERA, BLUR);
  await effects.refuses();
  expect(repainted.state.get()).toEqual({ track: CAMERA, loading: false, failed: true });
});
