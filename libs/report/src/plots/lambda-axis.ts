/**
 * Where λ stand on a logarithmic axis that also shows λ = 0, which has no logarithm: to the left of a break. Trials so
 * close that their marks would cover each other are moved apart just enough to be seen.
 */
import { formatScientific } from '../numbers.js';

export interface LambdaTick {
  readonly x: number;
  readonly label: string;
  /** Unlabelled ticks show that the axis is logarithmic. */
  readonly isMajor: boolean;
}

export interface LambdaAxis {
  readonly domain: readonly [number, number];
  readonly ticks: readonly LambdaTick[];
  /** Middle of the break between λ = 0 and the rest; null without λ = 0. */
  readonly breakAt: number | null;
  /** Position of each distinct λ that was given. */
  positionOf(lambda: number): number;
}

/** Fewer distinct λ than this get a tick each; more get the powers of ten. */
const TICK_PER_TRIAL_MAX = 7;
const EDGE_SHARE = 0.06;
const ZERO_GAP_SHARE = 0.16;

/**
 * @param lambdas everything to be placed, duplicates allowed
 * @param gapShareMin least distance of two neighbours as a share of the axis
 */
export function lambdaAxis(lambdas: readonly number[], gapShareMin: number): LambdaAxis {
  const distinct = [...new Set(lambdas)].sort((a, b) => a - b);
  const positive = distinct.filter((lambda) => lambda > 0);
  const hasZero = distinct[0] === 0;
  const low = Math.log10(positive[0] ?? 1);
  const high = Math.log10(positive.at(-1) ?? 1);
  // A single positive λ gets half a decade to each side.
  const span = high > low ? high - low : 1;
  const left = high > low ? low : low - 0.5;
  const right = left + span;
  const zeroAt = left - ZERO_GAP_SHARE * span;
  const domain = [(hasZero ? zeroAt : left) - EDGE_SHARE * span, right + EDGE_SHARE * span] as const;
  const exact = (lambda: number) => (lambda > 0 ? Math.log10(lambda) : zeroAt);
  const placed = spread(distinct.map(exact), gapShareMin * (domain[1] - domain[0]));
  const positions = new Map(distinct.map((lambda, index) => [lambda, placed[index] ?? exact(lambda)]));
  return {
    domain,
    ticks: ticksOf(distinct, { left: domain[0], right: domain[1], exact, hasZero }),
    breakAt: hasZero && positive.length > 0 ? (zeroAt + left) / 2 - 0.02 * span : null,
    positionOf: (lambda) => positions.get(lambda) ?? exact(lambda),
  };
}

function ticksOf(
  distinct: readonly number[],
  {
    left,
    right,
    exact,
    hasZero,
  }: { left: number; right: number; exact: (lambda: number) => number; hasZero: boolean },
): LambdaTick[] {
  const tick = (lambda: number, isMajor: boolean): LambdaTick => ({
    x: exact(lambda),
    label: formatScientific(lambda, 3),
    isMajor,
  });
  if (distinct.length <= TICK_PER_TRIAL_MAX) return distinct.map((lambda) => tick(lambda, true));
  const zero = hasZero ? [tick(0, true)] : [];
  const decades = Array.from(
    { length: Math.floor(right) - Math.ceil(left) + 2 },
    (_, index) => Math.ceil(left) - 1 + index,
  );
  const logarithmic = decades.flatMap((decade) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => tick(Number(`${digit}e${decade}`), digit === 1)),
  );
  const start = hasZero ? exact(distinct[1] ?? 1) : left;
  return [...zero, ...logarithmic.filter(({ x }) => x >= start && x <= right)];
}

/** Moves sorted positions apart to at least `gap`, each cluster keeping its middle. */
function spread(sorted: readonly number[], gap: number): number[] {
  let clusters = sorted.map((position) => ({ middle: position, count: 1 }));
  for (;;) {
    const merged: typeof clusters = [];
    for (const cluster of clusters) {
      const previous = merged.at(-1);
      const reach = previous === undefined ? 0 : ((previous.count + cluster.count) / 2) * gap;
      if (previous === undefined || cluster.middle - previous.middle >= reach - 1e-12) {
        merged.push(cluster);
      } else {
        const count = previous.count + cluster.count;
        const middle = (previous.middle * previous.count + cluster.middle * cluster.count) / count;
        merged[merged.length - 1] = { middle, count };
      }
    }
    if (merged.length === clusters.length) break;
    clusters = merged;
  }
  return clusters.flatMap(({ middle, count }) =>
    Array.from({ length: count }, (_, index) => middle + (index - (count - 1) / 2) * gap),
  );
}
