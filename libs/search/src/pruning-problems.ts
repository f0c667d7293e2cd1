/** Problems of a stage's pruning: rungs that do not rise, that lie beyond the end of a trial, or whose names are taken. */
import { type InputProblem, LIMITS, nameSchema, type SweepSpec } from '@seedbed/contracts';
import { rungsOf, rungStageName } from './rung-stages.js';
import { type SearchStage, searchStagesOf } from './search-stages.js';
import { type SourcePath, valueAt } from './source-path.js';
import { trialCount } from './stage-trials.js';
import { problemAt, type SweepSource } from './sweep-source.js';

interface PrunedStage {
  readonly source: SweepSource;
  readonly spec: SweepSpec;
  readonly stage: SearchStage;
}

/** @param stepsAtLeast the fewest steps that a trial of the stage trains */
export function pruningProblems(place: PrunedStage, stepsAtLeast: number): InputProblem[] {
  const { source, spec, stage } = place;
  const rungs = rungsOf(spec, stage);
  if (rungs.length === 0) return [];
  const own: SourcePath = [...stage.path, 'pruning'];
  const path = [...(valueAt(source.value, own) === undefined ? ['pruning'] : own), 'rungs'];
  const problems = rungs.flatMap(({ until }, index): InputProblem[] => {
    const before = rungs[index - 1]?.until ?? 0;
    if (until <= before) {
      return [problemAt(source, [...path, index], `found ${until} after ${before}; rungs rise`)];
    }
    if (until < stepsAtLeast) return [];
    const message = `found ${until}, but a trial of stage ${stage.name} trains only ${stepsAtLeast} steps; rungs come before the end`;
    return [problemAt(source, [...path, index], message)];
  });
  return [...problems, ...nameProblems(place, path), ...countProblems(place, path)];
}

function nameProblems({ source, spec, stage }: PrunedStage, path: SourcePath): InputProblem[] {
  const taken = new Set(searchStagesOf(spec).map(({ name }) => name));
  return rungsOf(spec, stage).flatMap((rung) => {
    const name = rungStageName(rung);
    const at = stage.path.length === 0 ? path : [...stage.path, 'name'];
    if (taken.has(name)) {
      return [problemAt(source, at, `"${name}" is the name of a stage and of a rung of "${stage.name}"`)];
    }
    if (nameSchema.safeParse(name).success) return [];
    const message = `"${name}", the name of its rung, is longer than a name may be; shorten the stage's`;
    return [problemAt(source, at, message)];
  });
}

function countProblems({ source, stage }: PrunedStage, path: SourcePath): InputProblem[] {
  const trials = trialCount(stage);
  if (trials <= LIMITS.prunedTrialsMax) return [];
  const message = `stage ${stage.name} has ${trials} trials; a stage that is pruned has at most ${LIMITS.prunedTrialsMax}`;
  return [problemAt(source, path, message)];
}
