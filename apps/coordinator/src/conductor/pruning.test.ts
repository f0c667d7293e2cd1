// A pruned stage on a whole conductor: rungs in turn, decisions that a restart repeats, an answer that names who was pruned.
import { sweepSpecSchema } from '@seedbed/contracts';
import { ConductorBench } from '../testing/conductor-bench.js';
import { createTestSystem } from '../testing/memory-system.js';
import { divergedResult, oneStageSpec } from '../testing/sweep-fixtures.js';

let bench: ConductorBench;
beforeEach(() => {
  bench = new ConductorBench(createTestSystem());
});
afterEach(async () => {
  await bench.close();
});

const PRUNED = oneStageSpec('sweep', 9, {
  seeds: 2,
  pruning: { kind: 'successive-halving', rungs: [3, 6], factor: 3 },
});

it('trains rungs in turn, each with the trials that the one before kept, and the rest to the end', async () => {
  const sweepId = await bench.launch(PRUNED);
  await bench.settle();
  expect(await bench.state(sweepId)).toBe('completed');
  const { stages, decisions } = await bench.answer(sweepId);
  expect(stages.map(({ stage, trials }) => [stage, trials.length])).toEqual([
    ['search-rung-1', 9],
    ['search-rung-2', 3],
    ['search', 1],
  ]);
  expect(decisions.map(({ kind, stage }) => [kind, stage])).toEqual([
    ['rung', 'search-rung-1'],
    ['rung', 'search-rung-2'],
    ['stage-best', 'search'],
  ]);
  const [first, second, last] = stages;
  const kept = decisions.map(({ outcome }) => (outcome.kind === 'kept' ? outcome.trials : []));
  expect(second!.trials.map(({ index }) => index)).toEqual(kept[0]);
  expect(last!.trials.map(({ index }) => index)).toEqual(kept[1]);
  expect(first!.comparison).toBeNull();
  const prunedAt = Object.fromEntries(last!.pruned!.map(({ index, step }) => [index, step]));
  expect(Object.values(prunedAt).filter((step) => step === 3)).toHaveLength(6);
  expect(Object.values(prunedAt).filter((step) => step === 6)).toHaveLength(2);
  expect(last!.best).toBe(last!.trials[0]!.index);
});

it('comes to the same answer over restarts at every step', async () => {
  const undisturbed = new ConductorBench(createTestSystem());
  const reference = await undisturbed.launch(PRUNED);
  await undisturbed.settle();

  const sweepId = await bench.launch(PRUNED);
  const trainer = bench.trainer();
  for (let step = 0; step < 60 && (await bench.state(sweepId)) === 'running'; step += 1) {
    await bench.restart();
    await bench.tick();
    await trainer.work(1);
  }
  expect(await bench.answerText(sweepId)).toBe(await undisturbed.answerText(reference));
});

it('finds the runs of the end where a sweep without pruning has trained them', async () => {
  await bench.launch(sweepSpecSchema.parse({ ...PRUNED, name: 'whole', pruning: undefined }));
  const trainer = bench.trainer();
  await bench.settle(trainer);
  const before = trainer.claimed.length;
  await bench.launch(PRUNED);
  await bench.settle(trainer);
  // 9 and 3 blocks of rungs; the one of the end was there.
  expect(trainer.claimed.length - before).toBe(12);
});

it('ends incomplete when no trial gets past a rung', async () => {
  const sweepId = await bench.launch(PRUNED);
  await bench.settle(bench.trainer({ resultOf: () => divergedResult() }));
  expect(await bench.state(sweepId)).toBe('incomplete');
});
