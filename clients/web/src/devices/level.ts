/** Loudness of what a microphone hears, for a meter. */

/** Under this many dB below full scale nothing is shown: the noise of a quiet room. */
const QUIETEST_DB = -60;
/** A voice near the microphone fills the meter. */
const LOUDEST_DB = -10;
/** What is left of the last level at the next reading, so that the meter falls calmly. */
const DECAY = 0.8;

/** 0 (silence) to 1 (loud), of samples from -1 to 1: their root mean square on a scale of decibels. */
export function loudness(samples: ArrayLike<number>): number {
  let energy = 0;
  for (let index = 0; index < samples.length; index++) energy += (samples[index] as number) ** 2;
  const rms = Math.sqrt(energy / Math.max(samples.length, 1));
  const decibels = 20 * Math.log10(Math.max(rms, 1e-6));
  return Math.min(1, Math.max(0, (decibels - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)));
}

/** Up at once, down slowly. */
export function eased(previous: number, next: number): number {
  return Math.max(next, previous * DECAY);
}

/** Calls `show` with the level of a track, 0 to 1, about sixty times a second; the answer ends it. */
export function meter(track: MediaStreamTrack, show: (level: number) => void): () => void {
  if (typeof AudioContext === "undefined") return () => undefined;
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = new AnalyserNode(context, { fftSize: 1024, smoothingTimeConstant: 0 });
  source.connect(analyser);
  void context.resume().catch(() => undefined);
  const samples = new Float32Array(analyser.fftSize);
  let level = 0;
  let frame = 0;
  const read = (): void => {
    analyser.getFloatTimeDomainData(samples);
    level = eased(level, loudness(samples));
    show(level);
    frame = requestAnimationFrame(read);
  };
  read();
  return () => {
    cancelAnimationFrame(frame);
    source.disconnect();
    void context.close().catch(() => undefined);
  };
}
