/**
 * Deterministic simulation: the real conductor and the real supervisors under a virtual clock, thousands of times, each time
 * with other faults in another order. `npm run simulate -- --seed S --schedules 1` replays a seed that is printed here.
 */
import type { Commit } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import { runSchedules, undisturbedAnswer, violationsOf } from './run-schedules.js';
import { runSchedule, type ScheduleOptions } from './schedule.js';

const SCHEDULES = Number(process.env['SEEDBED_SCHEDULES'] ?? 2_000);
/** From so many on, everything has happened. */
const SCHEDULES_ENOUGH = 1_000;

it('gives the same schedule for the same seed', async () => {
  const [first, second] = [await runSchedule({ seed: 7 }), await runSchedule({ seed: 7 })];
  expect([...second.happenings.counts]).toEqual([...first.happenings.counts]);
  expect(second.answer).toBe(first.answer);
});

it('loses nothing and commits nothing twice, whatever happens in whatever order', async () => {
  const { failures, happenings } = await runSchedules(
    Array.from({ length: SCHEDULES }, (_, index) => index + 1),
  );
  expect(failures).toEqual([]);
  // A fault that never happened proves nothing.
  if (SCHEDULES >= SCHEDULES_ENOUGH) expect(happenings.missing()).toEqual([]);
}, 600_000);

/** The store with one operation replaced. */
function instead(store: SweepStore, over: Partial<SweepStore>): SweepStore {
  return new Proxy(store, {
    get(_, name: keyof SweepStore) {
      if (name === 'fenced') {
        return (...lease: Parameters<SweepStore['fenced']>) => instead(store.fenced(...lease), over);
      }
      const own = over[name] ?? store[name];
      return typeof own === 'function' ? (own as () => unknown).bind(store) : own;
    },
  });
}

describe('notices', () => {
  const commits = 3;
  const sabotages: Readonly<Record<string, ScheduleOptions['sabotage']>> = {
    'a commit that is acknowledged and not written': (store) => {
      let count = 0;
      return instead(store, {
        commit: (commit: Commit) =>
          (count += 1) === commits ? Promise.resolve('committed') : store.commit(commit),
      });
    },
    'another digest in the record than was acknowledged': (store) =>
      instead(store, {
        commit: (commit: Commit) => store.commit({ ...commit, digest: commit.digest.replace(/^./, '0') }),
      }),
    'a sweep that is declared complete too early': (store) =>
      instead(store, {
        committedRuns: (runIds) => Promise.resolve([...runIds]),
      }),
  };

  it.each(Object.keys(sabotages))(
    '%s',
    async (name) => {
      const expected = await undisturbedAnswer();
      const found: string[] = [];
      for (let seed = 1; seed <= 10 && found.length === 0; seed += 1) {
        expect(await violationsOf(seed, expected)).toEqual([]);
        const { violations, answer } = await runSchedule({ seed, sabotage: sabotages[name]! });
        found.push(...violations, ...(answer !== null && answer !== expected ? ['another answer'] : []));
      }
      expect(found).not.toEqual([]);
    },
    60_000,
  );
});
