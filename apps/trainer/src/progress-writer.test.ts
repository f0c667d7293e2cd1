import { type CurvePoint, RetryableError, type RunId, type RunProgress } from '@seedbed/contracts';
import { createMemorySystem } from '@seedbed/queue';
import { ProgressWriter } from './progress-writer.js';
import { blockOf, TEST_SWEEP } from './testing/blocks.js';
import { until } from './testing/until.js';

const [one, two] = blockOf({ trialIndex: 0, seeds: [1, 2] }).runs.map(({ runId }) => runId) as [RunId, RunId];
const progress: RunProgress = { step: 1, steps: 9, validationAccuracy: 0.5, validationLoss: 1 };
const point = (step: number): CurvePoint => ({
  step,
  validation: { accuracy: { correct: 1, count: 2 }, loss: 1, cost: 1 },
});

it('writes evaluations once Redis is back, but none of a run that has its result', async () => {
  const { store } = createMemorySystem();
  let refused = 0;
  const away = async () => {
    refused += 1;
    if (refused <= 2) throw new RetryableError('Redis is away');
  };
  const writer = new ProgressWriter(
    {
      writeProgress: (...written) => away().then(() => store.writeProgress(...written)),
      appendCurves: (...written) => store.appendCurves(...written),
    },
    10,
  );
  writer.note({ sweepId: TEST_SWEEP, runId: one }, progress, [point(1)]);
  writer.note({ sweepId: TEST_SWEEP, runId: two }, progress, [point(1)]);
  writer.start();
  await until(async () => refused === 1);
  writer.note({ sweepId: TEST_SWEEP, runId: one }, { ...progress, step: 2 }, [point(2)]);
  writer.forget({ sweepId: TEST_SWEEP, runId: two });
  await until(async () => (await store.readCurve(TEST_SWEEP, one)).length === 2);
  writer.stop();
  expect(await store.readProgress(TEST_SWEEP)).toEqual(new Map([[one, { ...progress, step: 2 }]]));
  expect(await store.readCurve(TEST_SWEEP, two)).toEqual([]);
  expect(refused).toBe(3);
});
