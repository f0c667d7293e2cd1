// A raced stage on a whole conductor: seeds in rounds for those that need them, the same decisions over restarts.
import { answerSchema } from '@seedbed/contracts';
import { ConductorBench } from '../testing/conductor-bench.js';
import { createTestSystem } from '../testing/memory-system.js';
import { oneStageSpec } from '../testing/sweep-fixtures.js';

let bench: ConductorBench;
beforeEach(() => {
  bench = new ConductorBench(createTestSystem());
});
afterEach(async () => {
  await bench.close();
});

const RACED = oneStageSpec('sweep', 6, { seeds: 12, answer: { delta: 0.003 }, racing: {} });

it('gives more seeds to those that are open, and none to those that are told apart', async () => {
  const sweepId = await bench.launch(RACED);
  await bench.settle();
  expect(await bench.state(sweepId)).toBe('completed');
  const { stages, decisions } = answerSchema.parse(await bench.answer(sweepId));
  const [stage] = stages;
  const { comparison, trials } = stage!;
  const rounds = decisions.filter(({ kind }) => kind === 'round');
  expect(rounds.length).toBeGreaterThan(0);
  expect(decisions.at(-1)!.kind).toBe('stage-best');
  expect(comparison!.race!.end).not.toBeNull();
  expect(comparison!.race!.looks.map(({ seeds }) => seeds)).toEqual([3, 6, 12].slice(0, rounds.length + 1));
  const first = rounds[0]!.outcome;
  if (first.kind !== 'round') throw new Error('no round');
  expect(first).toMatchObject({ round: 1, cause: 'racing', race: { look: 0, seeds: 3, nextSeeds: 6 } });
  expect(first.race!.excluded.length).toBeGreaterThan(0);
  for (const index of first.race!.excluded) {
    expect(trials[index]!.planned).toBe(3);
    expect(comparison!.trials.find((trial) => trial.index === index)!.verdict).toBe('excluded');
  }
  for (const { index } of first.additions) expect(trials[index]!.planned).toBeGreaterThanOrEqual(6);
  expect(trials.every(({ runs }) => runs.every(({ seed }, place) => seed === place + 1))).toBe(true);
});

it('comes to the same answer over restarts at every step', async () => {
  const undisturbed = new ConductorBench(createTestSystem());
  const reference = await undisturbed.launch(RACED);
  await undisturbed.settle();

  const sweepId = await bench.launch(RACED);
  const trainer = bench.trainer();
  for (let step = 0; step < 80 && (await bench.state(sweepId)) === 'running'; step += 1) {
    await bench.restart();
    await bench.tick();
    await trainer.work(1);
  }
  expect(await bench.answerText(sweepId)).toBe(await undisturbed.answerText(reference));
});

it('decides by itself when it is over: with one trial there is nothing to race', async () => {
  const sweepId = await bench.launch(
    oneStageSpec('alone', 2, {
      ...{ seeds: 12, racing: {} },
      parameters: { lambda: { values: [0.001] } },
    }),
  );
  await bench.settle();
  expect((await bench.answer(sweepId)).stages[0]!.trials[0]!.planned).toBe(3);
});
