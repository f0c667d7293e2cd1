/**
 * The trials of a stage as parameter values, addressed by index: the sampler's first, then `points`. Indices never move;
 * more points, or more draws of a sampler that draws, without points, only add.
 */
import {
  assertNever,
  InputError,
  type ParameterName,
  type ParameterSpec,
  type ParameterValues,
} from '@seedbed/contracts';
import { gridCount, gridValues } from './grid-values.js';
import { type DrawnSpec, drawStream, type DrawStream } from './random-draw.js';
import { type PointSpec, type SearchStage } from './search-stages.js';
import { sobolStream } from './sobol-draw.js';
import { formatPath } from './source-path.js';

/** Stage name → parameter values of its best trial, for the stages that are decided. */
export type EarlierBest = ReadonlyMap<string, ParameterValues>;

/**
 * Draws until this many per trial on average find no new combination, then there is none to be found in practice: drawing
 * every one of N equally likely combinations takes about N·ln N draws, 12 a trial at the largest N.
 */
const DRAWS_PER_TRIAL_MAX = 50;
const DRAWS_MIN = 10_000;

/** How many trials a stage has, without making them. */
export function trialCount(stage: SearchStage): number {
  return sampledCount(stage) + stage.points.length;
}

export function sampledCount(stage: SearchStage): number {
  if (stage.sampler.kind !== 'grid') return stage.sampler.trials;
  return [...stage.parameters.values()].reduce((product, spec) => product * gridCount(spec), 1);
}

/** The parameter values of all trials. @throws InputError when a sampler finds too few different combinations */
export function stageTrials(stage: SearchStage, earlierBest: EarlierBest): ParameterValues[] {
  return [...sampledTrials(stage, earlierBest, sampledCount(stage)), ...pointTrials(stage, earlierBest)];
}

/** The first trials, at most `count`, without making the others. */
export function firstTrials(stage: SearchStage, earlierBest: EarlierBest, count: number): ParameterValues[] {
  const sampled = sampledTrials(stage, earlierBest, Math.min(count, sampledCount(stage)));
  return [...sampled, ...pointTrials(stage, earlierBest)].slice(0, count);
}

/** The first `count` of the sampler's trials. */
export function sampledTrials(
  stage: SearchStage,
  earlierBest: EarlierBest,
  count: number,
): ParameterValues[] {
  const { sampler } = stage;
  switch (sampler.kind) {
    case 'grid':
      return gridTrials(stage, earlierBest, count);
    case 'random':
      return randomTrials(stage, sampler.seed, earlierBest, count);
    case 'sobol':
      return sobolTrials(stage, sampler.seed, earlierBest, count);
    default:
      return assertNever(sampler, 'sampler');
  }
}

/** Values that are the same in every trial of the sampler: fixed ones and those of an earlier stage's best. */
export function fixedValue(
  name: ParameterName,
  spec: ParameterSpec,
  earlierBest: EarlierBest,
): number | null {
  if ('value' in spec) return spec.value;
  return 'from' in spec ? (earlierBest.get(spec.from)?.[name] ?? null) : null;
}

/** Trial i of a grid is i written in the mixed radix of the parameters' counts, the last parameter changing fastest. */
function gridTrials(stage: SearchStage, earlierBest: EarlierBest, count: number): ParameterValues[] {
  const axes = [...stage.parameters].map(([name, spec]) => ({
    name,
    values: axisValues(name, spec, earlierBest),
  }));
  return Array.from({ length: count }, (_, trialIndex) => {
    let rest = trialIndex;
    const chosen = axes.toReversed().map(({ name, values }): [string, number] => {
      const value = values[rest % values.length]!;
      rest = Math.floor(rest / values.length);
      return [name, value];
    });
    return Object.fromEntries(chosen.reverse());
  });
}

/** Values of a parameter on the grid. @throws TypeError when it derives from a stage that is not decided */
export function axisValues(
  name: ParameterName,
  spec: ParameterSpec,
  earlierBest: EarlierBest,
): readonly number[] {
  if ('values' in spec) return spec.values;
  if ('min' in spec) return gridValues(name, spec);
  const value = fixedValue(name, spec, earlierBest);
  if (value === null) throw new TypeError(`${name} derives from a stage that is not decided`);
  return [value];
}

/** A combination that an earlier trial has already is drawn again from the same streams, so that trials differ. */
function randomTrials(
  stage: SearchStage,
  samplerSeed: number,
  earlierBest: EarlierBest,
  count: number,
): ParameterValues[] {
  return differentTrials(stage, count, (trialIndex) =>
    [...stage.parameters].map(([name, spec]) => {
      if (isDrawn(spec)) return drawStream({ samplerSeed, name, trialIndex }, spec);
      return constantStream(name, spec, earlierBest);
    }),
  );
}

/** Trial i is the i-th point of the sequence whose combination no earlier point has. */
function sobolTrials(
  stage: SearchStage,
  samplerSeed: number,
  earlierBest: EarlierBest,
  count: number,
): ParameterValues[] {
  const streams = [...stage.parameters].map(([name, spec]) =>
    isDrawn(spec) ? sobolStream({ samplerSeed, name }, spec) : constantStream(name, spec, earlierBest),
  );
  return differentTrials(stage, count, () => streams);
}

function constantStream(name: ParameterName, spec: ParameterSpec, earlierBest: EarlierBest): DrawStream {
  const [value] = axisValues(name, spec, earlierBest);
  return () => value!;
}

function differentTrials(
  stage: SearchStage,
  count: number,
  streamsOf: (trialIndex: number) => readonly DrawStream[],
): ParameterValues[] {
  const names = [...stage.parameters.keys()];
  const seen = new Set<string>();
  let drawsLeft = DRAWS_MIN + DRAWS_PER_TRIAL_MAX * count;
  return Array.from({ length: count }, (_, trialIndex) => {
    const streams = streamsOf(trialIndex);
    for (; drawsLeft > 0; drawsLeft--) {
      const values = streams.map((next) => next());
      const key = values.join(' ');
      if (seen.has(key)) continue;
      seen.add(key);
      return Object.fromEntries(names.map((name, index) => [name, values[index]!]));
    }
    const message = `found ${trialIndex} different combinations for ${count} trials; ask for fewer or widen a range`;
    throw new InputError([{ path: formatPath([...stage.path, 'sampler', 'trials']), message }]);
  });
}

export function isDrawn(spec: ParameterSpec): spec is DrawnSpec {
  return 'values' in spec || 'min' in spec;
}

/** A point has the fixed and derived values of its stage unless it gives its own. */
function pointTrials(stage: SearchStage, earlierBest: EarlierBest): ParameterValues[] {
  return stage.points.map((point) => pointValues(stage, point, earlierBest));
}

function pointValues(stage: SearchStage, point: PointSpec, earlierBest: EarlierBest): ParameterValues {
  return Object.fromEntries(
    [...stage.parameters].map(([name, spec]) => {
      const value = point[name] ?? fixedValue(name, spec, earlierBest);
      if (value === null) throw new TypeError(`point without ${name} was let through`);
      return [name, value];
    }),
  );
}
