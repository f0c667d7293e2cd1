/** Sweeps on a table: what is refused, and what a plan makes of the rest. */
import {
  InputError,
  packKeyOf,
  type PlannedStage,
  plannedStageSchema,
  type SweepSpec,
  type TableTrainSettings,
} from '@seedbed/contracts';
import { parseSweepFile } from './parse-sweep-file.js';
import { planStage } from './plan-stage.js';
import { planSummary } from './plan-summary.js';

const HEAD = 'seedbed: 1\nname: houses\n';
const FACTS = `facts: {digest: ${'b'.repeat(64)}, rows: 1000, inputs: 12, outputs: 1}`;

const parse = (body: string): SweepSpec => parseSweepFile(HEAD + body, { fileName: 'sweep.yaml' });
function problemsOf(body: string): string[] {
  try {
    parse(body);
  } catch (thrown) {
    if (thrown instanceof InputError)
      return thrown.problems.map(({ path, message }) => `${path}: ${message}`);
    throw thrown;
  }
  return [];
}
const planOf = (body: string): PlannedStage =>
  plannedStageSchema.parse(
    planStage(parse(body), 'search', { datasetDigest: 'd'.repeat(64), earlierBest: new Map() }),
  );
const settingsOf = (plan: PlannedStage, trial = 0): TableTrainSettings => {
  const settings = plan.trials[trial]?.settings;
  if (settings?.task !== 'table') throw new Error('a trial on a table');
  return settings;
};

it.each([
  [
    'data: {table: houses}\nparameters: {weightDecay: {values: [0, 1]}}',
    'data.table: names table houses but not what to predict',
  ],
  [
    'data: {table: h, target: price, features: [price]}\nparameters: {dropout: {value: 0}}',
    'data.features: lists the target',
  ],
  [
    'data: {table: h, target: p, train: {first: 0, count: 9}}\nparameters: {dropout: {value: 0}}',
    'data.train: means nothing in a search on a table',
  ],
  [
    'data: {table: h, target: p}\nparameters: {lambda: {value: 0}}',
    'parameters.lambda: lambda is searched on images only; search weightDecay',
  ],
  [
    'data: {table: h, target: p}\nmodel: {kind: two-layer}\nparameters: {dropout: {value: 0}}',
    'model.kind: found "two-layer"',
  ],
  [
    'model: {kind: mlp}\nparameters: {lambda: {value: 0}}',
    'model.kind: found "mlp", which is trained on a table',
  ],
  [
    'training: {optimizer: {kind: adam}}\nparameters: {lambda: {value: 0}}',
    'training.optimizer: means nothing in a search on images',
  ],
  ['parameters: {dropout: {value: 0}}', 'parameters.dropout: dropout is searched on tables only'],
  [
    'data: {table: h, target: p}\nparameters: {momentum: {value: 0}}',
    'parameters.momentum: momentum belongs to optimizer sgd',
  ],
  [
    'data: {table: h, target: p}\nparameters: {dropout: {value: 1}}',
    'parameters.dropout.value: found 1; dropout is below 1',
  ],
  [
    'data: {table: h, target: p}\nmodel: {layers: [4]}\nparameters: {hidden: {value: 3}}',
    'parameters.hidden: hidden stands beside model.layers',
  ],
  [
    'data: {table: h, target: p}\ntraining: {optimizer: {kind: sgd, nesterov: true}}\nparameters: {hidden: {value: 3}}',
    'training.optimizer.nesterov: nesterov needs momentum',
  ],
  [
    'data: {table: h, target: p}\ntraining: {optimizer: {kind: sgd, beta1: 0.5}}\nparameters: {hidden: {value: 3}}',
    'training.optimizer.beta1: beta1 is no setting of sgd',
  ],
  [
    'data: {table: h, target: p, folds: 5}\nseeds: 3\nparameters: {hidden: {value: 3}}',
    'seeds: found 3 seeds (1, 2, 3…); with 5 folds each seed is a fold',
  ],
  [
    'data: {table: h, target: p, folds: 5, validationShare: 0.5}\nparameters: {hidden: {value: 3}}',
    'data.validationShare: stands beside folds',
  ],
  [
    'data: {table: h, target: p}\npreflight: [{check: gradient-check}]\nparameters: {hidden: {value: 3}}',
    'preflight[0]: gradient-check is of the two-layer network',
  ],
  [
    `data: {table: h, target: p, ${FACTS}}\ntraining: {batchSize: 900}\nparameters: {hidden: {value: 3}}`,
    'training.batchSize: batch size 900 is larger than the training split of 800 rows',
  ],
  [
    'data: {table: h, target: p}\nstages: [{name: a, data: {target: q}, parameters: {hidden: {value: 3}}}]',
    'stages[0].data.target: is the same for all stages',
  ],
])('%s is refused', (body, expected) => {
  const problems = problemsOf(body);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(expected);
});

it('fills in defaults: Adam, one layer of 50, a fifth of the rows to validate on', () => {
  const plan = planOf(`data: {table: h, target: p, ${FACTS}}\nparameters: {weightDecay: {values: [0, 0.1]}}`);
  expect(plan.trials).toHaveLength(2);
  expect(settingsOf(plan, 1)).toMatchObject({
    engine: 'mlp-1',
    data: { task: 'regression', rows: 1000, split: { kind: 'holdout', validationShare: 0.2, dataSeed: 1 } },
    model: { layers: [50], activation: 'relu' },
    training: {
      batchSize: 100,
      schedule: { kind: 'constant', learningRate: 1e-3, steps: 2000 },
      optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      weightDecay: 0.1,
      dropout: 0,
      dropoutSeed: null,
    },
    seed: 0,
  });
});

it('puts parameters in their places, and packs trials of one table and batch size together', () => {
  const plan = planOf(
    `data: {table: h, target: p, folds: 5, ${FACTS}}
training: {optimizer: {kind: sgd, nesterov: true}, schedule: {kind: constant, learningRate: 0.1, steps: 7}}
parameters:
  hidden: {values: [3, 4]}
  depth: {values: [0, 2]}
  momentum: {value: 0.9}
  dropout: {value: 0.5}
  learningRate: {value: 0.2}
  batchSize: {values: [10, 20]}`,
  );
  expect(plan.trials).toHaveLength(8);
  const last = settingsOf(plan, 7);
  expect(last.model.layers).toEqual([4, 4]);
  expect(last.training).toMatchObject({
    batchSize: 20,
    schedule: { learningRate: 0.2, steps: 7 },
    optimizer: { momentum: 0.9, nesterov: true },
    dropout: 0.5,
  });
  expect(last.training.schedule).toEqual({ kind: 'constant', learningRate: 0.2, steps: 7 });
  expect(last.data.split).toEqual({ kind: 'folds', folds: 5, testShare: 0, dataSeed: 1 });
  expect(new Set(plan.trials.map(({ settings }) => packKeyOf(settings))).size).toBe(2);
});

it('can be summed up before anybody has looked at the table, and not be planned', () => {
  const body = 'data: {table: h, target: p}\nseeds: 4\nparameters: {hidden: {values: [3, 4]}}';
  expect(planSummary(parse(body))).toMatchObject({ runs: 8, steps: 16_000 });
  expect(() => planOf(body)).toThrow('data.facts');
});
