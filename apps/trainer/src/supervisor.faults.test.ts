/** What becomes of blocks when children fail: on a real server, with scripted children. */
import { readFileSync } from 'node:fs';
import { jobIdOf, LIMITS, TerminalError } from '@seedbed/contracts';
import { blockOf, TEST_SWEEP } from './testing/blocks.js';
import { blocksOfPacks, idsOf, TrainerSystem } from './testing/trainer-system.js';

jest.setTimeout(30_000);

let system: TrainerSystem;
afterEach(() => system.close());

describe.each(['Redis', 'memory'] as const)('on %s:', (kind) => {
  beforeEach(async () => {
    system = await TrainerSystem.open(kind);
  });

  describe('faults of a child', () => {
    it('in company make suspects, which are trained alone; only the guilty block is set aside', async () => {
      const [good, guilty, fine] = [1, 9, 3].map((seed, trialIndex) =>
        blockOf({ trialIndex, seeds: [seed] }),
      );
      await system.launch([good!, guilty!, fine!]);
      const trainer = await system.startTrainer({ faults: { 9: 'exit' } });
      await trainer.log.until('block is a dead letter');
      await trainer.log.until('block completed', 2);
      const [together, ...alone] = blocksOfPacks(trainer);
      expect(together).toHaveLength(3);
      expect(alone.every((blocks) => blocks.length === 1)).toBe(true);
      const letters = await system.store.readDeadLetters(TEST_SWEEP);
      expect(letters).toEqual([
        expect.objectContaining({
          jobId: jobIdOf(guilty!),
          cause: 'error',
          reason: expect.stringMatching(/exited with code 7: scripted crash/),
        }),
      ]);
      expect(await system.attemptsAt(guilty!)).toMatchObject({ error: LIMITS.errorsPerBlockMax });
      expect(await system.attemptsAt(good!)).not.toHaveProperty('error');
      expect((await system.commitsOf([good!, guilty!, fine!])).size).toBe(2);
    });

    it('that are silence end by a kill', async () => {
      const job = blockOf({ trialIndex: 0, seeds: [9] });
      await system.launch([job]);
      const trainer = await system.startTrainer({ faults: { 9: 'hang' } }, { hangDeadlineMs: 300 });
      await trainer.log.until('block is a dead letter');
      expect(await system.store.readDeadLetters(TEST_SWEEP)).toEqual([
        expect.objectContaining({
          cause: 'poison',
          reason: expect.stringMatching(/no sign of life for 0.3 s/),
        }),
      ]);
    });

    it('that are memory beyond the limit end by a kill that says so; only the guilty block is charged', async () => {
      const [good, guilty] = [1, 9].map((seed, trialIndex) => blockOf({ trialIndex, seeds: [seed] }));
      await system.launch([good!, guilty!]);
      const trainer = await system.startTrainer({ faults: { 9: 'hoard' } }, { childMemoryBytes: 300e6 });
      await trainer.log.until('block is a dead letter');
      await trainer.log.until('block completed');
      expect(await system.store.readDeadLetters(TEST_SWEEP)).toEqual([
        expect.objectContaining({
          jobId: jobIdOf(guilty!),
          cause: 'poison',
          reason: expect.stringMatching(
            /it took \d+ MB of memory, of at most 300 \(SEEDBED_CHILD_MEMORY_BYTES\)/,
          ),
        }),
      ]);
      expect(await system.attemptsAt(guilty!)).toMatchObject({ poison: LIMITS.errorsPerBlockMax });
      expect(await system.attemptsAt(good!)).not.toHaveProperty('poison');
    });

    it.each(['abort', 'throw', 'garbage'])(
      '%s: set aside after the limit, while others complete',
      async (fault) => {
        const [guilty, good] = [9, 1].map((seed, trialIndex) => blockOf({ trialIndex, seeds: [seed] }));
        await system.launch([guilty!, good!]);
        const trainer = await system.startTrainer({ faults: { 9: fault } });
        await trainer.log.until('block is a dead letter');
        await trainer.log.until('block completed');
        expect((await system.store.readDeadLetters(TEST_SWEEP)).map((letter) => letter.jobId)).toEqual(
          idsOf(guilty!),
        );
      },
    );

    it('killed from outside accuse nobody', async () => {
      const jobs = [0, 1].map((trialIndex) => blockOf({ trialIndex, seeds: [1] }));
      await system.launch(jobs);
      const trainer = await system.startTrainer(system.gated());
      const [entry] = await trainer.log.until('pack started');
      process.kill(entry!['processId'] as number, 'SIGKILL');
      await trainer.log.until('training child replaced');
      system.openGate();
      await trainer.log.until('block completed', 2);
      expect(await system.attemptsAt(jobs[0]!)).toEqual({ starts: 2, infrastructure: 1 });
      expect(blocksOfPacks(trainer).map((blocks) => blocks.length)).toEqual([2, 2]);
    });

    it('while it is idle cost nothing but a new child', async () => {
      const trainer = await system.startTrainer({ environment: system.path('environment') });
      const before = readFileSync(system.path('environment'), 'utf8');
      expect(JSON.parse(before)).toMatchObject({ TF_NUM_INTRAOP_THREADS: '1' });
      await system.launch([blockOf({ trialIndex: 0, seeds: [1] })]);
      const [entry] = await trainer.log.until('pack ended');
      process.kill(entry!['processId'] as number, 'SIGKILL');
      await trainer.log.until('training child replaced');
      await system.queue.add([blockOf({ trialIndex: 1, seeds: [1] })]);
      await trainer.log.until('block completed', 2);
      expect(trainer.log.all('training child died')).toEqual([]);
    });

    it('that prevent the start are told, with the reason', async () => {
      const start = system.startTrainer({ refuse: 'no backend here' });
      await expect(start).rejects.toThrow(TerminalError);
      await expect(start).rejects.toThrow(/exited with code 1: no backend here/);
    });
  });

  describe('locks', () => {
    it('that are lost end the training of their blocks, and the other trainer’s commits stand', async () => {
      const job = blockOf({ trialIndex: 0, seeds: [1, 2] });
      await system.launch([job]);
      await system.queue.startStalledCheck();
      // Believes that locks last six times as long as they do, so it renews too late.
      const lockDurationMs = 6 * system.settings.lockDurationMs;
      const late = await system.startTrainer(system.gated(), { lockDurationMs });
      await late.log.until('pack started');
      const punctual = await system.startTrainer(system.gated());
      await late.log.until('lock lost: another trainer may hold this block');
      const [ended] = await late.log.until('pack ended');
      expect(ended).toMatchObject({ outcome: 'done' });
      system.openGate();
      await punctual.log.until('block completed');
      expect(late.commits).toMatchObject({ committed: 0, duplicate: 0 });
      expect(punctual.commits).toMatchObject({ committed: 2, duplicate: 0 });
      expect(await system.attemptsAt(job)).toEqual({ starts: 2, infrastructure: 1 });
    });

    it('are kept while a child computes longer than a lock without a word', async () => {
      const job = blockOf({ trialIndex: 0, seeds: [1] });
      await system.launch([job]);
      await system.queue.startStalledCheck();
      const trainer = await system.startTrainer({ blockMs: 3 * system.settings.lockDurationMs });
      await trainer.log.until('block completed');
      expect(await system.attemptsAt(job)).toEqual({ starts: 1 });
      expect(trainer.log.all('lock lost: another trainer may hold this block')).toEqual([]);
    });
  });
});
