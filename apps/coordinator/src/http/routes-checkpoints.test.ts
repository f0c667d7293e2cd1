/** Checkpoints over HTTP: whole or not at all, bounded, forgotten in time, and nothing but what the shelf knows. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointListSchema, LIMITS, type SweepId } from '@seedbed/contracts';
import { pino } from 'pino';
import { CheckpointShelf } from '../checkpoints/checkpoint-shelf.js';
import { tidyShelf } from '../checkpoints/checkpoint-tidying.js';
import { type HttpBench, createHttpBench } from '../testing/http-bench.js';
import { CLASS_A, twoStageSpec } from '../testing/sweep-fixtures.js';

const TOKEN = 'the-right-token-is-long';
const RUNS = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
const BYTES_MAX = 5_000;

let directory: string;
let shelf: CheckpointShelf;
let http: HttpBench;
let sweepId: SweepId;

const openShelf = () =>
  CheckpointShelf.open({ directory, bytesMax: BYTES_MAX, logger: pino({ level: 'silent' }) });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seedbed-checkpoints-'));
  shelf = await openShelf();
  http = await createHttpBench({ token: TOKEN, checkpoints: shelf });
  sweepId = await http.bench.launch(twoStageSpec());
});
afterEach(async () => {
  await http.app.close();
  await rm(directory, { recursive: true });
});

const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const stateOf = (step: number, sizeBytes = 1_000) => Buffer.alloc(sizeBytes, `state after ${step} steps `);
const authorization = `Bearer ${TOKEN}`;

interface Put {
  readonly run?: string;
  readonly step?: number;
  readonly bytes?: Buffer;
  readonly sha256?: string;
  readonly sweep?: string;
  readonly headers?: Record<string, string>;
}

async function put({ run = RUNS[0]!, step = 10, bytes = stateOf(step), ...over }: Put = {}) {
  const query = `sweep=${over.sweep ?? sweepId}&sha256=${over.sha256 ?? sha256Of(bytes)}`;
  return await http.app.inject({
    method: 'PUT',
    url: `/v1/checkpoints/${CLASS_A}/${run}/${step}?${query}`,
    payload: bytes,
    headers: { authorization, 'content-type': 'application/octet-stream', ...over.headers },
  });
}

const get = async (path: string) =>
  await http.app.inject({ url: `/v1/checkpoints/${CLASS_A}${path}`, headers: { authorization } });

async function stepsOf(...runs: string[]): Promise<[string, number][]> {
  const response = await get(`?runs=${runs.join(',')}`);
  return checkpointListSchema.parse(response.json()).checkpoints.map(({ runId, step }) => [runId, step]);
}

async function filesBelow(): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

it('keeps the newest two of a run and gives their bytes back, also after a restart', async () => {
  for (const step of [10, 20, 30]) expect((await put({ step })).statusCode).toBe(204);
  expect((await put({ run: RUNS[1]!, step: 20 })).statusCode).toBe(204);
  // Again, as after a lost answer.
  expect((await put({ step: 30 })).statusCode).toBe(204);
  const listed = [
    [RUNS[0], 20],
    [RUNS[0], 30],
    [RUNS[1], 20],
  ];
  expect((await stepsOf(RUNS[0]!, RUNS[1]!, RUNS[2]!)).sort()).toEqual(listed);
  const response = await get(`/${RUNS[0]}/30`);
  expect(response.rawPayload.equals(stateOf(30))).toBe(true);
  expect(response.headers).toMatchObject({ etag: `"${sha256Of(stateOf(30))}"`, 'cache-control': 'no-store' });
  expect((await get(`/${RUNS[0]}/10`)).statusCode).toBe(404);

  await http.app.close();
  await writeFile(join(directory, sweepId, '.part-left-by-a-kill'), 'half');
  await writeFile(join(directory, sweepId, 'something else'), 'foreign');
  shelf = await openShelf();
  http = await createHttpBench({ token: TOKEN, checkpoints: shelf });
  expect((await stepsOf(RUNS[0]!, RUNS[1]!)).sort()).toEqual(listed);
  expect((await filesBelow()).filter((name) => name.startsWith('.part'))).toEqual([]);
});

it('keeps nothing of what arrives otherwise than announced', async () => {
  const bytes = stateOf(10);
  const answers = [
    await put({ sha256: '0'.repeat(64) }),
    await put({ headers: { 'content-length': String(bytes.length + 1) } }).catch(() => null),
    await put({ headers: { 'content-length': String(LIMITS.checkpointBytesMax + 1) } }).catch(() => null),
    await put({ bytes: stateOf(10, BYTES_MAX + 1) }),
  ];
  expect(answers.map((answer) => answer?.statusCode ?? 400)).toEqual([400, 400, 413, 503]);
  expect(await filesBelow()).toEqual([]);
  expect(shelf.sizeBytes).toBe(0);
});

it('says that another state is known, and keeps the first', async () => {
  await put({ bytes: stateOf(10) });
  const other = await put({ bytes: stateOf(11), step: 10 });
  expect([other.statusCode, other.json()]).toMatchObject([409, { title: 'Another checkpoint is known' }]);
  expect((await get(`/${RUNS[0]}/10`)).rawPayload.equals(stateOf(10))).toBe(true);
});

it('makes room by forgetting the oldest', async () => {
  for (const [index, run] of RUNS.entries())
    await put({ run, step: index + 1, bytes: stateOf(index, 2_000) });
  expect(await stepsOf(...RUNS)).toEqual([
    [RUNS[1], 2],
    [RUNS[2], 3],
  ]);
  expect(await filesBelow()).toHaveLength(2);
  expect(shelf.sizeBytes).toBe(4_000);
});

it('forgets runs that are committed and sweeps that are over', async () => {
  const trainer = http.bench.trainer();
  await http.bench.tick();
  const block = await trainer.claimOne();
  const [first, second] = block.job.runs.map((run) => run.runId as string);
  for (const run of [first!, second!]) await put({ run });
  expect((await put({ sweep: 'no-such-sweep' })).statusCode).toBe(409);
  await trainer.commit(block, 1);
  await tidyShelf(shelf, http.bench.store);
  expect(await stepsOf(first!, second!)).toEqual([[second, 10]]);
  const change = { from: ['running'], to: 'cancelled', reason: null } as const;
  await http.bench.store.setSweepState(sweepId, change);
  await tidyShelf(shelf, http.bench.store);
  expect(await stepsOf(second!)).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
  expect((await put()).statusCode).toBe(409);
});

it('does not send a file that is not whole, and forgets it', async () => {
  await put();
  const [name] = await filesBelow();
  await truncate(join(directory, sweepId, name!), 500);
  expect((await get(`/${RUNS[0]}/10`)).statusCode).toBe(404);
  expect(await stepsOf(RUNS[0]!)).toEqual([]);
});

it.each([
  `/..%2F..%2Fetc%2Fpasswd/10`,
  `/${'a'.repeat(64)}%2F..%2F..%2Fsecret/10`,
  `/${'A'.repeat(64)}/10`,
  `/${'a'.repeat(64)}/0`,
  `/${'a'.repeat(64)}/1e3`,
  `/${'a'.repeat(64)}/..%2F10`,
  `?runs=..%2F..%2Fetc`,
  `?runs=`,
  `?runs=${Array.from({ length: 21 }, () => 'a'.repeat(64)).join(',')}`,
  '',
])('opens nothing else: %s', async (path) => {
  expect([400, 404]).toContain((await get(path)).statusCode);
});

it.each(['..', '../x', 'a/b', '.hidden', 'A', ''])('takes no sweep by the name "%s"', async (sweep) => {
  expect((await put({ sweep: encodeURIComponent(sweep) })).statusCode).toBe(400);
  expect(await readFile(join(directory, 'x')).catch(() => null)).toBeNull();
});

it('needs the token, a body of bytes on this route alone, and a place for them', async () => {
  expect((await put({ headers: { authorization: 'Bearer a-wrong-token-of-length' } })).statusCode).toBe(401);
  expect((await put({ headers: { 'content-type': 'application/json' } })).statusCode).toBe(400);
  const elsewhere = await http.app.inject({
    method: 'POST',
    url: '/v1/sweeps',
    payload: stateOf(1),
    headers: { authorization, 'content-type': 'application/octet-stream' },
  });
  expect(elsewhere.statusCode).toBe(415);
  await http.app.close();
  http = await createHttpBench({ token: TOKEN });
  expect((await put()).statusCode).toBe(404);
  expect((await get(`?runs=${RUNS[0]}`)).json()).toMatchObject({
    detail: expect.stringContaining('SEEDBED_CHECKPOINT_DIR'),
  });
});
