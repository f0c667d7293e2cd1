/**
 * Where every trial of a race stands, by comparisons with the best at each look (compare-with-best.ts), all looks together
 * at 95 %.
 *
 * What is said at a look is wrong with at most the error that the look may make (error-spending.ts), so everything that all
 * looks say is true together with at least 95 %, however long the race goes on and whatever decides that. Hence the trials
 * that no look excluded hold the truly best one, and what choosing a trial costs against another one is at most the
 * smallest of the bounds of those looks that had both: a bound never rises again.
 */
import { regretBound } from '../compare-with-best.js';
import { type RaceLook, type RaceRow } from './race-looks.js';

/** Bounds are worked out for so many trials of a ranking; further down nobody chooses, and pairs grow with the square. */
const BOUNDS_MAX = 1_000;

export interface RaceStanding {
  readonly index: number;
  /** The last look that it was in, counted from 0. */
  readonly look: number;
  readonly isExcluded: boolean;
  /** By how much its mean was below the highest there. */
  readonly gap: number;
  /** Choosing it costs at most this; null where there is no other trial, and far down a long ranking. */
  readonly bound: number | null;
}

/**
 * By the look that trials were last in, the latest first, and there by falling mean: the first one has the highest mean of
 * those that ran longest. Trials with a diverged seed, and those without the seeds of the first look, are left out.
 */
export function raceStandings(rows: readonly RaceRow[], looks: readonly RaceLook[]): RaceStanding[] {
  const whole = new Set(rows.filter(({ hasDiverged }) => !hasDiverged).map(({ index }) => index));
  const lastLookOf = new Map<number, number>();
  for (const [number, look] of looks.entries()) {
    for (const { index } of look.rows) lastLookOf.set(index, number);
  }
  const ranked = [...looks.entries()].reverse().flatMap(([number, { rows: there, excluded }]) =>
    there
      .filter(({ index }) => lastLookOf.get(index) === number && whole.has(index))
      .map(({ index, mean }) => ({
        ...{ index, look: number, isExcluded: excluded.has(index) },
        gap: there[0]!.mean - mean,
      })),
  );
  const kept = keptGroups(ranked, looks);
  return ranked.map((trial, rank) => ({
    ...trial,
    bound: rank < BOUNDS_MAX ? boundOf(trial, looks, kept) : null,
  }));
}

type Ranked = Pick<RaceStanding, 'index' | 'look' | 'isExcluded'>;

/** Trials not excluded that were last in one look. */
interface KeptGroup {
  readonly look: number;
  /** Their rows in each look up to that one, rising. */
  readonly positions: readonly ReadonlySet<number>[];
}

function keptGroups(ranked: readonly Ranked[], looks: readonly RaceLook[]): KeptGroup[] {
  return looks.flatMap((_, last): KeptGroup[] => {
    const members = ranked.filter(({ look, isExcluded }) => look === last && !isExcluded);
    if (members.length === 0) return [];
    const positions = looks
      .slice(0, last + 1)
      .map(({ positionOf }) => members.map(({ index }) => positionOf.get(index)!).sort((a, b) => a - b));
    return [{ look: last, positions: positions.map((each) => new Set(each)) }];
  });
}

/** The largest over groups of the smallest over the looks that had both. */
function boundOf(
  { index, look }: Ranked,
  looks: readonly RaceLook[],
  groups: readonly KeptGroup[],
): number | null {
  const overGroups = groups.flatMap((group) => {
    const overLooks = looks
      .slice(0, Math.min(look, group.look) + 1)
      .flatMap(
        ({ rows, halfWidths, positionOf }, number) =>
          regretBound(rows, halfWidths, positionOf.get(index)!, group.positions[number]!) ?? [],
      );
    return overLooks.length === 0 ? [] : [Math.min(...overLooks)];
  });
  return overGroups.length === 0 ? null : Math.max(...overGroups);
}
