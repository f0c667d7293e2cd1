/** The conductor against the queue in memory, tick by tick: deterministic, no timers, no sleeps. */
import type { SweepId } from '@seedbed/contracts';
import { control } from '../sweeps/control.js';
import { ConductorBench } from '../testing/conductor-bench.js';
import { createTestSystem } from '../testing/memory-system.js';
import {
  CLASS_A,
  CLASS_B,
  cannedResult,
  divergedResult,
  gradientCheck,
  oneStageSpec,
  overfitted,
  twoStageSpec,
  withPreflight,
} from '../testing/sweep-fixtures.js';
import { WAITING_BLOCKS_MIN } from './fair-share.js';

let bench: ConductorBench;
beforeEach(() => {
  bench = new ConductorBench(createTestSystem());
});
afterEach(async () => {
  await bench.close();
});

describe('the life of a sweep', () => {
  it('goes from preflight through the derived stage to completed', async () => {
    const sweepId = await bench.launch(withPreflight(twoStageSpec()));
    await bench.tick();
    expect((await bench.status(sweepId)).stages.map((stage) => stage.state)).toEqual([
      'running',
      'waiting',
      'waiting',
    ]);
    await bench.settle();

    const status = await bench.status(sweepId);
    expect(status).toMatchObject({ state: 'completed', reason: null, numericsClass: CLASS_A });
    expect(status.finishedAt).not.toBeNull();
    expect(status.stages.map(({ stage, committed, planned }) => [stage, committed, planned])).toEqual([
      ['gradient-check', 1, 1],
      ['coarse', 28, 28],
      ['final', 3, 3],
    ]);
    const answer = await bench.answer(sweepId);
    expect(answer.complete).toBe(true);
    expect(answer.decisions.map(({ number, stage, outcome }) => [number, stage, outcome.kind])).toEqual([
      [0, 'gradient-check', 'passed'],
      [1, 'coarse', 'best'],
      [2, 'final', 'best'],
    ]);
  });

  it('gives the derived stage the best value, bit for bit', async () => {
    const sweepId = await bench.launch(twoStageSpec());
    await bench.settle();
    const [coarse, final] = (await bench.facts(sweepId)).stages;
    // The canned accuracy is highest at λ = 1e-3, the third of four grid points.
    expect(final?.trials[0]?.parameters['lambda']).toBe(coarse?.trials[2]?.parameters['lambda']);
    expect(final?.trials[0]?.settings).toMatchObject({
      training: { lambda: coarse?.trials[2]?.parameters['lambda'] },
    });
  });

  it('writes the plan before any block is in the queue', async () => {
    const { store, queue } = bench;
    const sweepId = await bench.launch(twoStageSpec());
    const plansAtAdd: number[] = [];
    const add = queue.add.bind(queue);
    queue.add = async (jobs) => {
      if (jobs.length > 0) plansAtAdd.push((await store.readPlannedStages(sweepId)).length);
      await add(jobs);
    };
    await bench.settle();
    expect(plansAtAdd.length).toBeGreaterThan(0);
    expect(plansAtAdd[0]).toBe(1);
  });

  it('fails the sweep when the preflight fails, and fans nothing out', async () => {
    const sweepId = await bench.launch(withPreflight(twoStageSpec()));
    await bench.settle(bench.trainer({ resultOf: () => gradientCheck(false) }));
    const status = await bench.status(sweepId);
    expect(status.state).toBe('failed');
    expect(status.reason).toContain('gradient check on 2 samples failed');
    expect((await bench.facts(sweepId)).stages).toHaveLength(1);
    expect(await bench.queue.depth()).toEqual({ waiting: 0, active: 0 });
  });

  it('checks one batch and a canary before all else, and trains the canary once', async () => {
    const checks = [
      { check: 'gradient-check', samples: 2 },
      { check: 'overfit-one-batch' },
      { check: 'canary' },
    ];
    const sweepId = await bench.launch(twoStageSpec({ preflight: checks }));
    await bench.tick();
    expect((await bench.status(sweepId)).stages.map(({ state }) => state)).toEqual([
      ...['running', 'running', 'running', 'waiting', 'waiting'],
    ]);
    await bench.settle();
    expect(await bench.state(sweepId)).toBe('completed');
    const { committed } = await bench.store.commitCounters();
    // Of 28 + 3 runs and two checks; the canary is one of the 28.
    expect(committed).toBe(33);
    const { decisions } = await bench.answer(sweepId);
    expect(decisions.slice(0, 3).map(({ outcome }) => outcome.kind)).toEqual(['passed', 'passed', 'passed']);
  });

  it.each([
    ['overfit-one-batch', () => overfitted(1.2, 0.1), /not learned by heart in 500 steps: .*1\.20 after 500/],
    ['canary', () => divergedResult(), /seed 1 diverged: the loss is not a number/],
  ])(
    'fails the sweep with the evidence when its %s fails, and fans nothing out',
    async (check, result, words) => {
      const sweepId = await bench.launch(twoStageSpec({ preflight: [{ check }] }));
      await bench.settle(bench.trainer({ resultOf: result }));
      const { state, reason } = await bench.status(sweepId);
      expect(state).toBe('failed');
      expect(reason).toMatch(words);
      expect((await bench.facts(sweepId)).stages).toHaveLength(1);
    },
  );

  it('fails the sweep when its canary takes too long', async () => {
    const check = { check: 'canary', expectedSeconds: 0.01, factor: 10 };
    const sweepId = await bench.launch(twoStageSpec({ preflight: [check] }));
    await bench.settle();
    // The fixture's runs take 0.105 s.
    expect(await bench.status(sweepId)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('the canary took 0.1 s of a core; expected 0.0 s'),
    });
  });

  it('counts diverged runs as results and says when a stage has no best', async () => {
    const sweepId = await bench.launch(twoStageSpec());
    await bench.settle(bench.trainer({ resultOf: () => divergedResult() }));
    const status = await bench.status(sweepId);
    expect(status.state).toBe('incomplete');
    expect(status.reason).toContain('stage "coarse" has no best trial');
    expect(status.stages.map((stage) => stage.state)).toEqual(['completed', 'waiting']);
  });

  it('leaves nothing in the queue of a finished sweep', async () => {
    const sweepId = await bench.launch(twoStageSpec());
    await bench.settle();
    await bench.tick();
    const jobIds = [
      ...(await bench.blockIds(sweepId, 'coarse')),
      ...(await bench.blockIds(sweepId, 'final')),
    ];
    expect(new Set((await bench.queue.states(jobIds)).values())).toEqual(new Set(['absent']));
  });

  it('moves on with a hint alone, without a thorough tick', async () => {
    const sweepId = await bench.launch(twoStageSpec());
    const trainer = bench.trainer();
    await bench.tick();
    await trainer.work();
    await bench.glance();
    expect((await bench.facts(sweepId)).decisions).toHaveLength(1);
    expect(await trainer.work()).toBe(1);
    await bench.glance();
    expect(await bench.state(sweepId)).toBe('completed');
  });
});

describe('feeding', () => {
  it('keeps the queue shallow, and deeper when more children are alive', async () => {
    await bench.launch(oneStageSpec('large', 500));
    await bench.tick();
    expect((await bench.queue.depth()).waiting).toBe(WAITING_BLOCKS_MIN);
    await bench.trainer().heartbeat(4);
    await bench.tick();
    expect((await bench.queue.depth()).waiting).toBe(160);
  });

  it('lets a sweep launched later have its share', async () => {
    const large = await bench.launch(oneStageSpec('large', 300));
    await bench.tick();
    const small = await bench.launch(oneStageSpec('small', 10));
    const trainer = bench.trainer();
    await bench.tick();
    await trainer.work(WAITING_BLOCKS_MIN);
    await bench.tick();
    await trainer.work(20);
    const counts = (sweepId: SweepId) =>
      trainer.claimed.filter((jobId) => jobId.startsWith(`${sweepId}.`)).length;
    expect(counts(large)).toBe(WAITING_BLOCKS_MIN + 10);
    expect(counts(small)).toBe(10);
  });

  it('never enqueues a block whose runs another sweep has trained', async () => {
    const first = await bench.launch(twoStageSpec());
    await bench.settle();
    const trainer = bench.trainer();
    await trainer.heartbeat();
    const second = await bench.launch(twoStageSpec({ name: 'again' }));
    await bench.settle(trainer);
    expect(trainer.claimed).toEqual([]);
    expect(await bench.state(second)).toBe('completed');
    expect((await bench.answer(second)).stages).toEqual((await bench.answer(first)).stages);
  });

  it('finds out before it adds a block that its runs were committed meanwhile', async () => {
    const trainer = bench.trainer();
    const second = await bench.launch(oneStageSpec('second', 3));
    await bench.tick();
    await trainer.work(1);
    await control(bench.store, second, 'pause');
    await bench.tick();
    await bench.launch(oneStageSpec('first', 3));
    await bench.settle(trainer);
    const claimedBefore = trainer.claimed.length;
    await control(bench.store, second, 'resume');
    await bench.glance();
    expect(await bench.queue.depth()).toEqual({ waiting: 0, active: 0 });
    expect(await bench.state(second)).toBe('completed');
    expect(trainer.claimed).toHaveLength(claimedBefore);
  });

  it('enqueues only what an extended sweep adds', async () => {
    await bench.launch(oneStageSpec('short', 3, { seeds: 5 }));
    await bench.settle();
    const trainer = bench.trainer();
    await trainer.heartbeat();
    await bench.launch(oneStageSpec('long', 3, { seeds: 8 }));
    await bench.settle(trainer);
    // Three blocks of seeds 6 to 8; the first five seeds of each trial are committed.
    expect(trainer.claimed.map((jobId) => jobId.split('.').at(-1))).toEqual(['1', '1', '1']);
  });

  it('does not mix in results of another numerics class', async () => {
    await bench.launch(oneStageSpec('first', 2));
    const first = bench.trainer({ numericsClass: CLASS_A });
    await bench.settle(first);
    await first.leave();
    const other = bench.trainer({ numericsClass: CLASS_B, name: 'trainer-b' });
    const second = await bench.launch(oneStageSpec('second', 2));
    await bench.settle(other);
    expect(other.claimed).toHaveLength(2);
    expect(await bench.status(second)).toMatchObject({ state: 'completed', numericsClass: CLASS_B });
  });
});

describe('pause, resume and cancel', () => {
  it('takes waiting blocks out, leaves active ones alone, and goes on where it was', async () => {
    const undisturbed = new ConductorBench(createTestSystem());
    const reference = await undisturbed.launch(oneStageSpec('sweep', 12));
    await undisturbed.settle();

    const sweepId = await bench.launch(oneStageSpec('sweep', 12));
    const trainer = bench.trainer();
    await bench.tick();
    const held = await trainer.claimOne();
    expect(await control(bench.store, sweepId, 'pause')).toBe('done');
    await bench.tick();
    expect(await bench.queue.depth()).toEqual({ waiting: 0, active: 1 });
    await trainer.finish(held);
    await bench.tick();
    expect(await bench.queue.depth()).toEqual({ waiting: 0, active: 0 });
    expect(await bench.state(sweepId)).toBe('paused');

    expect(await control(bench.store, sweepId, 'resume')).toBe('done');
    await bench.tick();
    expect((await bench.queue.depth()).waiting).toBe(11);
    await bench.settle(trainer);
    expect(await bench.answerText(sweepId)).toBe(await undisturbed.answerText(reference));
    expect(new Set(trainer.claimed).size).toBe(trainer.claimed.length);
  });

  it('takes out what a trainer hands back while the sweep is paused', async () => {
    const sweepId = await bench.launch(oneStageSpec('sweep', 3));
    await bench.tick();
    const held = await bench.trainer().claimOne();
    await control(bench.store, sweepId, 'pause');
    await bench.tick();
    await bench.queue.handBack(held);
    expect((await bench.queue.depth()).waiting).toBe(1);
    await bench.tick();
    expect((await bench.queue.depth()).waiting).toBe(0);
  });

  it('stays paused over a restart', async () => {
    const sweepId = await bench.launch(oneStageSpec('sweep', 3));
    await bench.tick();
    await control(bench.store, sweepId, 'pause');
    await bench.restart();
    await bench.tick();
    expect(await bench.queue.depth()).toEqual({ waiting: 0, active: 0 });
    await control(bench.store, sweepId, 'resume');
    await bench.settle();
    expect(await bench.state(sweepId)).toBe('completed');
  });

  it('cancels: nothing waits any more and the trainer drops what it holds', async () => {
    const sweepId = await bench.launch(oneStageSpec('sweep', 12));
    const trainer = bench.trainer();
    await bench.tick();
    const held = await trainer.claimOne();
    await control(bench.store, sweepId, 'cancel');
    await bench.tick();
    expect(await bench.queue.depth()).toEqual({ waiting: 0, active: 1 });
    await trainer.finish(held);
    await bench.settle(trainer);
    const status = await bench.status(sweepId);
    expect(status.state).toBe('cancelled');
    expect(status.stages[0]?.committed).toBe(0);
    expect(await bench.queue.depth()).toEqual({ waiting: 0, active: 0 });
  });

  it('clears away a sweep that was cancelled while nobody conducted', async () => {
    const sweepId = await bench.launch(oneStageSpec('sweep', 3));
    await bench.tick();
    await bench.conductor.close();
    await control(bench.store, sweepId, 'cancel');
    await bench.restart();
    await bench.tick();
    expect(await bench.queue.depth()).toEqual({ waiting: 0, active: 0 });
  });
});

describe('restart and leadership', () => {
  it('replays from the records: same decisions, same answer, nothing trained twice', async () => {
    const undisturbed = new ConductorBench(createTestSystem());
    const reference = await undisturbed.launch(withPreflight(twoStageSpec()));
    await undisturbed.settle();

    const sweepId = await bench.launch(withPreflight(twoStageSpec()));
    const trainer = bench.trainer();
    for (let step = 0; step < 60 && (await bench.state(sweepId)) === 'running'; step += 1) {
      await bench.restart();
      await bench.tick();
      await trainer.work(1);
    }
    expect(await bench.state(sweepId)).toBe('completed');
    expect(await bench.answerText(sweepId)).toBe(await undisturbed.answerText(reference));
    expect(new Set(trainer.claimed).size).toBe(trainer.claimed.length);
  });

  it('lets the decision that stands stand', async () => {
    const sweepId = await bench.launch(twoStageSpec());
    await bench.tick();
    const standing = {
      number: 0,
      kind: 'stage-best',
      stage: 'coarse',
      inputsDigest: 'f'.repeat(64),
      outcome: { kind: 'best', trialIndex: 3, parameters: { lambda: 0.25 }, mean: 1, rule: 'highest-mean' },
    } as const;
    await bench.store.writeDecision(sweepId, standing);
    await bench.settle();
    const { stages, decisions } = await bench.facts(sweepId);
    expect(decisions[0]).toEqual(standing);
    expect(stages[1]?.trials[0]?.parameters).toEqual({ lambda: 0.25 });
  });

  it('conducts in one place only, and elsewhere after the lease is given up', async () => {
    await bench.launch(oneStageSpec('sweep', 3));
    const second = bench.newConductor('second');
    await bench.tick();
    await second.tick({ thorough: true });
    expect([bench.conductor.isLeading, second.isLeading]).toEqual([true, false]);
    await bench.conductor.close();
    await second.tick({ thorough: true });
    expect(second.isLeading).toBe(true);
    await bench.tick();
    expect(bench.conductor.isLeading).toBe(false);
    await second.close();
  });

  it('does no harm when two conduct at once for a moment', async () => {
    const sweepId = await bench.launch(twoStageSpec());
    const second = bench.newConductor('second');
    // As after a pause longer than the lease: both believe that they lead.
    const holdLease = bench.store.holdLease.bind(bench.store);
    bench.store.holdLease = async (owner) => ({ epoch: owner === 'second' ? 2 : 1 });
    const trainer = bench.trainer();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([bench.tick(), second.tick({ thorough: true })]);
      await trainer.work();
    }
    bench.store.holdLease = holdLease;
    expect(await bench.state(sweepId)).toBe('completed');
    expect((await bench.answer(sweepId)).decisions).toHaveLength(2);
    expect(new Set(trainer.claimed).size).toBe(trainer.claimed.length);
  });

  it('goes on with the other sweeps when one cannot be read, and says so once', async () => {
    const broken = await bench.launch(oneStageSpec('broken', 2));
    const healthy = await bench.launch(oneStageSpec('healthy', 2));
    const readPlannedStages = bench.store.readPlannedStages.bind(bench.store);
    bench.store.readPlannedStages = async (sweepId) => {
      if (sweepId === broken) throw new TypeError('unreadable plan');
      return await readPlannedStages(sweepId);
    };
    await bench.settle();
    await bench.tick();
    expect(await bench.state(healthy)).toBe('completed');
    const errors = bench.log.filter((line) => line.level === 'error');
    expect(errors).toHaveLength(1);
    bench.store.readPlannedStages = readPlannedStages;
    await bench.settle();
    expect(await bench.state(broken)).toBe('completed');
  });
});

it('has canned results that do not depend on anything but the settings', async () => {
  const sweepId = await bench.launch(oneStageSpec('sweep', 2));
  await bench.tick();
  const settings = (await bench.facts(sweepId)).stages[0]?.trials[0]?.settings;
  if (settings === undefined) throw new Error('nothing planned');
  expect(cannedResult(settings)).toEqual(cannedResult({ ...settings }));
});
