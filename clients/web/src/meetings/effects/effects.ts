import type { LocalVideoTrack, Track, TrackProcessor, VideoProcessorOptions } from "livekit-client";
import type { EffectChoice } from "../session/types";
import { loadPicture } from "./pictures";
import { type Engine, openEngine } from "./run/engine";
import { EnginePool } from "./run/pool";
import type { Scene } from "./run/scene";

export type { Engine } from "./run/engine";

/** An effect other than none. */
export type Effect = Exclude<EffectChoice, { kind: "none" }>;

async function sceneOf(effect: Effect): Promise<Scene> {
  if (effect.kind === "blur") return effect;
  return { kind: "picture", picture: await loadPicture(effect.id) };
}

const pool = new EnginePool(openEngine);

/** Loads what an effect takes (megabytes, once); throws where this machine cannot do it. */
export async function openEffect(effect: Effect): Promise<Engine> {
  return await pool.take(await sceneOf(effect));
}

/** No longer needed here; for a moment it waits for who needs it next. */
export function closeEffect(engine: Engine): void {
  pool.release(engine);
}

/** Shows another effect on what runs already. */
export async function changeEffect(engine: Engine, effect: Effect): Promise<void> {
  engine.show(await sceneOf(effect));
}

/** The effect on a track of a meeting. */
export class EffectProcessor implements TrackProcessor<Track.Kind.Video, VideoProcessorOptions> {
  readonly name = "unisono-background";
  processedTrack?: MediaStreamTrack;
  private engine: Engine | null = null;

  constructor(private effect: Effect) {}

  async init({ track }: VideoProcessorOptions): Promise<void> {
    const engine = (this.engine ??= await openEffect(this.effect));
    // A camera that is switched off has ended: there is a restart when it comes back.
    if (track.readyState === "live") this.processedTrack = engine.run(track);
  }

  /** The camera was switched on again, or another one was chosen. */
  restart(options: VideoProcessorOptions): Promise<void> {
    return this.init(options);
  }

  async change(effect: Effect): Promise<void> {
    this.effect = effect;
    if (this.engine) await changeEffect(this.engine, effect);
  }

  async destroy(): Promise<void> {
    if (this.engine) closeEffect(this.engine);
    this.engine = null;
    delete this.processedTrack;
  }
}

/**
 * Puts an effect on the track of a meeting, changes it while it runs, or takes it off. Throws where effects do not
 * work; the track is then as it was before.
 *
 * A camera that is not to be seen without its effect is published with it: `new EffectProcessor(effect)` is a
 * `processor` for LiveKit's capture options.
 */
export async function applyEffect(track: LocalVideoTrack, effect: EffectChoice): Promise<void> {
  const running = track.getProcessor();
  if (effect.kind === "none") return await (running ? track.stopProcessor() : undefined);
  if (running instanceof EffectProcessor) return await running.change(effect);
  await track.setProcessor(new EffectProcessor(effect));
}
