import type { Engine } from "./engine";
import type { Scene } from "./scene";

/** How long an engine that nobody uses stays loaded, in ms: longer than it takes to join a meeting. */
const KEPT_MS = 30_000;

/**
 * Keeps the last engine that was let go for a moment: the preview's is the meeting's a second later, and loading
 * megabytes again would keep the camera dark.
 */
export class EnginePool {
  private spare: { engine: Engine; timer: ReturnType<typeof setTimeout> } | null = null;

  constructor(private readonly open: (scene: Scene) => Promise<Engine>) {}

  async take(scene: Scene): Promise<Engine> {
    const { spare } = this;
    if (!spare) return await this.open(scene);
    clearTimeout(spare.timer);
    this.spare = null;
    spare.engine.show(scene);
    return spare.engine;
  }

  release(engine: Engine): void {
    engine.rest();
    this.drop();
    this.spare = { engine, timer: setTimeout(() => this.drop(), KEPT_MS) };
  }

  private drop(): void {
    clearTimeout(this.spare?.timer);
    this.spare?.engine.close();
    this.spare = null;
  }
}
