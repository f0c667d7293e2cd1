/** How fast steps are being done, from what was done lately: the speed changes with the stage and the trainers. */

/** Packs report in bursts; half a minute spans several of them. */
const WINDOW_MS = 30_000;

export interface RateEstimator {
  observe(done: number, atMs: number): void;
  /** Per second over the window; null while nothing has been seen to move. */
  perSecond(): number | null;
}

export function createRateEstimator(windowMs: number = WINDOW_MS): RateEstimator {
  let samples: Array<{ readonly done: number; readonly atMs: number }> = [];
  return {
    observe(done, atMs) {
      const last = samples.at(-1);
      // Reported progress of a killed pack is taken back: what went before says nothing about the speed.
      // And while nothing has moved yet, the clock does not run: waiting for a trainer is no slowness.
      const still = samples.length === 1 && last?.done === done;
      if ((last !== undefined && done < last.done) || still) samples = [];
      samples.push({ done, atMs });
      while (samples.length > 2 && (samples[1]?.atMs ?? atMs) <= atMs - windowMs) samples.shift();
    },
    perSecond() {
      const first = samples[0];
      const last = samples.at(-1);
      if (first === undefined || last === undefined || last.atMs <= first.atMs || last.done <= first.done)
        return null;
      return ((last.done - first.done) * 1000) / (last.atMs - first.atMs);
    },
  };
}
