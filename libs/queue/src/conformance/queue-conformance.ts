/** What every block queue promises; each implementation's test file calls it with a way to make one. */
import { jobIdOf, LIMITS, OtherVersionError } from '@seedbed/contracts';
import type { BlockQueue, ClaimedBlock, SweepStore } from '../interfaces.js';
import { blockOf, SWEEP } from './test-data.js';
import { until } from './until.js';

export interface QueueUnderTest {
  readonly queue: BlockQueue;
  readonly store: SweepStore;
  /** Another client, as another process would have; closed by the harness. */
  openQueue(): Promise<BlockQueue>;
  /** Another client with a coordinator's rights; closed by the harness. */
  openConductorQueue(): Promise<BlockQueue>;
  /** Makes a claimed block's lock expire, as when its trainer stopped renewing. */
  expireLock(claimed: ClaimedBlock): Promise<void>;
}

const NEVER = new AbortController().signal;
const CRASHED_ALONE = { cause: 'poison', reason: 'child crashed', guilty: true } as const;
const CRASHED_IN_COMPANY = { ...CRASHED_ALONE, guilty: false };

/** 51 blocks, four claims that pass 20 each: once is enough but for bad luck. */
const LOOKS_MAX = 10;

export function describeBlockQueue(name: string, create: () => Promise<QueueUnderTest>): void {
  describe(`${name} is a block queue`, () => {
    let under: QueueUnderTest;
    let queue: BlockQueue;
    let store: SweepStore;
    const first = blockOf(0);
    const second = blockOf(1);
    const firstId = jobIdOf(first);
    const secondId = jobIdOf(second);

    beforeEach(async () => {
      under = await create();
      ({ queue, store } = under);
    });

    async function claim(from: BlockQueue = queue, token = 'token-a'): Promise<ClaimedBlock> {
      const claimed = await from.claim(token);
      if (claimed === null) throw new Error('there was nothing to claim');
      return claimed;
    }

    /** The trainer that held it dies, and the stalled check of a process that trains nothing returns the block. */
    async function loseToTheStalledCheck(claimed: ClaimedBlock): Promise<void> {
      await under.expireLock(claimed);
      const { waiting } = await queue.depth();
      const coordinator = await under.openQueue();
      await coordinator.startStalledCheck();
      await until('the block is back', async () => (await queue.depth()).waiting === waiting + 1);
      await coordinator.close();
    }

    async function stateOf(jobId: string) {
      return (await queue.states([jobId])).get(jobId);
    }

    describe('adding', () => {
      it('keeps one job of a block that is added twice', async () => {
        await queue.add([first, second, first]);
        await queue.add([first]);
        expect(await queue.depth()).toEqual({ waiting: 2, active: 0 });
      });

      it('hands blocks out in the order in which they were added', async () => {
        await queue.add([second, first]);
        expect((await claim()).jobId).toBe(secondId);
        expect((await claim()).jobId).toBe(firstId);
        expect(await queue.claim('token-a')).toBeNull();
      });

      it('takes more blocks than one pipeline carries', async () => {
        await queue.add(Array.from({ length: 1_203 }, (_, index) => ({ ...first, blockIndex: index })));
        expect((await queue.depth()).waiting).toBe(1_203);
        const ids = Array.from({ length: 1_203 }, (_, index) => jobIdOf({ ...first, blockIndex: index }));
        expect(new Set((await queue.states(ids)).values())).toEqual(new Set(['waiting']));
      });

      it('leaves a completed block alone until it is forgotten', async () => {
        await queue.add([first]);
        await queue.complete(await claim());
        await queue.add([first]);
        expect(await stateOf(firstId)).toBe('completed');
        await queue.forget([firstId]);
        expect(await stateOf(firstId)).toBe('absent');
        await queue.add([first]);
        expect(await stateOf(firstId)).toBe('waiting');
        expect((await claim()).attempt).toBe(1);
      });
    });

    describe('claiming', () => {
      it('gives what was added, under the token, and counts the start', async () => {
        await queue.add([first]);
        expect(await queue.claim('token-a')).toEqual({
          jobId: firstId,
          job: first,
          token: 'token-a',
          attempt: 1,
          suspect: false,
        });
        expect(await queue.depth()).toEqual({ waiting: 0, active: 1 });
        expect(await stateOf(firstId)).toBe('active');
        expect(await store.attempts(firstId)).toEqual({ starts: 1 });
      });

      it('gives each block to one of many claimers', async () => {
        const blocks = Array.from({ length: 20 }, (_, index) => blockOf(index));
        await queue.add(blocks);
        const claims = await Promise.all(
          Array.from({ length: 30 }, (_, index) => queue.claim(`token-${index}`)),
        );
        const ids = claims.flatMap((claimed) => (claimed === null ? [] : [claimed.jobId]));
        expect(ids.sort()).toEqual(blocks.map(jobIdOf).sort());
      });

      it('sets malformed data aside as a dead letter and goes on', async () => {
        await queue.add([blockOf(0, { packKey: '0'.repeat(16) }), second]);
        expect((await claim()).jobId).toBe(secondId);
        expect(await stateOf(firstId)).toBe('failed');
        const [letter] = await store.readDeadLetters(SWEEP);
        expect(letter).toMatchObject({
          jobId: firstId,
          cause: 'error',
          runIds: first.runs.map((run) => run.runId),
        });
        expect(letter?.reason).toMatch(/pack key/);
      });
    });

    describe('meeting another version', () => {
      const OTHERS = [
        ['a newer format', { ...first, schemaVersion: 2, unheardOf: true }, /format 2.* reads 1/],
        [
          'an engine that is not ours',
          { ...first, settings: { ...first.settings, engine: 'two-layer-2' } },
          /engine/,
        ],
      ] as const;

      it.each(OTHERS)(
        'leaves %s waiting, uncharged, and trains what is behind it',
        async (_what, job, words) => {
          await queue.add([job as typeof first, second]);
          expect((await claim()).jobId).toBe(secondId);
          await expect(queue.claim('token-b')).rejects.toThrow(words);
          await expect(queue.claim('token-b')).rejects.toBeInstanceOf(OtherVersionError);
          expect(await stateOf(firstId)).toBe('waiting');
          expect(await queue.depth()).toEqual({ waiting: 1, active: 1 });
          expect(await store.attempts(firstId)).toEqual({});
          expect(await store.readDeadLetters(SWEEP)).toEqual([]);
        },
      );

      it('puts it at the end of the queue, however many there are', async () => {
        const others = Array.from({ length: 50 }, (_, index) => ({
          ...blockOf(index + 2),
          schemaVersion: 2,
        }));
        await queue.add([...others, second]);
        // Claims that get in each other's way may give up early, as trainers do: they look again.
        let ids: unknown[] = [];
        for (let round = 0; round < LOOKS_MAX && ids.length === 0; round += 1) {
          const claims = await Promise.allSettled(
            [0, 1, 2, 3].map((n) => queue.claim(`token-${round}-${n}`)),
          );
          ids = claims.flatMap((one) => (one.status === 'fulfilled' ? [one.value?.jobId] : []));
        }
        expect(ids).toEqual([secondId]);
        expect(await queue.depth()).toEqual({ waiting: 50, active: 1 });
      });
    });

    describe('waiting for work', () => {
      it('resolves when a block is added', async () => {
        const waited = queue.waitForWork(20_000, NEVER);
        await queue.add([first]);
        await waited;
        expect((await claim()).jobId).toBe(firstId);
      });

      it('resolves when a block is handed back', async () => {
        await queue.add([first]);
        const claimed = await claim();
        const other = await under.openQueue();
        // What the addition left behind may wake a waiter once.
        await other.waitForWork(20, NEVER);
        const waited = other.waitForWork(20_000, NEVER);
        await queue.handBack(claimed);
        await waited;
        expect((await claim(other)).jobId).toBe(firstId);
      });

      it('resolves when the time is up, and not much earlier', async () => {
        const start = performance.now();
        await queue.waitForWork(150, NEVER);
        expect(performance.now() - start).toBeGreaterThan(100);
      });

      it('resolves when the signal aborts, also before the call', async () => {
        const stop = new AbortController();
        const waited = queue.waitForWork(20_000, stop.signal);
        stop.abort();
        await waited;
        await queue.waitForWork(20_000, stop.signal);
      });

      it('resolves when the queue is closed', async () => {
        const other = await under.openQueue();
        const waited = other.waitForWork(20_000, NEVER);
        await other.close();
        await waited;
        await other.waitForWork(20_000, NEVER);
      });
    });

    describe('holding', () => {
      it('renews and completes what is held', async () => {
        await queue.add([first, second]);
        const held = [await claim(), await claim()];
        expect(await queue.renew(held)).toEqual([]);
        for (const claimed of held) expect(await queue.complete(claimed)).toBe('completed');
        expect(await queue.depth()).toEqual({ waiting: 0, active: 0 });
        expect(await queue.renew(held)).toEqual([firstId, secondId]);
        expect(await queue.renew([])).toEqual([]);
      });

      it('takes an expired lock again while nobody else has the block', async () => {
        await queue.add([first]);
        const claimed = await claim();
        await under.expireLock(claimed);
        expect(await queue.renew([claimed])).toEqual([]);
        expect(await queue.complete(claimed)).toBe('completed');
        expect(await store.attempts(firstId)).toEqual({ starts: 1 });
      });

      it('returns a dead trainer’s block by a check that needs no trainer, and tells a late holder', async () => {
        await queue.add([first]);
        const lost = await claim();
        await loseToTheStalledCheck(lost);
        const again = await claim(queue, 'token-b');
        expect(again).toMatchObject({ jobId: firstId, attempt: 2, suspect: false });
        expect(await store.attempts(firstId)).toEqual({ starts: 2, infrastructure: 1 });
        expect(await queue.renew([lost, again])).toEqual([firstId]);
        expect(await queue.complete(lost)).toBe('lost');
        expect(await queue.handBack(lost)).toBe('lost');
        expect(await queue.fail(lost, CRASHED_ALONE)).toBe('lost');
        expect(await queue.complete(again)).toBe('completed');
        expect(await store.attempts(firstId)).toEqual({ starts: 2, infrastructure: 1 });
      });

      it('tells a late holder also while the block only waits', async () => {
        await queue.add([first]);
        const lost = await claim();
        await loseToTheStalledCheck(lost);
        expect(await queue.renew([lost])).toEqual([firstId]);
        expect(await queue.complete(lost)).toBe('lost');
      });

      it('does not take a renewed block for stalled', async () => {
        await queue.add([first]);
        const claimed = await claim();
        const coordinator = await under.openQueue();
        await coordinator.startStalledCheck();
        await coordinator.startStalledCheck();
        const end = performance.now() + 500;
        await until('half a second of renewals', async () => {
          expect(await queue.renew([claimed])).toEqual([]);
          return performance.now() > end;
        });
        expect(await queue.complete(claimed)).toBe('completed');
      });
    });

    describe('handing back', () => {
      it('puts the block in front and charges nothing', async () => {
        await queue.add([first, second]);
        expect(await queue.handBack(await claim())).toBe('handed-back');
        const again = await claim(queue, 'token-b');
        expect(again).toMatchObject({ jobId: firstId, attempt: 2, suspect: false });
        expect(await store.attempts(firstId)).toEqual({ starts: 2, 'handed-back': 1 });
      });

      it('may happen more often than any limit', async () => {
        await queue.add([first]);
        for (let times = 0; times <= LIMITS.lossesPerBlockMax; times += 1)
          await queue.handBack(await claim());
        expect(await store.readDeadLetters(SWEEP)).toEqual([]);
        expect(await stateOf(firstId)).toBe('waiting');
      });
    });

    describe('failing', () => {
      it('forgives 50 losses of its trainer, and sets a block aside at the limit', async () => {
        await queue.add([first]);
        const lost = { cause: 'infrastructure', reason: 'killed', guilty: false } as const;
        for (let times = 1; times <= 50; times += 1)
          expect(await queue.fail(await claim(), lost)).toBe('waiting');
        expect(await store.attempts(firstId)).toEqual({ starts: 50, infrastructure: 50 });
        expect(await store.readDeadLetters(SWEEP)).toEqual([]);
        for (let times = 51; times < LIMITS.lossesPerBlockMax; times += 1)
          await queue.fail(await claim(), lost);
        expect(await queue.fail(await claim(), lost)).toBe('dead');
        expect(await stateOf(firstId)).toBe('failed');
      });

      it('makes a block a dead letter after its own failures, with the reason', async () => {
        await queue.add([first]);
        for (let times = 1; times < LIMITS.errorsPerBlockMax; times += 1) {
          expect(await queue.fail(await claim(), CRASHED_ALONE)).toBe('waiting');
        }
        const last = await claim();
        expect(last.suspect).toBe(true);
        expect(await queue.fail(last, { ...CRASHED_ALONE, cause: 'error', reason: 'boom' })).toBe('dead');
        const [letter] = await store.readDeadLetters(SWEEP);
        expect(letter).toMatchObject({
          jobId: firstId,
          cause: 'error',
          reason: 'boom',
          runIds: first.runs.map((run) => run.runId),
        });
        expect(await queue.depth()).toEqual({ waiting: 0, active: 0 });
        await queue.add([first]);
        expect(await queue.claim('token-a')).toBeNull();
      });

      it('gives a block its full number of attempts again once its dead letter is cleared', async () => {
        await queue.add([first]);
        for (let times = 0; times < LIMITS.errorsPerBlockMax; times += 1) {
          await queue.fail(await claim(), CRASHED_ALONE);
        }
        await store.clearDeadLetters(SWEEP, [firstId]);
        expect(await store.readDeadLetters(SWEEP)).toEqual([]);
        expect(await store.attempts(firstId)).toEqual({});
        await queue.add([first]);
        expect(await claim()).toMatchObject({ attempt: 1, suspect: false });
      });

      it('suspects but does not charge a block that failed in company', async () => {
        await queue.add([first]);
        for (let times = 0; times < 2 * LIMITS.errorsPerBlockMax; times += 1) {
          expect(await queue.fail(await claim(), CRASHED_IN_COMPANY)).toBe('waiting');
        }
        const claimed = await claim();
        expect(claimed.suspect).toBe(true);
        expect((await store.attempts(firstId)).poison).toBeUndefined();
        expect(await queue.complete(claimed)).toBe('completed');
      });

      it('takes a cancelled block out without a dead letter', async () => {
        await queue.add([first]);
        expect(await queue.fail(await claim(), { cause: 'cancelled', reason: 'stop', guilty: false })).toBe(
          'dead',
        );
        expect(await stateOf(firstId)).toBe('absent');
        expect(await store.readDeadLetters(SWEEP)).toEqual([]);
      });

      it('counts an end once', async () => {
        await queue.add([first]);
        const claimed = await claim();
        await queue.fail(claimed, CRASHED_ALONE);
        expect(await queue.fail(claimed, CRASHED_ALONE)).toBe('lost');
        expect(await store.attempts(firstId)).toEqual({ starts: 1, poison: 1 });
      });
    });

    describe('removing', () => {
      it('takes waiting blocks out and leaves the others', async () => {
        await queue.add([first, second, blockOf(2)]);
        await claim();
        await queue.complete(await claim());
        await queue.remove([firstId, secondId, jobIdOf(blockOf(2)), 'unknown.coarse.0.0']);
        const states = await queue.states([firstId, secondId, jobIdOf(blockOf(2))]);
        expect([...states.values()]).toEqual(['active', 'completed', 'absent']);
        expect(await queue.depth()).toEqual({ waiting: 0, active: 1 });
      });

      it('forgets neither waiting nor active blocks', async () => {
        await queue.add([first, second]);
        await claim();
        await queue.forget([firstId, secondId]);
        expect(await queue.depth()).toEqual({ waiting: 1, active: 1 });
      });
    });

    it('may be closed twice, and without ever having been used', async () => {
      const other = await under.openQueue();
      await other.close();
      await other.close();
    });
  });
}
