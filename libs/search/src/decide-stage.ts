/** Decides a finished stage: a pure function of its plan and its results, so that a restart decides the same again. */
import {
  canonicalJson,
  type Decision,
  decisionNumberOf,
  type PlannedStage,
  type RaceDecision,
  roundsOf,
  type RunSettings,
  type Rung,
  type RunSummary,
  sha256,
  type StageSummary,
} from '@seedbed/contracts';
import { keptAtRung } from './prune-rung.js';

/**
 * Null while a run of the stage is missing.
 *
 * A search stage is decided by its comparison, which chose by the rule of the sweep file; a rung by its means. A preflight passes when no run of it diverged or has a `reason`, which is where the summary puts what was wrong with it. `inputsDigest` is the SHA-256 of the canonical JSON list of the runs' digests in plan order.
 *
 * @param place of the stage in its sweep, which numbers the decision
 * @param canaryFault what `canaryFault` found of the stage
 */
export function decideStage(
  stage: PlannedStage,
  summary: StageSummary,
  place: number,
  canaryFault: string | null = null,
): Decision | null {
  const runs = runsInPlanOrder(stage, summary);
  if (runs === null) return null;
  const round = roundsOf(stage);
  return {
    number: decisionNumberOf({ place, round, kind: 'whole-stage' }),
    ...kindAndOutcome({ stage, summary, runs, canaryFault }),
    stage: stage.stage,
    ...(round > 0 && { round }),
    inputsDigest: inputsDigestOf(runs),
  };
}

/**
 * The decision that a raced stage grows by what a look at it left open; null when the race is over.
 *
 * @param race what `decideRound` says of these results
 */
export function decideRaceRound(
  stage: PlannedStage,
  summary: StageSummary,
  race: RaceDecision,
  place: number,
): Decision | null {
  const runs = runsInPlanOrder(stage, summary);
  const { racing, seeds, nextSeeds } = race;
  if (runs === null || nextSeeds === null) return null;
  const round = roundsOf(stage) + 1;
  const additions = racing.map((index) => ({ index, runs: nextSeeds - seeds }));
  return {
    number: decisionNumberOf({ place, round, kind: 'round' }),
    kind: 'round',
    stage: stage.stage,
    inputsDigest: inputsDigestOf(runs),
    outcome: { kind: 'round', round, cause: 'racing', additions, race },
  };
}

interface StageToDecide {
  readonly stage: PlannedStage;
  readonly summary: StageSummary;
  readonly runs: readonly RunSummary[];
  readonly canaryFault: string | null;
}

function kindAndOutcome(of: StageToDecide): Pick<Decision, 'kind' | 'outcome'> {
  const { stage, summary, runs, canaryFault } = of;
  if (stage.kind === 'preflight') {
    return { kind: 'preflight', outcome: preflightOutcome(stage, runs, canaryFault) };
  }
  if (stage.rung === undefined) return { kind: 'stage-best', outcome: bestOutcome(summary) };
  return { kind: 'rung', outcome: rungOutcome(summary, stage.rung) };
}

function rungOutcome({ trials }: StageSummary, { rule, until }: Rung): Decision['outcome'] {
  const kept = keptAtRung(trials, rule);
  if (kept.length > 0) return { kind: 'kept', trials: kept };
  const reason = `all ${trials.length} trials have a run that diverged within ${until} steps; try smaller learning rates or λ`;
  return { kind: 'none', reason };
}

function inputsDigestOf(runs: readonly Pick<RunSummary, 'digest'>[]): string {
  return sha256(canonicalJson(runs.map((run) => run.digest)));
}

/** The summary's runs in the order of the plan; null when one is missing or not in the summary at all. */
function runsInPlanOrder(stage: PlannedStage, summary: StageSummary): RunSummary[] | null {
  const trialOf = new Map(summary.trials.map((trial) => [trial.index, trial]));
  const runs: RunSummary[] = [];
  for (const trial of stage.trials) {
    const byId = new Map(trialOf.get(trial.index)?.runs.map((run) => [run.runId, run]));
    for (const { runId } of trial.runs) {
      const run = byId.get(runId);
      if (run === undefined || run.outcome === 'missing' || run.digest === null) return null;
      runs.push(run);
    }
  }
  return runs;
}

function bestOutcome({ trials, comparison }: StageSummary): Decision['outcome'] {
  const chosen = comparison?.chosen;
  const trial = trials.find(({ index }) => index === chosen?.trialIndex);
  if (chosen === undefined || trial === undefined || trial.mean === null) {
    return {
      kind: 'none',
      reason: `all ${trials.length} trials have a diverged run; try smaller learning rates or λ`,
    };
  }
  const { index, parameters, mean } = trial;
  return { kind: 'best', trialIndex: index, parameters, mean, rule: chosen.rule };
}

/** What a check of each kind ends with. */
const CHECKED: Readonly<Record<RunSettings['task'], readonly RunSummary['outcome'][]>> = {
  'gradient-check': ['gradient-checked'],
  'overfit-one-batch': ['overfitted'],
  train: ['trained'],
  table: ['trained', 'scored'],
};

function preflightOutcome(
  { trials }: PlannedStage,
  runs: readonly RunSummary[],
  canaryFault: string | null,
): Decision['outcome'] {
  const wanted = new Set(trials.flatMap(({ settings }) => CHECKED[settings.task]));
  const found = runs.flatMap((run) => {
    if (run.outcome === 'diverged') return [`seed ${run.seed} diverged: ${run.reason ?? 'no reason given'}`];
    if (!wanted.has(run.outcome)) {
      return [`seed ${run.seed} ${run.outcome}, which is not what this check ends with`];
    }
    return run.reason === null ? [] : [run.reason];
  });
  const faults = canaryFault === null ? found : [...found, canaryFault];
  return faults.length === 0 ? { kind: 'passed' } : { kind: 'failed', reason: faults.join('; ') };
}
