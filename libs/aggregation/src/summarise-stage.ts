/** A stage's plan and commits → its statistics. Nothing but the plan and the commits enters. */
import {
  type AnswerSettings,
  type CommitFacts,
  measureOf,
  type PlannedStage,
  type PlannedTrial,
  pruningFactsOf,
  type RunId,
  type StageComparison,
  type StageSummary,
  type TrialSummary,
} from '@seedbed/contracts';
import { compareStage, samplingOf } from './compare-stage.js';
import { compareRace } from './race/compare-race.js';
import { rankTrials } from './ranking.js';
import { summariseRun } from './summarise-run.js';
import { summariseRuns } from './summarise-runs.js';

/**
 * Commits of other runs are passed over, so one map can serve several stages. Missing runs are shown as missing with the
 * reason where one is known; `best` and `notToldApartFromBest` (trials other than the best) stay empty until none is.
 *
 * @param commits by run id, all of the sweep's numerics class
 * @param settings what the sweep file says about its answer
 * @param deadReasons run id → why its block was given up
 */
export function summariseStage(
  stage: PlannedStage,
  commits: ReadonlyMap<RunId, CommitFacts>,
  settings: AnswerSettings,
  deadReasons: ReadonlyMap<RunId, string> = new Map(),
): StageSummary {
  const trained = stage.trials[0]?.settings;
  const measure = trained === undefined ? null : measureOf(trained);
  const sampling = samplingOf(stage);
  const { goal, overlap } = sampling;
  const trials = stage.trials.map((trial) => summariseTrial(trial, { commits, deadReasons, overlap }));
  const planned = trials.reduce((sum, trial) => sum + trial.planned, 0);
  const missing = trials.reduce((sum, trial) => sum + trial.missing, 0);
  // A canary has a mean, but nothing that it could be ranked among.
  const ranked = stage.kind === 'preflight' ? [] : rankTrials(trials, goal);
  const isDecided = missing === 0;
  const { racing } = settings;
  // A rung says who goes on, not who is best.
  const comparison =
    !isDecided || stage.rung !== undefined
      ? null
      : racing != null && stage.kind === 'search'
        ? compareRace(trials, { ...settings, racing, ...sampling })
        : compareStage(ranked, settings, sampling);
  // A race compares trials of unequal numbers of seeds; its ranking is by how long they ran, and then by mean.
  const ranking = comparison?.race === undefined ? ranked : comparison.trials;
  return {
    stage: stage.stage,
    kind: stage.kind,
    planned,
    committed: planned - missing,
    ...(measure === null ? {} : { measure }),
    trials,
    ranking: ranking.map(({ index }) => index),
    best: bestOf(comparison),
    notToldApartFromBest: notToldApart(comparison),
    comparison,
    ...pruningFactsOf(stage),
  };
}

function summariseTrial(
  trial: PlannedTrial,
  {
    commits,
    deadReasons,
    overlap,
  }: {
    readonly commits: ReadonlyMap<RunId, CommitFacts>;
    readonly deadReasons: ReadonlyMap<RunId, string>;
    readonly overlap: number;
  },
): TrialSummary {
  const runs = trial.runs.map((run) =>
    summariseRun(run, commits.get(run.runId), deadReasons.get(run.runId) ?? null),
  );
  return { index: trial.index, parameters: trial.parameters, ...summariseRuns(runs, overlap), runs };
}

function bestOf(comparison: StageComparison | null): number | null {
  return comparison?.trials.find(({ verdict }) => verdict === 'best')?.index ?? null;
}

function notToldApart(comparison: StageComparison | null): number[] {
  const kept = (comparison?.trials ?? []).filter(
    ({ verdict }) => verdict === 'equivalent' || verdict === 'unresolved',
  );
  return kept.map(({ index }) => index).sort((a, b) => a - b);
}
