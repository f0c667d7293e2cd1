/** Which network of a sweep is meant: by default the one that the sweep's last decision chose. Pure. */
import { InputError, type ResultsResponse, type StageSummary, type TrialSummary } from '@seedbed/contracts';

export interface NetworkChoice {
  readonly stage: string | null;
  readonly trial: number | null;
  readonly seed: number | null;
}

export interface ChosenRun {
  readonly stage: string;
  readonly trial: TrialSummary;
  readonly seed: number;
  readonly runId: string;
}

/**
 * The stage's chosen trial and its first seed: the best of the seeds would be the luckiest, and its accuracy no longer
 * what the trial's mean says.
 *
 * @throws InputError that names the option, and what there is
 */
export function chooseNetwork({ stages }: ResultsResponse, choice: NetworkChoice): ChosenRun {
  const stage = stageOf(stages, choice.stage);
  const trial = trialOf(stage, choice.trial);
  const trained = trial.runs.filter(({ outcome }) => outcome === 'trained');
  const run = choice.seed === null ? trained[0] : trained.find(({ seed }) => seed === choice.seed);
  if (run !== undefined) return { stage: stage.stage, trial, seed: run.seed, runId: run.runId };
  const seeds = trained.map(({ seed }) => seed).join(', ') || 'none';
  const message = `trial ${trial.index} of stage ${stage.stage} has no trained run of that seed; seeds that trained: ${seeds}`;
  throw new InputError([{ path: '--seed', message }]);
}

function stageOf(stages: readonly StageSummary[], name: string | null): StageSummary {
  const searches = stages.filter(({ kind }) => kind === 'search');
  const decided = searches.filter(({ comparison }) => comparison !== null);
  const found = name === null ? decided.at(-1) : searches.find(({ stage }) => stage === name);
  if (found !== undefined) return found;
  const known = searches.map(({ stage }) => stage).join(', ') || 'none';
  const message =
    name === null
      ? `is needed, since no stage is decided yet; there are: ${known}`
      : `"${name}" is no search stage with a plan; there are: ${known}`;
  throw new InputError([{ path: '--stage', message }]);
}

function trialOf({ stage, trials, comparison }: StageSummary, index: number | null): TrialSummary {
  const wanted = index ?? comparison?.chosen.trialIndex ?? null;
  const found = trials.find((trial) => trial.index === wanted);
  if (found !== undefined) return found;
  const message =
    wanted === null
      ? `is needed, since stage ${stage} has chosen none yet; it has trials 0 to ${trials.length - 1}`
      : `${wanted} is no trial of stage ${stage}; it has trials 0 to ${trials.length - 1}`;
  throw new InputError([{ path: '--trial', message }]);
}
