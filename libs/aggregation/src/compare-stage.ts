/** The comparison of a complete stage: which trials may be the best, what choosing one may cost, and how firm that is. */
import {
  type AnswerSettings,
  type Goal,
  measureOf,
  overlapOf,
  type PlannedStage,
  type StageComparison,
  type TrialSummary,
} from '@seedbed/contracts';
import { chooseTrial } from './choose-trial.js';
import { compareWithBest } from './compare-with-best.js';
import { equalSpreadP } from './equal-spread.js';
import { CONFIDENCE } from './mean-interval.js';
import { moreSeeds } from './more-seeds.js';
import { type RankedTrial, signOf } from './ranking.js';
import { redraw } from './redraw.js';
import { halfWidthsOf, type SeedRow, seedCorrelation, type Spread, spreadOf } from './seed-rows.js';
import { valueOf } from './summarise-run.js';
import { winnerInterval95 } from './winner-interval.js';

/** What the runs' numbers are. */
export interface Sampling {
  readonly goal: Goal;
  /** What the variance of a mean has beside 1/n, because the runs' training rows overlap; 0 for independent runs. */
  readonly overlap: number;
}

export function samplingOf({ trials }: Pick<PlannedStage, 'trials'>): Sampling {
  const settings = trials[0]?.settings;
  if (settings === undefined) return { goal: 'maximise', overlap: 0 };
  return { goal: measureOf(settings)?.goal ?? 'maximise', overlap: overlapOf(settings) };
}

/**
 * @param ranked the best mean first; a plan gives every trial of a stage the same seeds in the same order, which pairs them
 * @returns null without a trial to choose
 */
export function compareStage(
  ranked: readonly RankedTrial[],
  { delta, rule }: AnswerSettings,
  { goal, overlap }: Sampling = { goal: 'maximise', overlap: 0 },
): StageComparison | null {
  const winner = chooseTrial(ranked, rule, goal);
  if (winner === null) return null;
  const sign = signOf(goal);
  const rows = ranked.map((trial) => toSeedRow(trial, sign));
  const spread = spreadOf(rows, overlap);
  const halfWidths = spread.seeds < 2 || rows.length < 2 ? null : halfWidthsOf(rows, spread);
  const compared = compareWithBest(rows, halfWidths, delta);
  const { count, winShares } = redraw(rows);
  const chosen = ranked.indexOf(winner);
  const isOpen = compared.some(({ verdict }) => verdict === 'unresolved');
  const isPlainHighest =
    chosen === 0 &&
    compared.every(({ verdict }, position) => verdict === 'excluded' || spread.isPooled[position]);
  return {
    method: 'multiple-comparisons-with-the-best',
    confidence: CONFIDENCE,
    delta,
    seeds: spread.seeds,
    chosen: {
      trialIndex: winner.index,
      rule,
      interval95: asGiven(winnerInterval95(rows, spread, { position: chosen, isPlainHighest }), sign),
    },
    trials: compared.map((trial, position) => ({ ...trial, winShare: winShares[position]! })),
    spread: halfWidths === null ? null : describeSpread(rows, spread),
    redraws: count,
    moreSeeds: halfWidths === null || !isOpen ? [] : moreSeeds(rows, spread, { chosen, delta }),
    images: overlap === 0 ? imagesOf(ranked, winner) : null,
  };
}

/** Turned round where numbers are to be low, so that the rest may take the highest for the best. */
function toSeedRow({ index, mean, runs }: RankedTrial, sign: 1 | -1): SeedRow {
  return { index, mean: sign * mean, values: runs.map((run) => sign * valueOf(run)!) };
}

/** The interval of numbers that were turned round. */
export function asGiven(interval: [number, number] | null, sign: 1 | -1): [number, number] | null {
  return interval === null || sign === 1 ? interval : [-interval[1], -interval[0]];
}

export function describeSpread(rows: readonly SeedRow[], spread: Spread): StageComparison['spread'] {
  const { isPooled, pooled } = spread;
  const shared = rows.filter((_, position) => isPooled[position]).map(({ values }) => values);
  const apart = rows.flatMap(({ index }, position) => (isPooled[position] ? [] : [index]));
  return {
    residual: pooled === null ? null : Math.sqrt(pooled.variance),
    degreesOfFreedom: pooled?.degreesOfFreedom ?? null,
    apart: apart.sort((a, b) => a - b),
    equalSpreadP: equalSpreadP(shared),
    seedCorrelation: seedCorrelation(rows, spread),
  };
}

/** Var(accuracy over the choice of images) = Var over images of P(right) / count, which is largest when no seed matters. */
export function imagesOf(
  ranked: readonly TrialSummary[],
  winner: Pick<RankedTrial, 'mean' | 'standardError'>,
): StageComparison['images'] {
  const counts = new Set(ranked.flatMap(({ runs }) => runs.map((run) => run.validation?.count ?? null)));
  const [count] = counts;
  if (count === undefined || count === null || counts.size > 1) return null;
  const variance = (winner.mean * (1 - winner.mean)) / count;
  const ofSeeds = winner.standardError === null ? null : winner.standardError ** 2;
  const total = ofSeeds === null ? null : variance + ofSeeds;
  return {
    count,
    standardErrorMax: Math.sqrt(variance),
    varianceShareMax: total === null || total === 0 ? null : variance / total,
  };
}
