/**
 * Whatever trainers do and in whatever order, the answer is the same bytes: trainers commit in part, hand back, crash and
 * come back late, the conductor restarts, people pause and resume.
 */
import type { SweepId } from '@seedbed/contracts';
import type { ClaimedBlock } from '@seedbed/queue';
import fc from 'fast-check';
import { control } from '../sweeps/control.js';
import { ConductorBench } from '../testing/conductor-bench.js';
import type { FakeTrainer } from '../testing/fake-trainer.js';
import { type TestSystem, createTestSystem } from '../testing/memory-system.js';
import { twoStageSpec, withPreflight } from '../testing/sweep-fixtures.js';

const SPEC = withPreflight(twoStageSpec());

const KINDS = [
  ...(['claim', 'commit-some', 'finish', 'hand-back', 'lose', 'fail', 'finish-late'] as const),
  ...(['tick', 'glance', 'restart', 'pause', 'resume', 'drop-a-waiting-block'] as const),
];
interface Action {
  readonly kind: (typeof KINDS)[number];
  /** Index of the trainer that acts. */
  readonly trainer: number;
  /** Runs that are committed. */
  readonly count: number;
}
const actionArbitrary: fc.Arbitrary<Action> = fc.record({
  // Claims and ticks are what all else needs; resuming outweighs pausing, so that sweeps move at all.
  kind: fc.constantFrom(...KINDS, ...(['claim', 'claim', 'claim', 'finish', 'tick', 'resume'] as const)),
  trainer: fc.nat(2),
  count: fc.integer({ min: 1, max: 4 }),
});

/** A system in the middle of a random history. */
class History {
  readonly system: TestSystem = createTestSystem();
  readonly bench = new ConductorBench(this.system);
  readonly trainers = [0, 1, 2].map((index) => this.bench.trainer({ name: `trainer-${index}` }));
  readonly #held = new Map<FakeTrainer, ClaimedBlock>();
  /** Blocks of trainers that were taken for dead and did not know. */
  readonly #zombies: [FakeTrainer, ClaimedBlock][] = [];
  /** Kinds of action that had something to act on. */
  readonly reached = new Set<Action['kind']>();

  constructor(readonly sweepId: () => SweepId) {}

  async act(action: Action): Promise<void> {
    if (await this.#perform(action)) this.reached.add(action.kind);
  }

  /** @returns whether there was something to act on */
  async #perform({ kind, trainer: index, count }: Action): Promise<boolean> {
    const { bench } = this;
    const trainer = this.trainers[index] ?? bench.trainer();
    const held = this.#held.get(trainer);
    switch (kind) {
      case 'tick':
        return (await bench.tick(), true);
      case 'glance':
        return (await bench.glance(), true);
      case 'restart':
        return (await bench.restart(), true);
      case 'pause':
      case 'resume':
        return (await control(bench.store, this.sweepId(), kind)) === 'done';
      case 'drop-a-waiting-block':
        return await this.#dropWaitingBlock();
      case 'claim': {
        const block = held === undefined ? await trainer.claim() : null;
        if (block !== null) this.#held.set(trainer, block);
        return block !== null;
      }
      case 'finish-late': {
        const [zombie, block] = this.#zombies.shift() ?? [];
        if (zombie === undefined || block === undefined) return false;
        return (await zombie.finish(block), true);
      }
      default:
        break;
    }
    if (held === undefined) return false;
    switch (kind) {
      case 'commit-some':
        return (await trainer.commit(held, count)) > 0;
      case 'finish':
        await trainer.finish(held);
        break;
      case 'hand-back':
        await bench.queue.handBack(held);
        break;
      case 'lose':
        this.#zombies.push([trainer, held]);
        this.system.recoverLostBlocks();
        // The clock has run out for the others' locks too.
        for (const [other, block] of this.#held) if (other !== trainer) this.#zombies.push([other, block]);
        this.#held.clear();
        break;
      case 'fail':
        await trainer.fail(held, { cause: 'infrastructure', reason: 'the child was killed', guilty: false });
        break;
    }
    this.#held.delete(trainer);
    return true;
  }

  async #dropWaitingBlock(): Promise<boolean> {
    const block = await this.bench.queue.claim('thief');
    if (block === null) return false;
    await this.bench.queue.handBack(block);
    await this.bench.queue.remove([block.jobId]);
    return true;
  }

  /** Heals everything: no more faults, until the sweep is finished. */
  async heal(): Promise<void> {
    await control(this.bench.store, this.sweepId(), 'resume');
    this.#held.clear();
    for (let round = 0; round < 3; round += 1) {
      this.system.recoverLostBlocks();
      await this.bench.settle(this.trainers[0]);
    }
  }
}

async function undisturbedAnswer(): Promise<string> {
  const bench = new ConductorBench(createTestSystem());
  const sweepId = await bench.launch(SPEC);
  await bench.settle();
  return await bench.answerText(sweepId);
}

it('gives the same answer bytes after every history', async () => {
  const expected = await undisturbedAnswer();
  const reached = new Set<Action['kind']>();
  await fc.assert(
    fc.asyncProperty(fc.array(actionArbitrary, { maxLength: 80, size: 'max' }), async (actions) => {
      let sweepId: SweepId | null = null;
      const history = new History(() => {
        if (sweepId === null) throw new Error('not launched');
        return sweepId;
      });
      sweepId = await history.bench.launch(SPEC);
      await history.bench.tick();
      for (const action of actions) await history.act(action);
      await history.heal();
      expect(await history.bench.state(sweepId)).toBe('completed');
      expect(await history.bench.answerText(sweepId)).toBe(expected);
      expect((await history.bench.store.commitCounters()).divergent).toBe(0);
      expect(await history.bench.queue.depth()).toEqual({ waiting: 0, active: 0 });
      for (const kind of history.reached) reached.add(kind);
    }),
    { numRuns: 100 },
  );
  // A fault that never happened proves nothing.
  expect(KINDS.filter((kind) => !reached.has(kind))).toEqual([]);
}, 60_000);
