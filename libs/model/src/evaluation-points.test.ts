import type { EvaluationSettings, LearningRateSchedule } from '@seedbed/contracts';
import { evaluationPoints } from './evaluation-points.js';

const cyclical = (stepSize: number, cycles: number): LearningRateSchedule => ({
  kind: 'cyclical',
  etaMin: 1e-5,
  etaMax: 0.1,
  stepSize,
  cycles,
});
const constant = (steps: number): LearningRateSchedule => ({ kind: 'constant', learningRate: 0.01, steps });

type Row = [EvaluationSettings['cadence'], string, LearningRateSchedule, number, readonly number[]];

// A run's curve is part of its result: other points here are other results under the same run id.
it.each<Row>([
  ['end', 'two cycles', cyclical(900, 2), 450, [3_600]],
  ['end', 'constant', constant(1_000), 450, [1_000]],
  ['cycle', 'one cycle', cyclical(900, 1), 450, [1_800]],
  ['cycle', 'three cycles', cyclical(900, 3), 490, [1_800, 3_600, 5_400]],
  ['cycle', 'constant, which has no cycles', constant(1_000), 450, [1_000]],
  ['epoch', 'ending with an epoch', cyclical(450, 1), 450, [0, 450, 900]],
  ['epoch', 'ending within an epoch', cyclical(500, 1), 450, [0, 450, 900, 1_000]],
  ['epoch', 'shorter than an epoch', cyclical(10, 1), 450, [0, 20]],
  ['epoch', 'constant', constant(250), 100, [0, 100, 200, 250]],
  ['epoch', 'constant, one step', constant(1), 1, [0, 1]],
])(
  'cadence %s, %s (raise ENGINE_VERSION when this changes)',
  (cadence, _what, schedule, batchesPerEpoch, points) => {
    const evaluation = { cadence, train: false, test: false };
    expect(evaluationPoints(evaluation, { schedule }, batchesPerEpoch)).toEqual(points);
  },
);

it('ends at a rung, with the points before it as they are', () => {
  const evaluation = { cadence: 'epoch', train: false, test: false } as const;
  const training = { schedule: cyclical(900, 2), until: 1_000 };
  expect(evaluationPoints(evaluation, training, 450)).toEqual([0, 450, 900, 1_000]);
  expect(evaluationPoints({ ...evaluation, cadence: 'cycle' }, training, 450)).toEqual([1_000]);
});
