import {
  answerSchema,
  type AnswerSettings,
  canonicalJson,
  type Commit,
  commitSchema,
  type PlannedStage,
  plannedStageSchema,
  resultDigestOf,
  type RunId,
  runIdSchema,
  type RunResult,
  SCHEMA_VERSION,
  sha256,
  stageSummarySchema,
  SWEEP_FILE_VERSION,
} from '@seedbed/contracts';
import fc from 'fast-check';
import { buildAnswer } from './build-answer.js';
import { summariseStage as summarise } from './summarise-stage.js';
import { testLooksOf } from './test-looks.js';

const SPEC = { seedbed: SWEEP_FILE_VERSION, name: 's' } as const;
const PLAIN: AnswerSettings = { delta: null, rule: 'highest-mean' };
const summariseStage = (
  stage: PlannedStage,
  commits: ReadonlyMap<RunId, Commit>,
  deadReasons?: ReadonlyMap<RunId, string>,
) => summarise(stage, commits, PLAIN, deadReasons);

const idOf = (trial: number, seed: number): RunId => runIdSchema.parse(sha256(`${trial}/${seed}`));

function stageOf(trials: number, seeds: number, kind: PlannedStage['kind'] = 'search'): PlannedStage {
  const settings = {
    task: 'train',
    engine: 'two-layer-1',
    data: {
      set: 'cifar10',
      digest: 'a'.repeat(64),
      train: { first: 0, count: 1000 },
      validation: { first: 1000, count: 1000 },
      order: { kind: 'file' },
    },
    model: { kind: 'two-layer', hidden: 50 },
    training: { lambda: 0, batchSize: 100, schedule: { kind: 'constant', learningRate: 0.1, steps: 10 } },
    evaluation: { cadence: 'end', train: false, test: false },
    seed: 0,
  };
  return plannedStageSchema.parse({
    stage: 'coarse',
    kind,
    trials: Array.from({ length: trials }, (_, index) => ({
      index,
      parameters: { lambda: index / 10 },
      settings,
      runs: Array.from({ length: seeds }, (_, at) => ({ seed: at + 1, runId: idOf(index, at + 1) })),
    })),
  });
}

function commitOf(runId: RunId, result: RunResult): [RunId, Commit] {
  const commit = commitSchema.parse({
    schemaVersion: SCHEMA_VERSION,
    runId,
    sweepId: 'sweep-1',
    numericsClass: 'reference-float64',
    digest: resultDigestOf(result),
    result,
    provenance: {
      ...{ trainerId: 't-1', attempt: 1, token: 'x', backend: 'reference', tensorflow: null, node: '20' },
      ...{ seedbed: '0.1.0', packWidth: 1 },
      startedAt: '2026-11-23T00:00:00Z',
      finishedAt: '2026-11-23T00:00:01Z',
    },
  });
  return [runId, commit];
}

const trained = (correct: number, test?: number): RunResult => ({
  outcome: 'trained',
  validation: { correct, count: 1000 },
  ...(test === undefined ? {} : { test: { correct: test, count: 10_000 } }),
  curve: [],
  weightsDigest: 'b'.repeat(64),
});
const diverged: RunResult = { outcome: 'diverged', step: 3, reason: 'loss is NaN after step 3', curve: [] };

const CORRECT = [
  [500, 510, 520],
  [530, 540, 550],
  [540, 540, 540],
];
const allCommits = () =>
  CORRECT.flatMap((row, trial) => row.map((c, at) => commitOf(idOf(trial, at + 1), trained(c, 5000 + c))));

test('a complete stage: statistics, ranking, best; equal means go to the lower index', () => {
  const summary = stageSummarySchema.parse(summariseStage(stageOf(3, 3), new Map(allCommits())));
  expect(summary).toMatchObject({ planned: 9, committed: 9, ranking: [1, 2, 0], best: 1 });
  const [trial] = summary.trials;
  expect(trial).toMatchObject({ planned: 3, n: 3, diverged: 0, missing: 0, mean: 0.51 });
  expect(trial!.standardDeviation).toBeCloseTo(0.01, 12);
  expect(trial!.standardError).toBeCloseTo(0.01 / Math.sqrt(3), 12);
  // t(0.975, 2) = 4.302653
  expect(trial!.interval95![1]).toBeCloseTo(0.51 + (4.302653 * 0.01) / Math.sqrt(3), 7);
  expect(trial!.testMean).toBeCloseTo(0.551, 12);
  expect(trial!.runs[2]).toMatchObject({
    seed: 3,
    outcome: 'trained',
    validationAccuracy: 0.52,
    testAccuracy: 0.552,
  });
});

describe('the comparison of a complete stage', () => {
  const summaryWith = (settings: AnswerSettings) =>
    stageSummarySchema.parse(summarise(stageOf(3, 3), new Map(allCommits()), settings));

  test('is there with every number, and lists what it keeps', () => {
    const summary = summaryWith({ delta: 0.05, rule: 'highest-mean' });
    const { comparison } = summary;
    expect(comparison).toMatchObject({
      ...{ method: 'multiple-comparisons-with-the-best', confidence: 0.95, delta: 0.05, seeds: 3 },
      chosen: { trialIndex: 1, rule: 'highest-mean' },
      trials: [
        { index: 1, verdict: 'best', gap: 0 },
        { index: 2, verdict: 'equivalent' },
        { index: 0, verdict: 'excluded' },
      ],
      ...{ redraws: 1_000, moreSeeds: [], images: { count: 1_000 } },
    });
    expect(comparison!.trials[2]!.gap).toBeCloseTo(0.03, 12);
    // √(0.54 · 0.46 / 1000)
    expect(comparison!.images!.standardErrorMax).toBeCloseTo(0.015761, 6);
    expect(summary.notToldApartFromBest).toEqual([2]);
  });

  test('one standard error: the largest λ that is within it, here 0.54 with λ 0.2 beside 0.54 with λ 0.1', () => {
    const { comparison, best } = summaryWith({ delta: null, rule: 'one-standard-error' });
    expect(best).toBe(1);
    expect(comparison!.chosen).toMatchObject({ trialIndex: 2, rule: 'one-standard-error' });
  });

  test('one seed: everything stays unresolved, the highest mean is chosen', () => {
    const commits = new Map(CORRECT.map(([c], trial) => commitOf(idOf(trial, 1), trained(c!))));
    const rule = 'one-standard-error';
    const { comparison } = stageSummarySchema.parse(summarise(stageOf(3, 1), commits, { delta: 0.5, rule }));
    expect(comparison).toMatchObject({ seeds: 1, spread: null, moreSeeds: [], chosen: { trialIndex: 2 } });
    expect(comparison!.trials.map(({ verdict }) => verdict)).toEqual(['best', 'unresolved', 'unresolved']);
  });

  test('waits for the last run', () => {
    const commits = new Map(allCommits());
    commits.delete(idOf(1, 2));
    expect(summariseStage(stageOf(3, 3), commits).comparison).toBeNull();
  });
});

test('looks at the test set are counted by trial and run, the same runs in two stages once', () => {
  const summary = summariseStage(stageOf(3, 3), new Map(allCommits()));
  expect(testLooksOf([summary, summary])).toEqual({ trials: 3, runs: 9 });
  const without = CORRECT.map((row, trial) => commitOf(idOf(trial, 1), trained(row[0]!)));
  expect(testLooksOf([summariseStage(stageOf(3, 1), new Map(without))])).toEqual({ trials: 0, runs: 0 });
});

test('a missing seed is shown, counted and kept out of ranking; no best is named before all are there', () => {
  const commits = new Map(allCommits());
  commits.delete(idOf(1, 2));
  const reasons = new Map([[idOf(1, 2), 'three errors alone: out of memory']]);
  const summary = summariseStage(stageOf(3, 3), commits, reasons);
  expect(summary).toMatchObject({
    planned: 9,
    committed: 8,
    ranking: [2, 0],
    best: null,
    notToldApartFromBest: [],
  });
  expect(summary.trials[1]).toMatchObject({ planned: 3, n: 2, missing: 1, mean: 0.54 });
  expect(summary.trials[1]!.runs[1]).toMatchObject({
    outcome: 'missing',
    digest: null,
    reason: 'three errors alone: out of memory',
  });
});

test('a diverged seed is counted, keeps its reason and disqualifies its trial', () => {
  const commits = new Map([...allCommits(), commitOf(idOf(1, 1), diverged)]);
  const summary = summariseStage(stageOf(3, 3), commits);
  expect(summary).toMatchObject({ committed: 9, ranking: [2, 0], best: 2 });
  expect(summary.trials[1]).toMatchObject({ n: 2, diverged: 1, missing: 0 });
  expect(summary.trials[1]!.runs[0]).toMatchObject({
    outcome: 'diverged',
    reason: 'loss is NaN after step 3',
    validationAccuracy: null,
  });
});

test('nothing committed: no number is made up', () => {
  const summary = stageSummarySchema.parse(summariseStage(stageOf(1, 2), new Map()));
  expect(summary.trials[0]).toMatchObject({
    n: 0,
    missing: 2,
    mean: null,
    standardDeviation: null,
    interval95: null,
    testMean: null,
  });
});

test('one seed has a mean and no interval', () => {
  const summary = summariseStage(stageOf(1, 1), new Map([commitOf(idOf(0, 1), trained(400))]));
  expect(summary.trials[0]).toMatchObject({
    n: 1,
    mean: 0.4,
    standardDeviation: null,
    standardError: null,
    interval95: null,
  });
});

describe('gradient check', () => {
  const errors = (max: number, share: number) => ({
    maxError: { W1: 1e-9, W2: max, b1: 1e-9, b2: 1e-9 },
    shareBelow1em6: { W1: 1, W2: share, b1: 1, b2: 1 },
  });
  const check = (passed: boolean, max: number): RunResult => ({
    outcome: 'gradient-checked',
    samples: 20,
    native: errors(max, 0.875),
    reference: errors(1e-10, 1),
    passed,
  });
  const summaryOf = (result: RunResult) =>
    summariseStage(stageOf(1, 1, 'preflight'), new Map([commitOf(idOf(0, 1), result)]));

  test('passed has no reason and no accuracy', () => {
    const summary = summaryOf(check(true, 1e-8));
    expect(summary.trials[0]).toMatchObject({ n: 0, missing: 0, mean: null });
    expect(summary.trials[0]!.runs[0]).toMatchObject({ outcome: 'gradient-checked', reason: null });
  });
  test('failed says the largest error and the share', () => {
    expect(summaryOf(check(false, 0.004)).trials[0]!.runs[0]!.reason).toMatch(
      /20 samples failed: trainer largest error 4\.000e-3 \(W2\), 87\.50 % of W2 below 1e-6; float64 reference/,
    );
  });
});

describe('the same commits in any order', () => {
  const outcome = fc.oneof(
    fc.integer({ min: 0, max: 1000 }).map((c) => trained(c)),
    fc.constant(diverged),
    fc.constant(null),
  );
  const results = fc.array(fc.array(outcome, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 6 });

  test('give the same summary, and the same bytes of answer', () => {
    fc.assert(
      fc.property(
        results.chain((rows) =>
          fc.tuple(
            fc.constant(rows.length),
            fc.shuffledSubarray(
              rows.flatMap((row, trial) =>
                row.flatMap((r, at) => (r === null ? [] : [commitOf(idOf(trial, at + 1), r)])),
              ),
              { minLength: 0 },
            ),
          ),
        ),
        ([trials, commits]) => {
          const stage = stageOf(trials, 3);
          const answerOf = (list: [RunId, Commit][]) =>
            canonicalJson(
              buildAnswer({
                ...{ name: 's', specDigest: 'd', spec: SPEC, numericsClass: null, decisions: [] },
                stageNames: ['coarse'],
                stages: [summariseStage(stage, new Map(list))],
              }),
            );
          expect(answerOf(commits)).toBe(answerOf(commits.toReversed()));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('count every planned run exactly once, and best is the first of the ranking or none', () => {
    fc.assert(
      fc.property(results, (rows) => {
        const commits = rows.flatMap((row, trial) =>
          row.flatMap((r, at) => (r === null ? [] : [commitOf(idOf(trial, at + 1), r)])),
        );
        const summary = stageSummarySchema.parse(summariseStage(stageOf(rows.length, 3), new Map(commits)));
        for (const trial of summary.trials)
          expect(trial.n + trial.diverged + trial.missing).toBe(trial.planned);
        expect(summary.committed).toBe(commits.length);
        expect(summary.best).toBe(
          summary.committed === summary.planned ? (summary.ranking[0] ?? null) : null,
        );
        for (const index of summary.notToldApartFromBest) expect(summary.ranking.slice(1)).toContain(index);
      }),
      { numRuns: 60 },
    );
  });
});

describe('buildAnswer', () => {
  const summary = summariseStage(stageOf(3, 3), new Map(allCommits()));
  const inputs = {
    ...{ name: 's', specDigest: 'd', spec: SPEC, numericsClass: 'reference-float64', decisions: [] },
  };

  test('is complete only when every stage is there and whole', () => {
    const whole = buildAnswer({ ...inputs, stageNames: ['coarse'], stages: [summary] });
    expect(answerSchema.parse(whole).complete).toBe(true);
    expect(buildAnswer({ ...inputs, stageNames: ['coarse', 'fine'], stages: [summary] }).complete).toBe(
      false,
    );
    const part = summariseStage(stageOf(3, 3), new Map(allCommits().slice(1)));
    expect(buildAnswer({ ...inputs, stageNames: ['coarse'], stages: [part] }).complete).toBe(false);
  });

  test('orders stages as the sweep and decisions by number', () => {
    const fine = { ...summary, stage: 'fine' };
    const decision = (number: number, stage: string) => ({
      ...{ number, stage, kind: 'stage-best' as const, inputsDigest: 'x' },
      outcome: { kind: 'none' as const, reason: 'r' },
    });
    const answer = buildAnswer({
      ...inputs,
      stageNames: ['coarse', 'fine'],
      stages: [fine, summary],
      decisions: [decision(1, 'fine'), decision(0, 'coarse')],
    });
    expect(answer.stages.map(({ stage }) => stage)).toEqual(['coarse', 'fine']);
    expect(answer.decisions.map(({ number }) => number)).toEqual([0, 1]);
  });
});
