/**
 * Multiple comparisons with the best (J. C. Hsu, "Constrained simultaneous confidence intervals for multiple comparisons
 * with the best", Annals of Statistics 12, 1984; "Multiple Comparisons", 1996, chapter 4), over paired seeds.
 *
 * Method: h(i, j) is the half width of the difference of means of trials i and j (seed-rows.ts). A trial is *excluded* when
 * its mean lies more than h below the highest. The rest hold the truly best one. What choosing trial i costs at most
 * is the largest (mean j − mean i) + h(i, j) over the others that are not excluded, and never less than 0.
 *
 * What it promises, all of it together with at least 95 % confidence: the truly best trial is not excluded; and for every
 * trial at once, also for one that was picked after looking, its true mean is at most its bound below every other's. It
 * holds because only the truly best trial's comparisons with the others can go wrong, and those are what is controlled;
 * which trial happens to have the highest mean does not matter. "True" means over further seeds, on these images.
 *
 * What it does not: residuals are taken as normal and independent, pooled ones as equally spread; a trial that is not
 * excluded is no evidence of being equal. Only a bound within δ is: then it is called *equivalent*, else *unresolved*.
 */
import { type TrialComparison, type Verdict } from '@seedbed/contracts';
import { type HalfWidths, type SeedRow } from './seed-rows.js';

/** Bounds are worked out for so many trials of a ranking; further down nobody chooses, and pairs grow with the square. */
const BOUNDS_MAX = 1_000;

export type Comparison = Omit<TrialComparison, 'winShare'>;

/**
 * @param rows by falling mean, the best first
 * @param halfWidths null with one seed, which has no spread: nothing can be told apart from anything
 * @param delta differences up to this do not matter; null when nobody said
 */
export function compareWithBest(
  rows: readonly SeedRow[],
  halfWidths: HalfWidths | null,
  delta: number | null,
): Comparison[] {
  const kept = notExcluded(rows, halfWidths);
  return rows.map((row, position): Comparison => {
    const bound = position < BOUNDS_MAX ? regretBound(rows, halfWidths, position, kept) : null;
    return {
      index: row.index,
      verdict: verdictOf({ position, isKept: kept.has(position), bound, delta }),
      gap: rows[0]!.mean - row.mean,
      regretBound: bound,
    };
  });
}

/** Positions of the trials that may be the best. */
export function notExcluded(rows: readonly SeedRow[], halfWidths: HalfWidths | null): ReadonlySet<number> {
  const positions = [...rows.keys()].filter((position) => {
    if (position === 0 || halfWidths === null) return true;
    return rows[0]!.mean - rows[position]!.mean <= halfWidths.between(0, position);
  });
  return new Set(positions);
}

/** The most that choosing the trial at this position costs against any other; null with one seed or nothing to compare. */
export function regretBound(
  rows: readonly SeedRow[],
  halfWidths: HalfWidths | null,
  position: number,
  kept: ReadonlySet<number>,
): number | null {
  if (halfWidths === null || rows.length < 2) return null;
  const isPooled = (each: number) => halfWidths.isPooled[each]!;
  let bound = 0;
  let metPooled = false;
  for (const other of kept) {
    if (other === position) continue;
    // Rows come by falling mean and pooled pairs have one half width: only the first of them can count.
    if (isPooled(position) && isPooled(other)) {
      if (metPooled) continue;
      metPooled = true;
    }
    bound = Math.max(bound, rows[other]!.mean - rows[position]!.mean + halfWidths.between(position, other));
  }
  return bound;
}

interface Standing {
  readonly position: number;
  readonly isKept: boolean;
  readonly bound: number | null;
  readonly delta: number | null;
}

function verdictOf({ position, isKept, bound, delta }: Standing): Verdict {
  if (position === 0) return 'best';
  if (!isKept) return 'excluded';
  return delta !== null && bound !== null && bound <= delta ? 'equivalent' : 'unresolved';
}
