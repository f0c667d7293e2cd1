/** What only shows in the stored records: plans cut off half-way, unreadable records, divergence kept for inspection. */
import { KEYS, TerminalError } from '@seedbed/contracts';
import { commitOf, plannedStageOf, resultWith, SWEEP, sweepRecordOf } from './conformance/test-data.js';
import { until } from './conformance/until.js';
import { Connection } from './connection.js';
import { QUEUE_DEFAULTS, type SweepStore } from './interfaces.js';
import { DIVERGENT_COMMITS_KEY } from './keys.js';
import { LIVE_CURVE_KEPT_MS } from './live-curves.js';
import { chunkField, planChunks } from './plan-chunks.js';
import { startThrowawayServer, type ThrowawayServer } from './server-fixture.js';
import { openSweepStore } from './sweep-store.js';

let server: ThrowawayServer;
let direct: Connection;
let store: SweepStore;

beforeAll(async () => {
  server = await startThrowawayServer();
  direct = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
});

beforeEach(async () => {
  await direct.redis.flushall();
  store = await openSweepStore({ ...QUEUE_DEFAULTS, url: server.url });
  await store.createSweep(sweepRecordOf('lambda-search'));
});

afterEach(() => store.close());

afterAll(async () => {
  await direct.close();
  await server.stop();
});

it('shows no plan whose writer died before its header, and removes what it left', async () => {
  const left = [...planChunks(plannedStageOf('coarse', 50), 2_000)].map(
    (text, index) => [chunkField({ stage: 'coarse', writing: '0-1' }, index), text] as const,
  );
  for (const [field, text] of left) await direct.redis.hset(KEYS.plan(SWEEP), field, text);
  await store.writePlannedStage(SWEEP, plannedStageOf('coarse-two', 1));
  expect((await store.readPlannedStages(SWEEP)).map((stage) => stage.stage)).toEqual(['coarse-two']);
  const plan = plannedStageOf('coarse', 4);
  expect(await store.writePlannedStage(SWEEP, plan)).toBe('written');
  expect((await store.readPlannedStages(SWEEP))[1]).toEqual(plan);
  const fields = await direct.redis.hkeys(KEYS.plan(SWEEP));
  expect(fields.filter((field) => left.some(([leftField]) => leftField === field))).toEqual([]);
});

it('stores a large plan in chunks and reads it back', async () => {
  const plan = plannedStageOf('coarse', 3_000, 5);
  expect(await store.writePlannedStage(SWEEP, plan)).toBe('written');
  expect(await direct.redis.hlen(KEYS.plan(SWEEP))).toBeGreaterThan(5);
  expect(await store.readPlannedStages(SWEEP)).toEqual([plan]);
});

it('keeps what a stage says about pruning', async () => {
  const rule = { kind: 'successive-halving', factor: 3 } as const;
  const rung = { ...plannedStageOf('coarse-rung-1', 3), rung: { of: 'coarse', number: 1, until: 10, rule } };
  const pruned = [{ index: 7, parameters: { lambda: 0.1 }, step: 10 }];
  const end = { ...plannedStageOf('coarse', 1), pruned };
  for (const stage of [rung, end]) await store.writePlannedStage(SWEEP, stage);
  expect(await store.readPlannedStages(SWEEP)).toEqual([rung, end]);
});

it('keeps what differed for inspection', async () => {
  await store.commit(commitOf());
  const other = commitOf({ result: resultWith(1), trainer: 'trainer-2' });
  await store.commit(other);
  const [kept] = await direct.redis.lrange(DIVERGENT_COMMITS_KEY, 0, -1);
  expect(JSON.parse(kept ?? '')).toMatchObject({
    runId: other.runId,
    record: commitOf().digest,
    offered: other.digest,
    trainerId: 'trainer-2',
  });
});

it('refuses what it cannot read, naming it', async () => {
  await direct.redis.hset(KEYS.run(commitOf().runId), 'some-class', '{"schemaVersion":99}');
  await expect(store.readCommits([commitOf().runId], 'some-class')).rejects.toThrow(TerminalError);
  await direct.redis.hset(KEYS.sweep(SWEEP), 'state', 'dreaming');
  await expect(store.getSweep(SWEEP)).rejects.toThrow(/lambda-search/);
});

it('calls back once for many commits', async () => {
  let calls = 0;
  store.onCommits(() => (calls += 1));
  await until('the call that tells that it listens', () => calls === 1);
  await Promise.all(Array.from({ length: 200 }, () => store.commit(commitOf())));
  await until('a call for them', () => calls > 1);
  expect(calls).toBeLessThan(50);
  expect((await store.commitCounters()).duplicate).toBe(199);
});

it('keeps curves of runs in training for a bounded time, and none of a run that is committed', async () => {
  const { runId } = commitOf();
  const point = { step: 1, validation: { accuracy: { correct: 1, count: 2 }, loss: null, cost: null } };
  await store.appendCurves(SWEEP, new Map([[runId, [point]]]));
  const key = KEYS.curve(SWEEP, runId);
  const leftMs = await direct.redis.pttl(key);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(LIVE_CURVE_KEPT_MS);
  await store.commit(commitOf());
  expect(await direct.redis.exists(key)).toBe(0);
});
