/** Whether a canary run took longer than a run of its size may. Pure. */
import {
  type CommitFacts,
  isTraining,
  parameterCountOf,
  type PlannedStage,
  type PreflightSpec,
  type RunId,
  stepsOf,
  type SweepSpec,
  type TableTrainSettings,
  type TrainSettings,
} from '@seedbed/contracts';
import { preflightStagesOf } from './search-stages.js';

/**
 * What a core is taken to do where the sweep file does not say what a run takes: a fifth or less of what native kernels reach
 * (`npm run bench`), about what WebAssembly does. So ten times it means that something is wrong: a machine that swaps, an
 * emulated processor, a core that twenty others use.
 */
const OPERATIONS_PER_SECOND = 1e10;
const MS_PER_SECOND = 1_000;

/**
 * Null when the stage is no canary, or was in time. Times are part of the committed record, so a restart finds the same.
 *
 * @param commits of the stage's runs
 */
export function canaryFault(
  spec: SweepSpec,
  stage: PlannedStage,
  commits: ReadonlyMap<RunId, Pick<CommitFacts, 'provenance'>>,
): string | null {
  const check = preflightStagesOf(spec).find(({ name }) => name === stage.stage)?.check;
  if (check?.check !== 'canary') return null;
  const [trial] = stage.trials;
  const [run] = trial?.runs ?? [];
  if (trial === undefined || run === undefined || !isTraining(trial.settings)) return null;
  const time = commits.get(run.runId)?.provenance.time;
  if (time === undefined) return null;
  const seconds = (time.trainingMs + time.evaluationMs) / MS_PER_SECOND;
  const expected = expectedSeconds(check, trial.settings);
  if (seconds <= check.factor * expected) return null;
  return (
    `the canary took ${seconds.toFixed(1)} s of a core; expected ${expected.toFixed(1)} s and at most ${check.factor} times that: ` +
    'look at what else runs on that machine, or say expectedSeconds'
  );
}

/** Of training alone; evaluation is within any sensible factor. */
function expectedSeconds(
  check: PreflightSpec & { check: 'canary' },
  settings: TrainSettings | TableTrainSettings,
): number {
  if (check.expectedSeconds !== undefined) return check.expectedSeconds;
  // A multiplication and an addition for each weight and row: forward, and twice backward.
  const operations = 6 * settings.training.batchSize * weightsOf(settings);
  return (stepsOf(settings.training.schedule) * operations) / OPERATIONS_PER_SECOND;
}

/** CIFAR-10's pixels and classes. */
const INPUTS = 3_072;
const CLASSES = 10;

function weightsOf(settings: TrainSettings | TableTrainSettings): number {
  return settings.task === 'table'
    ? parameterCountOf(settings)
    : settings.model.hidden * (INPUTS + CLASSES + 1) + CLASSES;
}
