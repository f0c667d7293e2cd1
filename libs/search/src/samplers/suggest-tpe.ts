/**
 * The tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011), one dimension at a time, with the defaults of
 * Optuna's TPESampler: of some candidates from the density of the good values, the one where that density is largest
 * beside the density of the others.
 *
 * Points of one batch are suggested one after another; each counts as one of the others for those after it, so that a batch
 * spreads out (Optuna's constant liar). Draws come from streams addressed by sampler seed, trial index and dimension.
 */
import { sha256 } from '@seedbed/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { ParzenChoice } from './parzen-choice.js';
import { ParzenRange, type Uniform } from './parzen-range.js';
import {
  type Dimension,
  isPresent,
  type Observation,
  type SpacePoint,
  type SpaceValue,
} from './search-space.js';

export interface TpeBatch {
  readonly seed: number;
  /** From 0. */
  readonly batchNumber: number;
  readonly batchSize: number;
}

/** Before so many observations, values are drawn uniformly. */
const STARTUP_OBSERVATIONS = 10;
const GOOD_SHARE = 0.1;
const GOOD_MAX = 25;
const CANDIDATES = 24;

/**
 * The next batch: a pure function of its arguments, the same however many machines trained the earlier ones.
 *
 * Its logarithms and exponentials are the runtime's own, whose last bits are not the same in every version of V8: what was
 * suggested is to be recorded and replayed, not computed again.
 *
 * @param observations those of all earlier batches, in the order of their trials
 */
export function suggestTpe(
  batch: TpeBatch,
  dimensions: readonly Dimension[],
  observations: readonly Observation[],
): SpacePoint[] {
  const { good, rest } = split(observations);
  const points: SpacePoint[] = [];
  for (let place = 0; place < batch.batchSize; place++) {
    const trialIndex = batch.batchNumber * batch.batchSize + place;
    const known = observations.length < STARTUP_OBSERVATIONS ? null : { good, rest: [...rest, ...points] };
    points.push(suggestPoint(dimensions, (name) => streamOf(batch.seed, trialIndex, name), known));
  }
  return points;
}

interface Known {
  readonly good: readonly SpacePoint[];
  readonly rest: readonly SpacePoint[];
}

function suggestPoint(
  dimensions: readonly Dimension[],
  streamFor: (name: string) => Uniform,
  known: Known | null,
): SpacePoint {
  const point: Record<string, SpaceValue> = {};
  for (const dimension of dimensions) {
    if (!isPresent(dimension, point)) continue;
    point[dimension.name] = suggestValue(dimension, known, streamFor(dimension.name));
  }
  return point;
}

function suggestValue(dimension: Dimension, known: Known | null, uniform: Uniform): SpaceValue {
  const valuesOf = (points: readonly SpacePoint[] = []) =>
    points.flatMap(({ [dimension.name]: value }) => value ?? []);
  const good = valuesOf(known?.good);
  const rest = valuesOf(known?.rest);
  if (dimension.kind === 'choice') {
    const density = new ParzenChoice(dimension, good);
    if (known === null) return density.drawUniformly(uniform);
    return likeliest(density, new ParzenChoice(dimension, rest), uniform);
  }
  const density = new ParzenRange(dimension, good.map(Number));
  if (known === null) return density.drawUniformly(uniform);
  return likeliest(density, new ParzenRange(dimension, rest.map(Number)), uniform);
}

interface Density<Value> {
  draw(uniform: Uniform): Value;
  logDensity(value: Value): number;
}

function likeliest<Value>(good: Density<Value>, rest: Density<Value>, uniform: Uniform): Value {
  let best = good.draw(uniform);
  let bestScore = good.logDensity(best) - rest.logDensity(best);
  for (let count = 1; count < CANDIDATES; count++) {
    const candidate = good.draw(uniform);
    const score = good.logDensity(candidate) - rest.logDensity(candidate);
    if (score > bestScore) [best, bestScore] = [candidate, score];
  }
  return best;
}

/** The best tenth, at most 25, and the others, each in the order of their trials; of equal means the earlier is better. */
function split(observations: readonly Observation[]): Known {
  const meanOf = ({ mean }: Observation) => mean ?? -Infinity;
  const ranked = observations.filter(({ mean }) => mean !== null).sort((a, b) => meanOf(b) - meanOf(a));
  const count = Math.min(GOOD_MAX, Math.ceil(GOOD_SHARE * observations.length));
  const best = new Set(ranked.slice(0, count));
  return {
    good: observations.filter((observation) => best.has(observation)).map(({ point }) => point),
    rest: observations.filter((observation) => !best.has(observation)).map(({ point }) => point),
  };
}

function streamOf(seed: number, trialIndex: number, name: string): Uniform {
  const key = sha256(`seedbed-tpe/${seed}/${trialIndex}/${name}`);
  const word = (index: number) => Number.parseInt(key.slice(8 * index, 8 * index + 8), 16) | 0;
  const generator = xoroshiro128plusFromState([word(0), word(1), word(2), word(3)]);
  return () => uniformFloat64(generator);
}
