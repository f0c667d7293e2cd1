/** Sweeps and processors of several kinds: pinned to one by default, mixed where a person says so. */
import { readRunRows } from '../reading/run-rows.js';
import { resultsOf } from '../reading/sweep-results.js';
import { ConductorBench } from '../testing/conductor-bench.js';
import { createTestSystem } from '../testing/memory-system.js';
import { CLASS_A, CLASS_B, divergedResult, twoStageSpec } from '../testing/sweep-fixtures.js';

let bench: ConductorBench;
beforeEach(() => {
  bench = new ConductorBench(createTestSystem());
});
afterEach(async () => {
  await bench.close();
});

const trainerOf = (numericsClass: typeof CLASS_A, name: string) => bench.trainer({ numericsClass, name });

describe('a mixed sweep', () => {
  it('is completed by several classes, and its results say which', async () => {
    const sweepId = await bench.launch(twoStageSpec({ mixed: true }));
    await bench.tick();
    await trainerOf(CLASS_A, 'trainer-a').work(3);
    await bench.tick();
    expect((await bench.status(sweepId)).numericsClass).toBeNull();
    await bench.settle(trainerOf(CLASS_B, 'trainer-b'));
    expect(await bench.state(sweepId)).toBe('completed');
    const answer = await bench.answer(sweepId);
    expect(answer).toMatchObject({ complete: true, numericsClass: null });
    expect(answer.mixed?.map(({ numericsClass }) => numericsClass)).toEqual([CLASS_A, CLASS_B]);
    expect(answer.mixed?.reduce((sum, { runs }) => sum + runs, 0)).toBe(28 + 3);
    expect(resultsOf(await bench.facts(sweepId)).mixed).toEqual(answer.mixed);
    const record = await bench.store.getSweep(sweepId);
    const { runs } = await readRunRows(record!, { cursor: 0, limit: 100 }, bench);
    const classes = new Set(runs.map(({ commit }) => commit?.numericsClass));
    expect(classes).toEqual(new Set([CLASS_A, CLASS_B]));
  });

  it('keeps the first result of a run whatever class another one is of', async () => {
    const sweepId = await bench.launch(twoStageSpec({ mixed: true }));
    await bench.tick();
    const first = trainerOf(CLASS_B, 'trainer-b');
    const block = await first.claimOne();
    await first.commit(block);
    const late = bench.trainer({ numericsClass: CLASS_A, name: 'trainer-a', resultOf: divergedResult });
    await late.commit(block);
    expect((await bench.store.commitCounters()).duplicate).toBe(block.job.runs.length);
    await bench.queue.complete(block);
    await bench.settle(first);
    expect((await bench.answer(sweepId)).mixed).toEqual([{ numericsClass: CLASS_B, runs: 31 }]);
  });
});

describe('a sweep that is pinned', () => {
  it('says nothing of mixing', async () => {
    const sweepId = await bench.launch(twoStageSpec());
    await bench.settle();
    expect(await bench.answer(sweepId)).not.toHaveProperty('mixed');
    expect(resultsOf(await bench.facts(sweepId))).not.toHaveProperty('mixed');
  });

  it('waits in its plan while only trainers of another class are alive, and goes on with one of its own', async () => {
    const sweepId = await bench.launch(twoStageSpec());
    await bench.tick();
    const own = trainerOf(CLASS_A, 'trainer-a');
    await own.work(1);
    const other = trainerOf(CLASS_B, 'trainer-b');
    await other.heartbeat();
    await bench.tick();
    await bench.tick();
    expect((await bench.queue.depth()).waiting).toBe(0);
    expect(await other.claim()).toBeNull();
    expect(bench.conductor.openRuns()).toBeGreaterThan(0);
    await bench.settle(own);
    expect(await bench.state(sweepId)).toBe('completed');
  });
});
