/** Trainers that join take part of packs that are in training already; trainers that leave hand theirs back. */
import { jobIdOf } from '@seedbed/contracts';
import { blockOf, heldBlock } from './testing/blocks.js';
import { TrainerSystem, type TestTrainer } from './testing/trainer-system.js';
import { until } from './testing/until.js';
import { blocksToShare } from './work-sharing.js';

jest.setTimeout(30_000);

const OFTEN = { workSharingIntervalMs: 50 };

const jobs = Array.from({ length: 8 }, (_, trialIndex) => blockOf({ trialIndex, seeds: [1, 2] }));

let system: TrainerSystem;
afterEach(() => system.close());

const sharedBy = (trainer: TestTrainer) =>
  trainer.log.all('sharing blocks with idle trainers').flatMap((entry) => entry['blocks'] as string[]);

describe.each(['Redis', 'memory'] as const)('on %s:', (kind) => {
  beforeEach(async () => {
    system = await TrainerSystem.open(kind);
    await system.launch(jobs);
  });

  it('shares a young pack with trainers that join, down to the fair share, once', async () => {
    const first = await system.startTrainer(system.gated(), OFTEN);
    await first.log.until('pack started');
    const others = [
      await system.startTrainer(system.gated(), OFTEN),
      await system.startTrainer(system.gated(), OFTEN),
      await system.startTrainer(system.gated(), OFTEN),
    ];
    for (const other of others) await other.log.until('pack started');
    await until(async () => (await system.queue.depth()).waiting === 0);
    const shared = sharedBy(first);
    // Two looks may see different numbers of joiners, but in the end nobody has more than ceil(8 / 4).
    expect(shared.length).toBeGreaterThanOrEqual(4);
    system.openGate();
    await until(async () => (await system.commitsOf(jobs)).size === 16);
    const commits = [...(await system.commitsOf(jobs)).values()];
    expect(new Set(commits.map(({ provenance }) => provenance.trainerId)).size).toBe(4);
    for (const job of jobs) {
      const attempts = await system.attemptsAt(job);
      expect(attempts.infrastructure ?? 0).toBe(0);
      expect(attempts.starts).toBe(1 + (attempts['handed-back'] ?? 0));
    }
    expect((await system.store.commitCounters()).duplicate).toBe(0);
  });

  it('keeps what it has while blocks wait, and when the idle ones compute differently', async () => {
    const narrow = await system.startTrainer(system.gated(), { ...OFTEN, packRunsMax: 4 });
    await narrow.log.until('pack started');
    await system.startTrainer({ numericsClass: 'another-class' }, { ...OFTEN, packRunsMax: 2 });
    await until(async () => (await system.commitsOf(jobs)).size > 0);
    expect(sharedBy(narrow)).toEqual([]);
  });

  it('hands back what it trains when it is stopped, and nothing of it counts as lost', async () => {
    const trainers = [
      await system.startTrainer(system.gated(), { packRunsMax: 4 }),
      await system.startTrainer(system.gated(), { packRunsMax: 4 }),
    ];
    for (const trainer of trainers) await trainer.log.until('pack started');
    await trainers[0]!.stop();
    expect(trainers[0]!.log.all('block handed back')).toHaveLength(2);
    system.openGate();
    await until(async () => (await system.commitsOf(jobs)).size === 16);
    const ledgers = await Promise.all(jobs.map((job) => system.attemptsAt(job)));
    const total = (name: 'starts' | 'handed-back' | 'infrastructure') =>
      ledgers.reduce((sum, ledger) => sum + (ledger[name] ?? 0), 0);
    expect([total('handed-back'), total('infrastructure')]).toEqual([2, 0]);
    expect(total('starts')).toBe(jobs.length + 2);
    expect((await system.store.commitCounters()).duplicate).toBe(0);
  });
});

describe('what is shared of a pack', () => {
  beforeEach(async () => {
    system = await TrainerSystem.open('memory');
  });

  const held = jobs.map((job) => heldBlock(job));
  const idsShared = (share: number) => blocksToShare(held, share).map(({ jobId }) => jobId);

  it('is what exceeds the share and has not come far', () => {
    for (const [index, progress] of [0.25, 0.26].entries())
      for (const { runId } of jobs[6 + index]!.runs) held[6 + index]!.noteProgress(runId, progress);
    expect(idsShared(6)).toEqual([jobIdOf(jobs[6]!)]);
    expect(idsShared(8)).toEqual([]);
    held[0]!.abandon('cancelled');
    expect(idsShared(6)).toEqual([]);
  });
});
