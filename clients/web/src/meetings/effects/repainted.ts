import { createStore, type Store } from "../../state/store";
import type { EffectChoice } from "../session/types";
import type { Effect, Engine } from "./effects";

/** A camera's track with its background changed, for a preview. */
export interface RepaintedState {
  /** What to show: the camera's own track while there is no effect, or it is being loaded. */
  readonly track: MediaStreamTrack | null;
  readonly loading: boolean;
  /** Effects do not work on this machine. */
  readonly failed: boolean;
}

/** Loads and changes effects; the real one is a chunk of its own. */
export interface EffectLoader {
  openEffect(effect: Effect): Promise<Engine>;
  changeEffect(engine: Engine, effect: Effect): Promise<void>;
  closeEffect(engine: Engine): void;
}

const IDLE: RepaintedState = { track: null, loading: false, failed: false };

/** Applies the newest wish of camera and effect, in whatever order loading ends. */
export class Repainted {
  readonly state: Store<RepaintedState> = createStore(IDLE);
  private engine: Engine | null = null;
  private loaded: EffectLoader | null = null;
  private opening = false;
  private source: MediaStreamTrack | null = null;
  private effect: EffectChoice = { kind: "none" };
  /** What the engine shows now. */
  private shown = { source: null as MediaStreamTrack | null, effect: "" };

  constructor(private readonly load: () => Promise<EffectLoader> = () => import("./effects")) {}

  want(source: MediaStreamTrack | null, effect: EffectChoice): void {
    const changed = source !== this.source || JSON.stringify(effect) !== JSON.stringify(this.effect);
    this.source = source;
    this.effect = effect;
    if (changed) void this.follow();
  }

  close(): void {
    this.source = null;
    this.rest();
    this.state.set(IDLE);
  }

  private async follow(): Promise<void> {
    const { effect, source } = this;
    if (effect.kind === "none" || !source) {
      this.rest();
      return this.state.set({ track: source, loading: false, failed: false });
    }
    if (this.opening) return;
    this.opening = true;
    try {
      await this.repaint(effect);
    } catch {
      this.rest();
      this.state.set({ track: this.source, loading: false, failed: true });
      return;
    } finally {
      this.opening = false;
    }
    if (this.overtaken(source, effect)) await this.follow();
    else this.state.update((state) => ({ ...state, loading: false, failed: false }));
  }

  private async repaint(effect: Effect): Promise<void> {
    const { openEffect, changeEffect } = await this.loader();
    const key = JSON.stringify(effect);
    if (this.engine && this.shown.effect !== key) await changeEffect(this.engine, effect);
    this.engine ??= await openEffect(effect);
    this.shown.effect = key;
    const { source } = this;
    if (!source || this.effect.kind === "none" || source === this.shown.source) return;
    this.shown.source = source;
    this.state.update((state) => ({ ...state, track: this.engine?.run(source) ?? source }));
  }

  private async loader(): Promise<EffectLoader> {
    if (!this.engine) this.state.set({ track: this.source, loading: true, failed: false });
    return (this.loaded ??= await this.load());
  }

  private overtaken(source: MediaStreamTrack, effect: EffectChoice): boolean {
    return source !== this.source || effect !== this.effect;
  }

  private rest(): void {
    if (this.engine) this.loaded?.closeEffect(this.engine);
    this.engine = null;
    this.shown = { source: null, effect: "" };
  }
}
