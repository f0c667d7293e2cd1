/** Problems between the stages of a sweep: names, derivation, total size. Needs a spec that meets its schema. */
import { type InputProblem, LIMITS, type ParameterName, type SweepSpec } from '@seedbed/contracts';
import { blockProblems } from './piece-problems.js';
import { nearestWord } from './nearest-word.js';
import { keptAtMost } from './prune-rung.js';
import { rungsOf } from './rung-stages.js';
import { seedCountOf, SEEDS_DEFAULT } from './seeds.js';
import {
  GRADIENT_CHECK_STAGE,
  preflightStagesOf,
  type SearchStage,
  searchStagesOf,
} from './search-stages.js';
import { stageSettingsOf } from './stage-settings.js';
import { stageRelationProblems } from './stage-relations.js';
import { trialCount } from './stage-trials.js';
import { trialProblems } from './trial-problems.js';
import { problemAt, type SweepSource } from './sweep-source.js';

export function relationProblems(source: SweepSource, spec: SweepSpec): InputProblem[] {
  const stages = searchStagesOf(spec);
  const problems = [...formProblems(source, spec), ...nameProblems(source, spec, stages)];
  for (const stage of stages) {
    problems.push(
      ...derivationProblems(source, stage, stages),
      ...stageRelationProblems({ source, spec, stage }),
    );
    // Trials can be counted and compared only where every parameter makes sense by itself.
    if (blockProblems(source, stage.path).length === 0)
      problems.push(...trialProblems({ source, spec, stage }));
  }
  return [...problems, ...preflightProblems(source, spec, stages), ...totalProblems(source, spec, stages)];
}

function formProblems(source: SweepSource, spec: SweepSpec): InputProblem[] {
  if (spec.stages === undefined) return [];
  return (['sampler', 'parameters', 'points'] as const)
    .filter((key) => spec[key] !== undefined)
    .map((key) =>
      problemAt(source, [key], `${key} stands beside stages; move it into the stage that it belongs to`),
    );
}

function nameProblems(source: SweepSource, spec: SweepSpec, stages: readonly SearchStage[]): InputProblem[] {
  const taken = new Set([GRADIENT_CHECK_STAGE, ...preflightStagesOf(spec).map(({ name }) => name)]);
  const firstIndexOf = new Map<string, number>();
  return stages.flatMap(({ name, path }, index) => {
    const at = [...path, 'name'];
    if (taken.has(name)) {
      return [problemAt(source, at, `"${name}" is the preflight's own stage; choose another name`)];
    }
    const earlier = firstIndexOf.get(name);
    if (earlier === undefined) firstIndexOf.set(name, index);
    else
      return [problemAt(source, at, `"${name}" is the name of stages[${earlier}] already; choose another`)];
    return [];
  });
}

function derivationProblems(
  source: SweepSource,
  stage: SearchStage,
  stages: readonly SearchStage[],
): InputProblem[] {
  const position = stages.indexOf(stage);
  return [...stage.parameters].flatMap(([name, spec]) => {
    if (!('from' in spec)) return [];
    const message = derivationMessage({ name, from: spec.from, position, stages });
    return message === null ? [] : [problemAt(source, [...stage.path, 'parameters', name, 'from'], message)];
  });
}

interface Derivation {
  readonly name: ParameterName;
  readonly from: string;
  readonly position: number;
  readonly stages: readonly SearchStage[];
}

function derivationMessage({ name, from, position, stages }: Derivation): string | null {
  const sourceIndex = stages.findIndex((stage) => stage.name === from);
  const earlier = stages.slice(0, position).map((stage) => stage.name);
  const right =
    earlier.length === 0 ? 'no stage comes before this one' : `earlier stages are ${earlier.join(', ')}`;
  if (sourceIndex === -1) {
    const nearest = nearestWord(from, earlier);
    return `found "${from}", which names no stage; ${nearest === null ? right : `did you mean "${nearest}"?`}`;
  }
  if (sourceIndex === position) return `found "${from}", this stage itself; ${right}`;
  if (sourceIndex > position) return `found "${from}", a later stage; ${right}`;
  if (stages[sourceIndex]!.parameters.has(name)) return null;
  return `found "${from}", which does not have ${name} among its parameters; add it there or give a value here`;
}

function preflightProblems(
  source: SweepSource,
  spec: SweepSpec,
  stages: readonly SearchStage[],
): InputProblem[] {
  const images = stageSettingsOf(spec, stages[0]!).data.train.count;
  return (spec.preflight ?? []).flatMap((check, index) => {
    if (check.check === 'canary' || check.samples <= images) return [];
    const message = `found ${check.samples}; stage ${stages[0]!.name} trains on only ${images} images`;
    return [problemAt(source, ['preflight', index, 'samples'], message)];
  });
}

function totalProblems(source: SweepSource, spec: SweepSpec, stages: readonly SearchStage[]): InputProblem[] {
  const runs = stages.reduce(
    (sum, stage) =>
      sum + trialsWithRungs(spec, stage) * seedCountOf(stage.overrides.seeds ?? spec.seeds ?? SEEDS_DEFAULT),
    preflightStagesOf(spec).length,
  );
  if (runs <= LIMITS.runsPerSweepMax) return [];
  const message = `the sweep has ${runs} runs; at most ${LIMITS.runsPerSweepMax} are allowed, take fewer trials or seeds`;
  return [problemAt(source, [], message)];
}

/** A stage's trials, and those of its rungs, at most. */
function trialsWithRungs(spec: SweepSpec, stage: SearchStage): number {
  let left = trialCount(stage);
  let total = left;
  for (const { rule } of rungsOf(spec, stage)) {
    left = keptAtMost(left, rule);
    total += left;
  }
  return total;
}
