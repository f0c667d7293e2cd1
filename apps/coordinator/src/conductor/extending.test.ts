/** Sweeps whose files are widened while they run or after their end. */
import { InputError, type SweepId, type SweepSpec, answerSchema } from '@seedbed/contracts';
import { type SweepRecord } from '@seedbed/queue';
import { extendSweep } from '../sweeps/extend.js';
import { control } from '../sweeps/control.js';
import { ConductorBench } from '../testing/conductor-bench.js';
import { createTestSystem } from '../testing/memory-system.js';
import { oneStageSpec, twoStageSpec } from '../testing/sweep-fixtures.js';

let bench: ConductorBench;
beforeEach(() => {
  bench = new ConductorBench(createTestSystem());
});
afterEach(async () => {
  await bench.close();
});

async function extend(sweepId: SweepId, spec: SweepSpec, key: string | null = null) {
  const now = '2026-11-27T10:00:00.000Z';
  const outcome = await extendSweep(bench.store, sweepId, { spec, idempotencyKey: key, now });
  bench.conductor.notice(sweepId);
  return outcome.kind;
}

const withValues = (values: number[], more: object = {}) =>
  oneStageSpec('search', 1, { parameters: { lambda: { values } }, ...more });

const trialsOf = async (sweepId: SweepId, stage = 0) => (await bench.facts(sweepId)).stages[stage]!.trials;
const decisionsOf = async (sweepId: SweepId) =>
  (await bench.facts(sweepId)).decisions.map(({ stage, round, outcome }) =>
    outcome.kind === 'round'
      ? [stage, `round ${outcome.round}`, ...outcome.additions.map(({ index, runs }) => `${index}+${runs}`)]
      : [stage, outcome.kind, round ?? 0],
  );

describe('extending', () => {
  it('trains only what is missing, moves nothing, and decides again', async () => {
    const sweepId = await bench.launch(withValues([1e-4, 1e-2]));
    await bench.settle();
    const before = await trialsOf(sweepId);
    const ids = await bench.blockIds(sweepId, 'search');
    expect(await bench.state(sweepId)).toBe('completed');

    expect(await extend(sweepId, withValues([1e-3, 1e-4, 1e-2], { seeds: 7 }))).toBe('extended');
    expect(await bench.state(sweepId)).toBe('running');
    const trainer = bench.trainer();
    await bench.settle(trainer);
    expect(await bench.state(sweepId)).toBe('completed');
    const after = await trialsOf(sweepId);
    expect(after.map(({ parameters }) => parameters['lambda'])).toEqual([1e-4, 1e-2, 1e-3]);
    expect(after.map(({ runs }) => runs.length)).toEqual([7, 7, 7]);
    for (const trial of before) expect(after[trial.index]!.runs.slice(0, 5)).toEqual(trial.runs);
    expect(await bench.blockIds(sweepId, 'search')).toEqual([
      ids[0],
      ids[0]!.replace(/0$/, '1'),
      ids[1],
      ids[1]!.replace(/0$/, '1'),
      `${sweepId}.search.2.0`,
      `${sweepId}.search.2.1`,
    ]);
    expect(trainer.claimed.sort()).toEqual(
      (await bench.blockIds(sweepId, 'search')).filter((id) => !ids.includes(id)).sort(),
    );
    expect(await decisionsOf(sweepId)).toEqual([
      ['search', 'best', 0],
      ['search', 'round 1', '0+2', '1+2', '2+7'],
      ['search', 'best', 1],
    ]);
    const answer = answerSchema.parse(await bench.answer(sweepId));
    expect(answer.complete).toBe(true);
    expect(answer.stages[0]!.comparison!.chosen.trialIndex).toBe(2);
  });

  it('goes on from any crash, and comes to the same answer', async () => {
    const wider = withValues([1e-4, 1e-2, 1e-3], { seeds: 6 });
    const answers = new Set<string>();
    for (const failing of ['writeDecision', 'writePlannedRound', null] as const) {
      for (const isWritten of [true, false]) {
        const own = new ConductorBench(createTestSystem());
        const sweepId = await own.launch(withValues([1e-4, 1e-2]));
        await own.settle();
        await extendSweep(own.store, sweepId, {
          spec: wider,
          idempotencyKey: null,
          now: new Date(0).toISOString(),
        });
        if (failing !== null) {
          const write = own.store[failing].bind(own.store) as (...args: unknown[]) => Promise<never>;
          own.store[failing] = async (...args: unknown[]) => {
            own.store[failing] = write as never;
            if (isWritten) await write(...args);
            throw new Error('killed');
          };
        }
        await own.restart();
        await own.tick();
        await own.restart();
        await own.settle();
        expect(await own.state(sweepId)).toBe('completed');
        answers.add(await own.answerText(sweepId));
        await own.close();
      }
    }
    expect(answers.size).toBe(1);
  });

  it('widens a running sweep, also before its stages are planned', async () => {
    const sweepId = await bench.launch(twoStageSpec());
    await bench.tick();
    const wider = twoStageSpec({ seeds: 8 });
    await extend(sweepId, wider);
    await bench.settle();
    expect(await bench.state(sweepId)).toBe('completed');
    expect((await trialsOf(sweepId)).map(({ runs }) => runs.length)).toEqual([8, 8, 8, 8]);
    expect((await bench.facts(sweepId)).stages[1]!.trials[0]!.runs).toHaveLength(3);
  });

  it('adds stages, and leaves those that are derived with the values that they had', async () => {
    const sweepId = await bench.launch(twoStageSpec());
    await bench.settle();
    const [final] = await trialsOf(sweepId, 1);
    const spec = twoStageSpec();
    const again = { ...spec.stages![1]!, name: 'again', seeds: 2 };
    const coarse = { ...spec.stages![0]!, points: [{ lambda: 0.0011 }] };
    await extend(sweepId, { ...spec, stages: [coarse, { ...spec.stages![1]!, seeds: 4 }, again] });
    await bench.settle();
    const stages = (await bench.facts(sweepId)).stages.map(({ trials }) => trials);
    expect(stages[0]).toHaveLength(5);
    expect(stages[1]![0]).toMatchObject({ parameters: final!.parameters, settings: final!.settings });
    expect(stages[1]![0]!.runs).toHaveLength(4);
    const best = (await bench.answer(sweepId)).stages[0]!.comparison!.chosen.trialIndex;
    expect(stages[2]![0]!.parameters).toEqual(stages[0]![best]!.parameters);
    expect(await bench.state(sweepId)).toBe('completed');
  });

  it('is not overtaken by a conductor that ends the sweep', async () => {
    const sweepId = await bench.launch(withValues([1e-4]));
    await bench.tick();
    const { store } = bench;
    const end = store.setSweepState.bind(store);
    store.setSweepState = async (id, change) => {
      store.setSweepState = end;
      await extend(sweepId, withValues([1e-4, 1e-3]));
      return end(id, change);
    };
    await bench.settle();
    expect(await bench.state(sweepId)).toBe('running');
    await bench.settle();
    expect(await trialsOf(sweepId)).toHaveLength(2);
    expect(await bench.state(sweepId)).toBe('completed');
  });

  it('may be asked for again, and refuses other files under the same key', async () => {
    const sweepId = await bench.launch(withValues([1e-4]));
    expect(await extend(sweepId, withValues([1e-4, 1e-3]), 'one')).toBe('extended');
    expect(await extend(sweepId, withValues([1e-4, 1e-3, 1e-2]), 'two')).toBe('extended');
    expect(await extend(sweepId, withValues([1e-4, 1e-3]), 'one')).toBe('existing');
    expect(await extend(sweepId, withValues([1e-4, 1e-3, 1e-2]))).toBe('existing');
    expect(await extend(sweepId, withValues([1e-4, 1]), 'two')).toBe('conflict');
    await control(bench.store, sweepId, 'cancel');
    expect(await extend(sweepId, withValues([1e-4, 1e-3, 1e-2, 1]))).toBe('refused');
    expect(((await bench.store.getSweep(sweepId)) as SweepRecord).extensions).toHaveLength(2);
  });

  it('refuses a file that lacks something, and writes nothing', async () => {
    const sweepId = await bench.launch(withValues([1e-4, 1e-3]));
    await expect(extend(sweepId, withValues([1e-4]))).rejects.toThrow(InputError);
    expect((await bench.store.getSweep(sweepId))?.extensions).toBeUndefined();
  });
});
