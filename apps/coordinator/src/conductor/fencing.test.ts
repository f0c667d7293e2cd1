/** A conductor that was suspended in the middle of a round, over the end of its lease, and comes back. */
import { createMemorySystem, type SweepStore } from '@seedbed/queue';
import { ConductorBench, LEASE_DURATION_MS } from '../testing/conductor-bench.js';
import { FakeTrainer } from '../testing/fake-trainer.js';
import { createTestSystem } from '../testing/memory-system.js';
import { twoStageSpec } from '../testing/sweep-fixtures.js';

const SPEC = twoStageSpec({ name: 'fenced' });
const WRITES = ['writePlannedStage', 'writeDecision', 'setSweepState'] as const;

/** A store whose next call of one method waits until it is let go. */
function suspendable(store: SweepStore) {
  let at: string | null = null;
  let reached = () => {};
  let goOn = () => {};
  const wrap = (inner: SweepStore): SweepStore =>
    new Proxy(inner, {
      get: (target, name: keyof SweepStore) => {
        if (name === 'fenced')
          return (lease: Parameters<SweepStore['fenced']>[0]) => wrap(target.fenced(lease));
        const method = target[name].bind(target) as (...args: unknown[]) => unknown;
        return async (...args: unknown[]) => {
          if (name === at) {
            at = null;
            const resumed = new Promise<void>((resolve) => (goOn = resolve));
            reached();
            await resumed;
          }
          return method(...args);
        };
      },
    });
  return {
    store: wrap(store),
    /** Resolves when the method is about to be called. */
    suspendAt: (method: string) =>
      new Promise<void>((resolve) => {
        at = method;
        reached = resolve;
      }),
    resume: () => goOn(),
  };
}

it.each(WRITES)('has its %s refused, does no harm, and says so', async (write) => {
  let now = Date.UTC(2026, 0, 1);
  const system = createMemorySystem({ now: () => now });
  const gate = suspendable(system.store);
  const stale = new ConductorBench({ ...system, store: gate.store });
  const successor = new ConductorBench(system, 'successor');
  const trainer = new FakeTrainer(system);
  const sweepId = await stale.launch(SPEC);
  const reached = gate.suspendAt(write);
  // The stale one leads until it is about to make the write.
  let suspended: Promise<void> | null = null;
  const isThere = reached.then(() => true);
  while (suspended === null) {
    const tick = stale.tick();
    const there = await Promise.race([isThere, tick.then(() => false)]);
    if (there) suspended = tick;
    else await trainer.work();
  }
  now += LEASE_DURATION_MS + 1;
  await successor.settle();
  const answer = await successor.answer(sweepId);

  gate.resume();
  await suspended;
  expect(stale.conductor.isLeading).toBe(false);
  expect(stale.log.filter(({ message }) => message.startsWith('a write was refused'))).toHaveLength(1);
  await stale.tick();
  expect(stale.conductor.isLeading).toBe(false);
  expect(await successor.answer(sweepId)).toEqual(answer);
  expect((await system.store.getSweep(sweepId))?.state).toBe('completed');
  const undisturbed = new ConductorBench(createTestSystem());
  const other = await undisturbed.launch(SPEC);
  await undisturbed.settle();
  expect(answer).toEqual(await undisturbed.answer(other));
});
