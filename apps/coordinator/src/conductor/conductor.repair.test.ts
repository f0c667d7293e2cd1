/** What the conductor makes of a queue that is not as it should be, and of runs that were set aside. */
import { type SweepId, jobIdOf } from '@seedbed/contracts';
import { retry } from '../sweeps/control.js';
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

describe('repair', () => {
  it('adds a block again that was removed from the queue behind its back', async () => {
    const sweepId = await bench.launch(oneStageSpec('sweep', 3));
    await bench.tick();
    const [jobId] = await bench.blockIds(sweepId, 'search');
    if (jobId === undefined) throw new Error('no blocks');
    await bench.queue.remove([jobId]);
    expect((await bench.queue.states([jobId])).get(jobId)).toBe('absent');
    await bench.tick();
    expect((await bench.queue.states([jobId])).get(jobId)).toBe('waiting');
    expect(bench.log).toContainEqual({
      level: 'warn',
      message: 'repaired the queue',
      details: { sweepId, added: [jobId], replaced: [] },
    });
  });

  it('replaces a block that was completed without its commits', async () => {
    const sweepId = await bench.launch(oneStageSpec('sweep', 2));
    const trainer = bench.trainer();
    await bench.tick();
    const block = await trainer.claimOne();
    await trainer.commit(block, 2);
    await bench.queue.complete(block);
    await bench.settle(trainer);
    expect(await bench.state(sweepId)).toBe('completed');
    expect(trainer.claimed.filter((jobId) => jobId === block.jobId)).toHaveLength(2);
  });

  it('replaces an orphan: a record in no list, which makes adding a silent no-op', async () => {
    const sweepId = await bench.launch(oneStageSpec('sweep', 2));
    await bench.tick();
    const [jobId] = await bench.blockIds(sweepId, 'search');
    if (jobId === undefined) throw new Error('no blocks');
    const { queue } = bench;
    const [states, forget, add] = [queue.states.bind(queue), queue.forget.bind(queue), queue.add.bind(queue)];
    let isOrphan = true;
    await queue.remove([jobId]);
    queue.states = async (jobIds) => {
      const known = await states(jobIds);
      return isOrphan && known.has(jobId) ? known.set(jobId, 'orphan') : known;
    };
    queue.forget = async (jobIds) => {
      if (jobIds.includes(jobId)) isOrphan = false;
      await forget(jobIds);
    };
    queue.add = async (jobs) => await add(jobs.filter((job) => !isOrphan || jobIdOf(job) !== jobId));
    await bench.tick();
    expect((await states([jobId])).get(jobId)).toBe('waiting');
    await bench.settle();
    expect(await bench.state(sweepId)).toBe('completed');
  });

  it('does not take a block for broken that is completed while it looks', async () => {
    await bench.launch(oneStageSpec('sweep', 2));
    const trainer = bench.trainer();
    await bench.tick();
    const held = await trainer.claimOne();
    const states = bench.queue.states.bind(bench.queue);
    let isTold = false;
    bench.queue.states = async (jobIds) => {
      if (!isTold) await trainer.finish(held);
      isTold = true;
      return await states(jobIds);
    };
    await bench.tick();
    expect(isTold).toBe(true);
    expect(bench.log.filter((line) => line.level === 'warn')).toEqual([]);
  });

  it('leaves a healthy queue alone', async () => {
    await bench.launch(oneStageSpec('sweep', 3));
    await bench.tick();
    await bench.trainer().claim();
    await bench.tick();
    await bench.tick();
    expect(bench.log.filter((line) => line.level !== 'info')).toEqual([]);
  });
});

describe('runs that were set aside', () => {
  const poison = { cause: 'poison', reason: 'the child crashed', guilty: true } as const;

  async function killOneBlock(): Promise<{ sweepId: SweepId; jobId: string }> {
    const sweepId = await bench.launch(twoStageSpec());
    const trainer = bench.trainer();
    await bench.tick();
    const block = await trainer.claimOne();
    let held: typeof block | null = block;
    for (;;) {
      if (held === null) throw new Error('the block did not come back');
      if (held.jobId !== block.jobId) await trainer.finish(held);
      else if ((await trainer.fail(held, poison)) === 'dead') break;
      held = await trainer.claim();
    }
    await bench.settle(trainer);
    return { sweepId, jobId: block.jobId };
  }

  it('ends incomplete with the reason when all the rest is done', async () => {
    const { sweepId } = await killOneBlock();
    const status = await bench.status(sweepId);
    expect(status.state).toBe('incomplete');
    expect(status.reason).toContain('stage "coarse": 5 of 28 runs were set aside (the child crashed)');
    expect(status.stages.map(({ state, deadLetters }) => [state, deadLetters])).toEqual([
      ['incomplete', 5],
      ['waiting', 0],
    ]);
    const answer = await bench.answer(sweepId);
    expect(answer.complete).toBe(false);
    expect(answer.stages[0]?.best).toBeNull();
  });

  it('completes after a retry, with the answer of an undisturbed sweep', async () => {
    const { sweepId } = await killOneBlock();
    expect(await retry(bench.store, sweepId)).toBe('done');
    bench.conductor.notice(sweepId);
    await bench.settle();
    expect(await bench.state(sweepId)).toBe('completed');

    const undisturbed = new ConductorBench(createTestSystem());
    const reference = await undisturbed.launch(twoStageSpec());
    await undisturbed.settle();
    expect(await bench.answerText(sweepId)).toBe(await undisturbed.answerText(reference));
  });

  it('is not repaired back into the queue', async () => {
    const { jobId } = await killOneBlock();
    await bench.tick();
    expect((await bench.queue.states([jobId])).get(jobId)).not.toBe('waiting');
  });
});
