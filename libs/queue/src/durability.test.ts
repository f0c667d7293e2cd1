/** What docs/operations.md promises under each durability setting, of the record itself. */
import type { CommitOutcome } from '@seedbed/contracts';
import { commitOf, runIdWith, sweepRecordOf } from './conformance/test-data.js';
import { elapse } from './conformance/until.js';
import { QUEUE_DEFAULTS } from './interfaces.js';
import { startThrowawayServer } from './server-fixture.js';
import { openSweepStore } from './sweep-store.js';

const WRITERS = 8;
const RUNS_PER_WRITER = 400;
/** After the first acknowledged commits and, on any machine, long before the last. */
const KILL_AFTER_MS = 60;

it.each(['always', 'everysec'] as const)(
  'with appendfsync %s nothing that was acknowledged is lost when the server’s process dies, and all is taken again',
  async (appendFsync) => {
    const server = await startThrowawayServer({ appendFsync });
    const store = await openSweepStore({
      ...QUEUE_DEFAULTS,
      commandTimeoutMs: 400,
      url: server.urls.coordinator,
    });
    try {
      await store.createSweep(sweepRecordOf('lambda-search'));
      const acknowledged = new Set<number>();
      const refused = new Set<number>();
      const write = async (writer: number) => {
        for (let index = 0; index < RUNS_PER_WRITER && refused.size < WRITERS; index += 1) {
          const seed = writer * RUNS_PER_WRITER + index;
          await store.commit(commitOf({ runId: runIdWith(0, seed) })).then(
            () => acknowledged.add(seed),
            () => refused.add(seed),
          );
        }
      };
      const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
      await elapse(KILL_AFTER_MS);
      await server.kill();
      await writing;
      expect(acknowledged.size).toBeGreaterThan(0);
      expect(refused.size).toBeGreaterThan(0);
      await server.restart();
      const patient = await openSweepStore({ ...QUEUE_DEFAULTS, url: server.urls.coordinator });
      const found = await patient.committedRuns(
        [...acknowledged].map((seed) => runIdWith(0, seed)),
        null,
      );
      expect(found).toHaveLength(acknowledged.size);
      const outcomes = new Set<CommitOutcome>();
      for (const seed of refused) outcomes.add(await patient.commit(commitOf({ runId: runIdWith(0, seed) })));
      // Not acknowledged is not the same as not written.
      for (const outcome of outcomes) expect(['committed', 'duplicate']).toContain(outcome);
      await patient.close();
    } finally {
      await store.close();
      await server.stop();
    }
  },
  60_000,
);
