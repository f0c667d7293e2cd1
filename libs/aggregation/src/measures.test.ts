/** Stages that are judged by a number other than accuracy, and runs whose training rows overlap. */
import {
  type AnswerSettings,
  type CommitFacts,
  type PlannedStage,
  plannedStageSchema,
  type RunId,
  runIdSchema,
  sha256,
  stageSummarySchema,
  TABLE_ENGINE_VERSION,
} from '@seedbed/contracts';
import fc from 'fast-check';
import { summariseStage } from './summarise-stage.js';
import { studentTQuantile } from './student-t.js';

const PLAIN: AnswerSettings = { delta: null, rule: 'highest-mean' };
const idOf = (trial: number, seed: number): RunId => runIdSchema.parse(sha256(`${trial}/${seed}`));

function stageOf(
  trials: number,
  seeds: number,
  task: 'regression' | 'classification',
  folds: number | null,
): PlannedStage {
  const parts = { testShare: 0, dataSeed: 1 };
  const settings = {
    task: 'table',
    engine: TABLE_ENGINE_VERSION,
    data: {
      ...{ set: 'table', digest: 'a'.repeat(64), rows: 100, inputs: 3, outputs: 1, target: 'price', task },
      split:
        folds === null
          ? { kind: 'holdout', validationShare: 0.2, ...parts }
          : { kind: 'folds', folds, ...parts },
    },
    model: { kind: 'mlp', layers: [], activation: 'relu' },
    training: {
      batchSize: 10,
      schedule: { kind: 'constant', learningRate: 0.1, steps: 10 },
      optimizer: { kind: 'sgd', momentum: 0, nesterov: false },
      ...{ weightDecay: 0, decoupled: false, dropout: 0, dropoutSeed: null },
    },
    evaluation: { cadence: 'end', train: false, test: false },
    seed: 0,
  };
  return plannedStageSchema.parse({
    stage: 'search',
    kind: 'search',
    trials: Array.from({ length: trials }, (_, index) => ({
      index,
      parameters: { weightDecay: index },
      settings,
      runs: Array.from({ length: seeds }, (_, at) => ({ seed: at + 1, runId: idOf(index, at + 1) })),
    })),
  });
}

const scored = (values: readonly (readonly number[])[]): Map<RunId, CommitFacts> =>
  new Map(
    values.flatMap((row, trial) =>
      row.map((value, at): [RunId, CommitFacts] => [
        idOf(trial, at + 1),
        {
          numericsClass: 'test-class' as CommitFacts['numericsClass'],
          digest: sha256(`${trial}/${at}/${value}`),
          result: { outcome: 'scored', value, scores: [] },
          provenance: {},
        },
      ]),
    ),
  );

describe('a stage of regressions', () => {
  const values = [
    [30, 31, 32],
    [10, 11, 12],
    [9.9, 12.5, 11.2],
  ];
  const summary = stageSummarySchema.parse(
    summariseStage(stageOf(3, 3, 'regression', null), scored(values), PLAIN),
  );

  it('is measured by an error that is to be low', () => {
    expect(summary.measure).toEqual({ name: 'mean squared error', goal: 'minimise' });
    expect(summary.ranking).toEqual([1, 2, 0]);
    expect(summary.best).toBe(1);
    expect(summary.trials[1]?.mean).toBe(11);
    expect(summary.trials[1]?.runs[0]).toMatchObject({ outcome: 'scored', score: 10, validation: null });
  });

  it('tells the worse apart, and gives the interval of the lowest mean as it is', () => {
    expect(summary.comparison?.trials.map(({ verdict }) => verdict)).toEqual([
      'best',
      'unresolved',
      'excluded',
    ]);
    expect(summary.comparison?.trials[2]?.gap).toBe(20);
    const [low, high] = summary.comparison!.chosen.interval95!;
    expect(low).toBeLessThan(11);
    expect(high).toBeGreaterThan(11);
    expect(summary.comparison?.images).toBeNull();
  });

  it('compares errors as it would the same numbers turned round', () => {
    const numbers = fc.array(fc.double({ min: 0.1, max: 50, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 2, maxLength: 5 }), (rows) => {
        const low = summariseStage(stageOf(rows.length, 4, 'regression', null), scored(rows), PLAIN);
        // A classification is judged by accuracy, to be high; a score given to it counts the same.
        const turned = rows.map((row) => row.map((value) => -value));
        const high = summariseStage(stageOf(rows.length, 4, 'classification', null), scored(turned), PLAIN);
        expect(low.ranking).toEqual(high.ranking);
        expect(low.comparison?.trials).toEqual(high.comparison?.trials);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the folds of one table', () => {
  const row = [10, 11, 12, 13, 14];
  const of = (folds: number | null) =>
    summariseStage(stageOf(2, 5, 'regression', folds), scored([row, row.map((value) => value + 1)]), PLAIN);

  it('widen the interval of a mean by what their training rows have in common', () => {
    const trial = of(5).trials[0]!;
    const deviation = Math.sqrt(2.5);
    // Nadeau and Bengio: (1/n + validation ÷ training) instead of 1/n.
    expect(trial.standardError).toBeCloseTo(deviation * Math.sqrt(1 / 5 + 1 / 4), 12);
    const half = studentTQuantile(0.975, 4) * trial.standardError!;
    expect(trial.interval95![1]).toBeCloseTo(12 + half, 9);
    expect(of(null).trials[0]!.standardError).toBeCloseTo(deviation / Math.sqrt(5), 12);
  });

  it('widen what a choice may cost by as much', () => {
    const noisy = [
      [10, 11, 12, 13, 14],
      [10.5, 10.7, 12.9, 12.8, 14.6],
    ];
    const bound = (folds: number | null) =>
      summariseStage(stageOf(2, 5, 'regression', folds), scored(noisy), PLAIN).comparison!.trials[0]!
        .regretBound!;
    const gap = 0.3;
    expect((bound(5) + gap) / (bound(null) + gap)).toBeCloseTo(Math.sqrt((1 / 5 + 1 / 4) * 5), 6);
  });
});
