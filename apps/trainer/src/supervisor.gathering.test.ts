/** What a trainer claims and trains together: on a real server, with scripted children. */
import { readFileSync } from 'node:fs';
import { trainerIdSchema } from '@seedbed/contracts';
import { blockOf } from './testing/blocks.js';
import { commitByHand } from './testing/commit-by-hand.js';
import { blocksOfPacks, idsOf, type TestTrainer, TrainerSystem } from './testing/trainer-system.js';

jest.setTimeout(30_000);

let system: TrainerSystem;
afterEach(() => system.close());

describe.each(['Redis', 'memory'] as const)('on %s:', (kind) => {
  beforeEach(async () => {
    system = await TrainerSystem.open(kind);
  });

  describe('gathering', () => {
    it('packs compatible blocks up to the fair share of each child', async () => {
      const jobs = Array.from({ length: 8 }, (_, trialIndex) => blockOf({ trialIndex, seeds: [1, 2, 3] }));
      await system.launch(jobs);
      // Closed until both have theirs: what is finished is no longer outstanding, and shares shrink.
      const trainer = await system.startTrainer(system.gated(), { children: 2 });
      await trainer.log.until('pack started', 2);
      system.openGate();
      await trainer.log.until('block completed', 8);
      expect(blocksOfPacks(trainer).map((blocks) => blocks.length)).toEqual([4, 4]);
      expect((await system.commitsOf(jobs)).size).toBe(24);
    });

    it('cuts a block between children that wait together, so that none trains longer than its share', async () => {
      const jobs = Array.from({ length: 5 }, (_, trialIndex) =>
        blockOf({ trialIndex, seeds: [1, 2, 3, 4, 5] }),
      );
      await system.launch(jobs);
      const trainer = await system.startTrainer(system.gated(), { children: 2 });
      await trainer.log.until('pack started', 2);
      system.openGate();
      await trainer.log.until('block completed', 5);
      expect(runsOfPacks(trainer).toSorted()).toEqual([12, 13]);
      expect((await system.commitsOf(jobs)).size).toBe(25);
      expect(trainer.commits).toMatchObject({ committed: 25, duplicate: 0 });
      expect(trainer.log.all('block completed')).toHaveLength(5);
    });

    it('leaves a block whole where no other child waits', async () => {
      await system.launch([blockOf({ trialIndex: 0, seeds: [1, 2, 3] })]);
      const trainer = await system.startTrainer({});
      await trainer.log.until('block completed');
      expect(runsOfPacks(trainer)).toEqual([3]);
    });

    it('counts the children of other trainers', async () => {
      await system.launch([0, 1, 2, 3].map((trialIndex) => blockOf({ trialIndex, seeds: [1] })));
      const status = { host: 'h', processId: 1, numericsClass: null, backend: null, packs: [] };
      const at = new Date().toISOString();
      const trainerId = trainerIdSchema.parse('other');
      await system.store.heartbeat(
        { ...status, trainerId, children: 3, state: 'idle', startedAt: at, at },
        60_000,
      );
      const trainer = await system.startTrainer({});
      await trainer.log.until('block completed', 4);
      expect(blocksOfPacks(trainer).map((blocks) => blocks.length)).toEqual([1, 1, 1, 1]);
    });

    it('respects the limit of runs in a pack', async () => {
      await system.launch([0, 1, 2].map((trialIndex) => blockOf({ trialIndex, seeds: [1, 2] })));
      const trainer = await system.startTrainer({}, { packRunsMax: 4 });
      await trainer.log.until('block completed', 3);
      expect(trainer.log.all('pack started').map((entry) => entry['runs'])).toEqual([4, 2]);
    });

    it('leaves blocks of another version alone, says so once, and trains the others', async () => {
      const [ours, theirs] = [0, 1].map((trialIndex) => blockOf({ trialIndex, seeds: [1] }));
      await system.launch([{ ...theirs!, schemaVersion: 2 }, ours!]);
      const trainer = await system.startTrainer({});
      await trainer.log.until('block completed', 1);
      const said =
        'blocks of another version of Seedbed are left to its trainers: upgrade this one, or what feeds the queue';
      const [warning] = await trainer.log.until(said);
      expect(warning?.['reason']).toMatch(/format 2/);
      // Its next tries meet nothing else, and find more work of ours as soon as there is some.
      const more = blockOf({ trialIndex: 2, seeds: [1] });
      await system.queue.add([more]);
      await trainer.log.until('block completed', 2);
      expect(['waiting', 'active']).toContain(await system.stateOf(theirs!));
      expect(await system.attemptsAt(theirs!)).toEqual({});
      expect(await system.store.readDeadLetters(ours!.sweepId)).toEqual([]);
      expect(trainer.log.all(said)).toHaveLength(1);
      expect([...(await system.commitsOf([ours!])).values()]).toMatchObject([{ schemaVersion: 1 }]);
    });

    it('trains incompatible blocks next, in a pack of their own, and hands none back', async () => {
      const [a, b] = [100, 50].map(
        (batchSize) => (trialIndex: number) => blockOf({ trialIndex, seeds: [1], batchSize }),
      );
      const jobs = [a!(0), b!(1), a!(2), b!(3), a!(4)];
      await system.launch(jobs);
      const trainer = await system.startTrainer({});
      await trainer.log.until('block completed', 5);
      expect(blocksOfPacks(trainer)).toEqual([
        idsOf(jobs[0]!, jobs[2]!, jobs[4]!),
        idsOf(jobs[1]!, jobs[3]!),
      ]);
      expect(trainer.log.all('block handed back')).toEqual([]);
    });

    it('trains only runs that are not committed', async () => {
      const [partly, wholly] = [
        blockOf({ trialIndex: 0, seeds: [1, 2, 3] }),
        blockOf({ trialIndex: 1, seeds: [4] }),
      ];
      await system.launch([partly, wholly]);
      await commitByHand(system, { job: partly, seed: 2 });
      await commitByHand(system, { job: wholly, seed: 4 });
      const trainer = await system.startTrainer({ journal: system.path('journal') });
      await trainer.log.until('block completed', 2);
      expect(journal()).toEqual([[1, 3]]);
    });

    it('takes work that comes later', async () => {
      const trainer = await system.startTrainer({});
      await system.launch([blockOf({ trialIndex: 0, seeds: [1] })]);
      await trainer.log.until('block completed');
    });
  });
});

const runsOfPacks = (trainer: TestTrainer) =>
  trainer.log.all('pack started').map((entry) => entry['runs'] as number);

function journal(): number[][] {
  const lines = readFileSync(system.path('journal'), 'utf8').trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { seeds: number[] }).seeds);
}
