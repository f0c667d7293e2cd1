/** How many trainers there should be, from what was wanted lately. */

export interface TargetBounds {
  readonly min: number;
  readonly max: number;
  /** How long fewer must have been wanted before there are fewer. */
  readonly coolDownMs: number;
}

export class Target {
  readonly #bounds: TargetBounds;
  #seen: { readonly atMs: number; readonly trainers: number }[] = [];

  constructor(bounds: TargetBounds) {
    this.#bounds = bounds;
  }

  /**
   * More at once, fewer only down to the most that was wanted within the cool-down: a gap between two stages of a sweep costs
   * no trainer its warm start.
   *
   * @param wanted what the coordinator says now; when it cannot tell, do not call this at all
   */
  next(wanted: number, nowMs: number): number {
    const { min, max, coolDownMs } = this.#bounds;
    this.#seen = this.#seen.filter(({ atMs }) => nowMs - atMs < coolDownMs);
    this.#seen.push({ atMs: nowMs, trainers: Math.min(max, Math.max(min, wanted)) });
    return Math.max(...this.#seen.map(({ trainers }) => trainers));
  }
}
