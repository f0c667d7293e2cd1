/** Decides a finished stage: a pure function of its plan and its results, so that a restart decides the same again. */
import {
  canonicalJson,
  type Decision,
  decisionNumberOf,
  type PlannedStage,
  roundsOf,
  type RunSummary,
  sha256,
  type StageSummary,
} from '@seedbed/contracts';

/**
 * Null while a run of the stage is missing.
 *
 * A search stage is decided by its comparison, which chose by the rule of the sweep file. A preflight passes when every run is a gradient check without a `reason`, which is where the summary puts what
 * was wrong with it. `inputsDigest` is the SHA-256 of the canonical JSON list of the runs' digests in plan order.
 *
 * @param place of the stage in its sweep, which numbers the decision
 */
export function decideStage(stage: PlannedStage, summary: StageSummary, place: number): Decision | null {
  const runs = runsInPlanOrder(stage, summary);
  if (runs === null) return null;
  const round = roundsOf(stage);
  return {
    number: decisionNumberOf({ place, round, kind: 'whole-stage' }),
    kind: stage.kind === 'preflight' ? 'preflight' : 'stage-best',
    stage: stage.stage,
    ...(round > 0 && { round }),
    inputsDigest: inputsDigestOf(runs),
    outcome: stage.kind === 'preflight' ? preflightOutcome(runs) : bestOutcome(summary),
  };
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

function preflightOutcome(runs: readonly RunSummary[]): Decision['outcome'] {
  const faults = runs.flatMap((run) => {
    if (run.outcome !== 'gradient-checked')
      return [`seed ${run.seed} ${run.outcome} instead of a gradient check`];
    return run.reason === null ? [] : [run.reason];
  });
  return faults.length === 0 ? { kind: 'passed' } : { kind: 'failed', reason: faults.join('; ') };
}
