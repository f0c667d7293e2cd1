/** The number that autoscalers read: 0 → N → 0, never 0 while there is something to do or to rescue. */
import { REFERENCE_RUNS_PER_TRAINER, type ScaleResponse, scaleResponseSchema } from '@seedbed/contracts';
import { createTestSystem } from '../testing/memory-system.js';
import { type HttpBench, createHttpBench } from '../testing/http-bench.js';
import { oneStageSpec, twoStageSpec } from '../testing/sweep-fixtures.js';
import { control } from '../sweeps/control.js';

let http: HttpBench;
let recoverLostBlocks: () => void;
beforeEach(async () => {
  const system = createTestSystem();
  recoverLostBlocks = system.recoverLostBlocks;
  http = await createHttpBench({ system });
  await http.bench.tick();
});

async function scale(query = ''): Promise<ScaleResponse> {
  const response = await http.app.inject({ url: `/v1/scale${query}` });
  expect(response.statusCode).toBe(200);
  return scaleResponseSchema.parse(response.json());
}

const wanted = async () => (await scale()).trainersWanted;

describe('GET /v1/scale', () => {
  it('shows all work of a sweep although no trainer is alive and only some of it is in the queue', async () => {
    const { bench } = http;
    expect(await scale()).toEqual({
      outstandingRuns: 0,
      runsPerTrainer: REFERENCE_RUNS_PER_TRAINER,
      trainersWanted: 0,
      trainersTraining: 0,
    });
    await bench.launch(oneStageSpec('large', 200));
    await bench.tick();
    expect((await bench.queue.depth()).waiting).toBeLessThan(200);
    expect(await scale()).toMatchObject({ outstandingRuns: 1_000, trainersWanted: 40 });
  });

  it('counts in a fixed unit, whatever the trainers train together, and in a given one', async () => {
    const { bench } = http;
    await bench.launch(oneStageSpec('some', 11));
    await bench.tick();
    for (const name of ['trainer-1', 'trainer-2', 'trainer-3']) await bench.trainer({ name }).heartbeat(4);
    expect(await wanted()).toBe(3);
    expect(await scale('?runsPerTrainer=50')).toMatchObject({ runsPerTrainer: 50, trainersWanted: 2 });
    for (const query of ['?runsPerTrainer=0', '?runsPerTrainer=many', '?width=3']) {
      expect((await http.app.inject({ url: `/v1/scale${query}` })).statusCode).toBe(400);
    }
  });

  it('goes back to 0 with the last block, not with the last commit, and holds over stages', async () => {
    const { bench } = http;
    await bench.launch(twoStageSpec());
    await bench.tick();
    const trainer = bench.trainer();
    expect(await scale()).toMatchObject({ outstandingRuns: 28, trainersWanted: 2 });
    await trainer.work();
    await bench.tick();
    expect(await scale()).toMatchObject({ outstandingRuns: 3, trainersWanted: 1 });
    const last = await trainer.claimOne();
    await trainer.commit(last);
    await bench.tick();
    expect(await scale()).toMatchObject({ outstandingRuns: 1, trainersWanted: 1 });
    await bench.queue.complete(last);
    expect(await wanted()).toBe(0);
  });

  it('does not count what is paused, but what of it is being trained', async () => {
    const { bench } = http;
    const sweepId = await bench.launch(oneStageSpec('paused', 50));
    await bench.tick();
    const trainer = bench.trainer();
    const block = await trainer.claimOne();
    await control(bench.store, sweepId, 'pause');
    await bench.tick();
    expect(await wanted()).toBe(1);
    await trainer.finish(block);
    expect(await wanted()).toBe(0);
    await control(bench.store, sweepId, 'resume');
    await bench.tick();
    expect(await scale()).toMatchObject({ outstandingRuns: 245 });
  });

  it('stays above 0 until the block of a dead trainer has been rescued and trained', async () => {
    const { bench } = http;
    await bench.launch(oneStageSpec('pair', 2));
    await bench.tick();
    const dead = bench.trainer({ name: 'dead' });
    await dead.finish(await dead.claimOne());
    await dead.commit(await dead.claimOne());
    await bench.tick();
    expect(await scale()).toMatchObject({ outstandingRuns: 1, trainersWanted: 1 });
    recoverLostBlocks();
    await bench.tick();
    await bench.trainer().work();
    await bench.tick();
    expect(await wanted()).toBe(0);
  });

  it('answers 503 rather than a wrong 0 while it cannot know', async () => {
    const { bench } = http;
    await bench.launch(oneStageSpec('unseen', 2));
    await bench.restart();
    expect((await http.app.inject({ url: '/v1/scale' })).statusCode).toBe(503);
    await bench.tick();
    expect(await wanted()).toBe(1);
    const other = bench.newConductor();
    await other.tick({ thorough: true });
    expect(other.openRuns()).toBeNull();
  });

  it('leaves out what was set aside', async () => {
    const { bench } = http;
    await bench.launch(oneStageSpec('broken', 2));
    await bench.tick();
    const trainer = bench.trainer();
    const failure = { cause: 'error', reason: 'always fails', guilty: true } as const;
    const other = await trainer.claimOne();
    let outcome = 'waiting';
    while (outcome === 'waiting') outcome = await trainer.fail(await trainer.claimOne(), failure);
    await bench.tick();
    expect(await scale()).toMatchObject({ outstandingRuns: 5 });
    await trainer.finish(other);
    await bench.tick();
    expect(await wanted()).toBe(0);
  });
});
