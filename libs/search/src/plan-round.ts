/** Turns a decision that a stage grows into the plan of that round: a pure function of sweep file, stage and decision. */
import {
  type Decision,
  InputError,
  type PlannedRound,
  type PlannedStage,
  type PlannedTrial,
  type RoundAddition,
  type SweepSpec,
} from '@seedbed/contracts';
import { planTrial, RUNS_PER_STEP } from './plan-stage.js';
import { searchStagesOf } from './search-stages.js';
import { stageSeedsOf } from './stage-settings.js';
import { trialSettingsOf } from './trial-settings.js';

/** What a stage grows by. */
export type RoundOutcome = Extract<Decision['outcome'], { kind: 'round' }>;

/**
 * A trial that the stage has gets the next of the stage's seeds that it lacks; a new one, the stage's settings with its
 * parameters. Yields now and then, as `planStageInSteps` does.
 *
 * @throws InputError when the sweep file has too few seeds or no such stage
 */
export function* planRoundInSteps(
  spec: SweepSpec,
  standing: PlannedStage,
  { round, additions }: Pick<RoundOutcome, 'round' | 'additions'>,
  datasetDigest: string,
): Generator<void, PlannedRound> {
  const stage = searchStagesOf(spec).find(({ name }) => name === standing.stage);
  if (stage === undefined) throw refusal(`${spec.name} has no stage "${standing.stage}"`);
  const settingsOf = trialSettingsOf(spec, stage, datasetDigest);
  const seeds = stageSeedsOf(spec, stage);
  const trialOf = new Map(standing.trials.map((trial) => [trial.index, trial]));
  const planNew = ({ index, parameters }: RoundAddition, own: readonly number[]): PlannedTrial => {
    if (parameters === undefined) throw refusal(`trial ${index} of "${standing.stage}" has no parameters`);
    return planTrial(index, parameters, settingsOf(parameters), own);
  };
  const trials: PlannedRound['trials'] = [];
  let runsSinceYield = 0;
  for (const addition of additions) {
    const trial = trialOf.get(addition.index);
    const has = new Set(trial?.runs.map(({ seed }) => seed));
    const own = seeds.filter((seed) => !has.has(seed)).slice(0, addition.runs);
    if (own.length < addition.runs) {
      throw refusal(`trial ${addition.index} of "${standing.stage}" is to get ${addition.runs} more runs`);
    }
    const planned =
      trial === undefined
        ? planNew(addition, own)
        : planTrial(trial.index, trial.parameters, trial.settings, own);
    trials.push(planned);
    runsSinceYield += own.length;
    if (runsSinceYield < RUNS_PER_STEP) continue;
    runsSinceYield = 0;
    yield;
  }
  return { stage: standing.stage, round, trials };
}

function refusal(message: string): InputError {
  return new InputError([{ path: 'seeds', message: `${message}, which the sweep file does not allow for` }]);
}
