import {
  canonicalJson,
  type Decision,
  decisionSchema,
  type PlannedStage,
  type RunSummary,
  sha256,
  type StageComparison,
  type StageSummary,
} from '@seedbed/contracts';
import { decideStage } from './decide-stage.js';
import { parseSweepSpec } from './parse-sweep-file.js';
import { planStage } from './plan-stage.js';

const SPEC = parseSweepSpec({
  seedbed: 1,
  name: 'demo',
  seeds: 2,
  preflight: [{ check: 'gradient-check' }],
  parameters: { lambda: { values: [0, 1, 2] } },
});
const INPUTS = { datasetDigest: 'd'.repeat(64), earlierBest: new Map() };
const SEARCH = planStage(SPEC, 'search', INPUTS) as PlannedStage;
const CHECK = planStage(SPEC, 'gradient-check', INPUTS) as PlannedStage;

type Outcome = number | 'missing' | 'diverged' | { reason: string | null };

/** A summary as the statistics library makes it: one row of outcomes (an accuracy, or what happened) per trial. */
function summaryOf(stage: PlannedStage, rows: readonly (readonly Outcome[])[]): StageSummary {
  const trials = stage.trials.map((trial, index) => {
    const runs = trial.runs.map((run, at) => runSummary(run, rows[index]![at]!));
    const trained = runs.flatMap((run) => run.validationAccuracy ?? []);
    const count = (outcome: RunSummary['outcome']) => runs.filter((run) => run.outcome === outcome).length;
    return {
      ...{ index, parameters: trial.parameters, planned: runs.length, runs, n: trained.length },
      ...{ diverged: count('diverged'), missing: count('missing') },
      mean: trained.length === 0 ? null : trained.reduce((sum, x) => sum + x, 0) / trained.length,
      ...{ standardDeviation: null, standardError: null, interval95: null, testMean: null },
    };
  });
  return {
    ...{ stage: stage.stage, kind: stage.kind, planned: 0, committed: 0, trials },
    ...{ ranking: [], best: null, notToldApartFromBest: [], comparison: comparisonOf(trials) },
  };
}

const CHOSEN_BY_ERROR = { trialIndex: 2, rule: 'one-standard-error', interval95: null } as const;

/** The highest mean chosen of the trials without a diverged run, and nothing else that a decision could look at. */
function comparisonOf(trials: StageSummary['trials']): StageComparison | null {
  const [best] = trials
    .filter(({ n, planned }) => n === planned)
    .sort((a, b) => b.mean! - a.mean! || a.index - b.index);
  if (best === undefined) return null;
  return {
    ...{ method: 'multiple-comparisons-with-the-best', confidence: 0.95, delta: null, seeds: 2, redraws: 0 },
    chosen: { trialIndex: best.index, rule: 'highest-mean', interval95: null },
    trials: [{ index: best.index, verdict: 'best', gap: 0, regretBound: null, winShare: 1 }],
    ...{ spread: null, moreSeeds: [], images: null },
  };
}

function runSummary(run: { seed: number; runId: RunSummary['runId'] }, outcome: Outcome): RunSummary {
  const base = {
    seed: run.seed,
    runId: run.runId,
    validation: null,
    validationAccuracy: null,
    testAccuracy: null,
    reason: null,
  };
  if (outcome === 'missing') return { ...base, outcome, digest: null };
  const digest = sha256(run.runId);
  if (outcome === 'diverged') return { ...base, outcome, digest };
  if (typeof outcome === 'number')
    return { ...base, outcome: 'trained', digest, validationAccuracy: outcome };
  return { ...base, outcome: 'gradient-checked', digest, reason: outcome.reason };
}

const decide = (rows: Outcome[][]): Decision['outcome'] | undefined =>
  decideStage(SEARCH, summaryOf(SEARCH, rows), 3)?.outcome;

test('the highest mean is chosen; the decision names its number, stage and inputs', () => {
  const decision = decideStage(
    SEARCH,
    summaryOf(SEARCH, [
      [0.5, 0.5],
      [0.75, 0.5],
      [0.5, 0.25],
    ]),
    3,
  );
  const digests = SEARCH.trials.flatMap(({ runs }) => runs.map(({ runId }) => sha256(runId)));
  expect(decisionSchema.parse(decision)).toEqual({
    number: 3,
    kind: 'stage-best',
    stage: 'search',
    inputsDigest: sha256(canonicalJson(digests)),
    outcome: { kind: 'best', trialIndex: 1, parameters: { lambda: 1 }, mean: 0.625, rule: 'highest-mean' },
  });
});

test('the trial is the one that the comparison chose, and the decision names the rule', () => {
  const summary = summaryOf(SEARCH, [
    [0.5, 0.5],
    [0.75, 0.75],
    [0.75, 0.5],
  ]);
  const comparison = { ...summary.comparison!, chosen: CHOSEN_BY_ERROR };
  expect(decideStage(SEARCH, { ...summary, comparison }, 0)?.outcome).toEqual({
    ...{ kind: 'best', trialIndex: 2, parameters: { lambda: 2 }, mean: 0.625, rule: 'one-standard-error' },
  });
});

test('nothing is decided while a run is missing', () => {
  expect(
    decide([
      [0.5, 0.5],
      [0.9, 0.9],
      [0.4, 'missing'],
    ]),
  ).toBeUndefined();
  const partial = summaryOf(SEARCH, [
    [0.5, 0.5],
    [0.9, 0.9],
    [0.4, 0.4],
  ]);
  expect(decideStage(SEARCH, { ...partial, trials: partial.trials.slice(1) }, 0)).toBeNull();
});

test('no trial without a diverged run: none, with the reason', () => {
  const outcome = decide([
    ['diverged', 0.5],
    ['diverged', 'diverged'],
    [0.5, 'diverged'],
  ]);
  expect(outcome).toEqual({
    kind: 'none',
    reason: expect.stringMatching(/all 3 trials have a diverged run/),
  });
});

test('the decision does not depend on the order in which the summary lists trials', () => {
  const summary = summaryOf(SEARCH, [
    [0.5, 0.5],
    [0.5, 0.5],
    [0.5, 0.5],
  ]);
  const reversed = { ...summary, trials: summary.trials.toReversed() };
  expect(decideStage(SEARCH, reversed, 0)).toEqual(decideStage(SEARCH, summary, 0));
});

test('a preflight passes without a fault and fails with it', () => {
  const decision = (reason: string | null) => decideStage(CHECK, summaryOf(CHECK, [[{ reason }]]), 0);
  expect(decision(null)).toMatchObject({
    kind: 'preflight',
    stage: 'gradient-check',
    outcome: { kind: 'passed' },
  });
  expect(decision('largest error 0.1 (W1)')!.outcome).toEqual({
    kind: 'failed',
    reason: 'largest error 0.1 (W1)',
  });
  expect(decideStage(CHECK, summaryOf(CHECK, [['diverged']]), 0)!.outcome).toMatchObject({ kind: 'failed' });
  expect(decideStage(CHECK, summaryOf(CHECK, [['missing']]), 0)).toBeNull();
  // A check that ended with something else has checked nothing.
  expect(decideStage(CHECK, summaryOf(CHECK, [[0.5]]), 0)!.outcome).toMatchObject({ kind: 'failed' });
});

test('a rung says which trials go on, and not who is best', () => {
  const spec = parseSweepSpec({
    ...{ seedbed: 1, name: 'demo', seeds: 2, parameters: { lambda: { values: [0, 1, 2] } } },
    pruning: { kind: 'successive-halving', rungs: [10], factor: 2 },
  });
  const rung = planStage(spec, 'search-rung-1', INPUTS) as PlannedStage;
  const decided = (rows: Outcome[][]) => decideStage(rung, summaryOf(rung, rows), 0);
  expect(
    decisionSchema.parse(
      decided([
        [0.3, 0.4],
        [0.1, 0.2],
        [0.5, 0.5],
      ]),
    ),
  ).toMatchObject({
    ...{ kind: 'rung', stage: 'search-rung-1' },
    outcome: { kind: 'kept', trials: [0, 2] },
  });
  expect(
    decided([
      [0.3, 'missing'],
      [0.1, 0.2],
      [0.5, 0.5],
    ]),
  ).toBeNull();
  const lost: Outcome[] = ['diverged', 0.1];
  expect(decided([lost, lost, lost])!.outcome).toEqual({
    kind: 'none',
    reason: expect.stringContaining('diverged within 10 steps'),
  });
});
