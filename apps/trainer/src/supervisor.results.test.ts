/** What becomes of results, of cancelled work and of a stop: on a real server, with scripted children. */
import { resultDigestOf } from '@seedbed/contracts';
import { blockOf, TEST_SWEEP } from './testing/blocks.js';
import { commitByHand } from './testing/commit-by-hand.js';
import { blocksOfPacks, idsOf, TrainerSystem } from './testing/trainer-system.js';
import { until, untilDefined } from './testing/until.js';

jest.setTimeout(30_000);

let system: TrainerSystem;
beforeEach(async () => {
  system = await TrainerSystem.open();
});
afterEach(() => system.close());

describe('results', () => {
  it('are committed with where they come from, once, by two trainers together', async () => {
    const jobs = Array.from({ length: 12 }, (_, trialIndex) => blockOf({ trialIndex, seeds: [1, 2] }));
    const trainers = await Promise.all([
      system.startTrainer({}, { packRunsMax: 4 }),
      system.startTrainer({}, { packRunsMax: 4 }),
    ]);
    await system.launch(jobs);
    await until(async () =>
      (await Promise.all(jobs.map((job) => system.stateOf(job)))).every((state) => state === 'completed'),
    );
    expect(await system.store.commitCounters()).toMatchObject({ committed: 24, duplicate: 0, divergent: 0 });
    const commits = await system.commitsOf(jobs);
    expect(commits.size).toBe(24);
    for (const commit of commits.values()) {
      expect(commit.digest).toBe(resultDigestOf(commit.result));
      expect(commit.provenance).toMatchObject({
        backend: 'scripted',
        attempt: 1,
        time: { trainingMs: 40, evaluationMs: 2 },
      });
      expect(trainers.map((trainer) => trainer.trainerId)).toContain(commit.provenance.trainerId);
    }
    const tokens = new Set([...commits.values()].map((commit) => commit.provenance.token));
    expect(tokens.size).toBe(12);
  });

  it('wait in memory while Redis is away', async () => {
    const job = blockOf({ trialIndex: 0, seeds: [1, 2] });
    await system.launch([job]);
    const trainer = await system.startTrainer(system.gated());
    await trainer.log.until('pack started');
    await system.server.kill();
    system.openGate();
    await trainer.log.until('commit: will be tried again');
    await trainer.log.until('pack ended');
    await system.server.restart();
    await until(async () => (await system.commitsOf([job])).size === job.runs.length);
    expect(await system.store.commitCounters()).toMatchObject({ committed: 2, divergent: 0 });
  });

  it('that diverge from a commit of the same class are an alarm; the first stands', async () => {
    const job = blockOf({ trialIndex: 0, seeds: [1] });
    await system.launch([job]);
    const trainer = await system.startTrainer(system.gated());
    await trainer.log.until('pack started');
    const first = await commitByHand(system, { job: job, seed: 1 });
    system.openGate();
    await trainer.log.until('block completed');
    expect(trainer.commits.divergent).toBe(1);
    expect(trainer.log.entries.filter((entry) => entry.level >= 50)).toHaveLength(1);
    expect([...(await system.commitsOf([job])).values()]).toEqual([first]);
  });

  it('of another numerics class than the sweep’s are not made; blocks behind are reached', async () => {
    const other = blockOf({ trialIndex: 0, seeds: [1], sweepId: 'other-sweep' });
    const [pinned, pinnedToo] = [
      blockOf({ trialIndex: 1, seeds: [1] }),
      blockOf({ trialIndex: 2, seeds: [2] }),
    ];
    await system.launch([pinned, pinnedToo, other]);
    await commitByHand(system, { job: pinnedToo, seed: 2, numericsClass: 'another-class' });
    const trainer = await system.startTrainer({});
    await trainer.log.until('block completed');
    expect(blocksOfPacks(trainer)).toEqual([idsOf(other)]);
    expect(await system.stateOf(pinned)).toBe('active');
    await trainer.stop();
    expect(await system.queue.depth()).toEqual({ waiting: 2, active: 0 });
  });
});

describe('cancelling', () => {
  it('drops waiting blocks of a sweep that is cancelled or gone', async () => {
    const cancelled = blockOf({ trialIndex: 0, seeds: [1] });
    const gone = blockOf({ trialIndex: 1, seeds: [1], sweepId: 'gone-sweep' });
    await system.createSweep(TEST_SWEEP, 'cancelled');
    await system.queue.add([cancelled, gone]);
    const trainer = await system.startTrainer({});
    await trainer.log.until('block dropped', 2);
    expect(trainer.log.all('pack started')).toEqual([]);
    expect(await system.queue.depth()).toEqual({ waiting: 0, active: 0 });
  });

  it('drops the members of a cancelled sweep from a pack that goes on', async () => {
    const dropped = blockOf({ trialIndex: 0, seeds: [1] });
    const kept = blockOf({ trialIndex: 1, seeds: [2], sweepId: 'kept-sweep' });
    await system.launch([dropped, kept]);
    const trainer = await system.startTrainer(system.gated());
    await trainer.log.until('pack started');
    const change = { from: ['running' as const], to: 'cancelled' as const, reason: 'not needed' };
    await system.store.setSweepState(TEST_SWEEP, change);
    await until(async () => (await system.queue.depth()).active === 1);
    system.openGate();
    await trainer.log.until('block completed');
    expect([...(await system.commitsOf([dropped, kept])).keys()]).toEqual(kept.runs.map((run) => run.runId));
  });
});

describe('stopping', () => {
  it('hands unfinished blocks back at once, uncharged, and keeps what is finished', async () => {
    const [whole, part, none] = [[1, 2], [1, 9], [9]].map((seeds, trialIndex) =>
      blockOf({ trialIndex, seeds }),
    );
    await system.launch([whole!, part!, none!]);
    const trainer = await system.startTrainer({ ...system.gated(), gatedSeeds: [9] });
    await trainer.log.until('block completed');
    await until(async () => (await system.commitsOf([whole!])).size === 2);
    await until(async () => (await system.commitsOf([part!])).size === 1);
    const started = performance.now();
    await trainer.stop();
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(await system.queue.depth()).toEqual({ waiting: 2, active: 0 });
    expect(await system.attemptsAt(part!)).toEqual({ starts: 1, 'handed-back': 1 });
    expect(await system.store.listTrainers()).toEqual([]);
    await trainer.stopped;
  });

  it('does not wait for a Redis that is away', async () => {
    await system.launch([blockOf({ trialIndex: 0, seeds: [1] })]);
    const trainer = await system.startTrainer(system.gated());
    await trainer.log.until('pack started');
    await system.server.kill();
    const started = performance.now();
    await trainer.stop();
    expect(performance.now() - started).toBeLessThan(5_000);
    await system.server.restart();
  });
});

it('tells others by its heartbeat what it does', async () => {
  await system.launch([blockOf({ trialIndex: 0, seeds: [1, 2] })]);
  const widths = [
    { hiddenUnits: 100, stepMs: 0.202 },
    { hiddenUnits: 200, stepMs: 0.2 },
  ];
  const trainer = await system.startTrainer({ ...system.gated(), widths }, { children: 2 });
  await trainer.log.until('pack started', 2);
  await until(async () => (await system.store.listTrainers())[0]?.packs.length === 2);
  const [status] = await system.store.listTrainers();
  expect(status).toMatchObject({
    children: 2,
    numericsClass: 'scripted-1',
    backend: 'scripted',
    processId: process.pid,
  });
  expect(status?.packing).toMatchObject({
    hiddenUnitsMax: 100,
    reason: 'measured: 0.202 ms a step of one network of 50 units, 1.0 % above the fastest of 2 widths',
    peakBytes: null,
  });
  // One block, cut between two children.
  const pack = { blocks: 1, runs: 1, step: expect.any(Number), steps: 4 };
  expect(status).toMatchObject({ state: 'training', packs: [pack, pack] });
  const progress = await untilDefined(async () => {
    const all = await system.store.readProgress(TEST_SWEEP);
    return all.size === 2 ? all : undefined;
  });
  expect([...progress.values()][0]).toEqual({
    step: 1,
    steps: 4,
    validationAccuracy: 0.25,
    validationLoss: 2,
  });
});

it('shows the curve of a run while it trains, and lets go of it when the commit has it', async () => {
  const job = blockOf({ trialIndex: 0, seeds: [1] });
  const { runId } = job.runs[0]!;
  await system.launch([job]);
  await system.startTrainer(system.gated());
  const live = await untilDefined(async () => {
    const curve = await system.store.readCurve(TEST_SWEEP, runId);
    return curve.length > 0 ? curve : undefined;
  });
  expect(live).toEqual([
    { step: 1, validation: { accuracy: { correct: 1250, count: 5000 }, loss: 2, cost: 2.1 } },
  ]);
  system.openGate();
  await until(async () => (await system.commitsOf([job])).size === 1);
  expect(await system.store.readCurve(TEST_SWEEP, runId)).toEqual([]);
});
