/** What a sweep file asks of a planned stage beyond what is planned: after an extension, everything that it added. Pure. */
import {
  type Decision,
  decisionNumberOf,
  type ParameterName,
  type ParameterValues,
  type PlannedStage,
  type RoundAddition,
  roundsOf,
  type SweepSpec,
} from '@seedbed/contracts';
import { racingOf } from './racing-settings.js';
import { type SearchStage, searchStagesOf } from './search-stages.js';
import { specDigestOf } from './spec-digest.js';
import { stageSeedsOf } from './stage-settings.js';
import { type EarlierBest, stageTrials } from './stage-trials.js';

/**
 * The decision that a stage grows because its sweep file asks for more than is planned; null when it does not. Values that
 * derive from an earlier stage stay what they were when this stage was first planned.
 *
 * @param place of the stage in its sweep
 */
export function decideExtension(spec: SweepSpec, standing: PlannedStage, place: number): Decision | null {
  const stage = searchStagesOf(spec).find(({ name }) => name === standing.stage);
  // A stage that was pruned is left as it is: who was pruned was decided among all that there were.
  if (stage === undefined || standing.pruned !== undefined) return null;
  // A race has spent what it may be wrong on the looks that it was planned with, and adds its seeds by itself.
  if (racingOf(spec, stage) !== null) return null;
  const additions = missingOf(spec, stage, standing);
  if (additions.length === 0) return null;
  const round = roundsOf(standing) + 1;
  return {
    number: decisionNumberOf({ place, round, kind: 'round' }),
    kind: 'round',
    stage: standing.stage,
    inputsDigest: specDigestOf(spec),
    outcome: { kind: 'round', round, cause: 'extension', additions },
  };
}

/** Trials in the order of their indices: those there are with the seeds that they lack, then the new ones. */
function missingOf(spec: SweepSpec, stage: SearchStage, standing: PlannedStage): RoundAddition[] {
  const seeds = stageSeedsOf(spec, stage);
  const further = standing.trials.flatMap(({ index, runs }): RoundAddition[] => {
    const has = new Set(runs.map(({ seed }) => seed));
    const count = seeds.filter((seed) => !has.has(seed)).length;
    return count === 0 ? [] : [{ index, runs: count }];
  });
  let next = (standing.trials.at(-1)?.index ?? -1) + 1;
  const added = newTrials(stage, standing).map((parameters): RoundAddition => {
    return { index: next++, runs: seeds.length, parameters };
  });
  return [...further, ...added];
}

/** The parameter values that the stage asks for and no trial has yet. Equal ones are told apart by their number. */
function newTrials(stage: SearchStage, standing: PlannedStage): ParameterValues[] {
  const names = [...stage.parameters.keys()];
  const unmatched = new Map<string, number>();
  for (const { parameters } of standing.trials) {
    const key = keyOf(names, parameters);
    unmatched.set(key, (unmatched.get(key) ?? 0) + 1);
  }
  return stageTrials(stage, derivedValues(stage, standing)).filter((parameters) => {
    const key = keyOf(names, parameters);
    const left = unmatched.get(key) ?? 0;
    if (left > 0) unmatched.set(key, left - 1);
    return left === 0;
  });
}

/** Derived values are the same in all of a sampler's trials, of which every stage has at least the first. */
export function derivedValues(stage: SearchStage, standing: PlannedStage): EarlierBest {
  const first = standing.trials[0]?.parameters ?? {};
  const sources = [...stage.parameters.values()].flatMap((spec) => ('from' in spec ? [spec.from] : []));
  return new Map(sources.map((source) => [source, first]));
}

function keyOf(names: readonly ParameterName[], parameters: ParameterValues): string {
  return names.map((name) => parameters[name]).join(' ');
}
