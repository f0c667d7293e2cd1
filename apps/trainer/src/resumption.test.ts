/** Which checkpoints are used, and that no failure of their store is more than lost time. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { numericsClassSchema, RetryableError, type RunId } from '@seedbed/contracts';
import { pino } from 'pino';
import { CheckpointUploads } from './checkpoint-uploads.js';
import { CheckpointCadence } from './checkpoint-cadence.js';
import { type CheckpointStore, coordinatorCheckpoints } from './checkpoint-store.js';
import { HeldBlock } from './held-block.js';
import { Pack } from './pack.js';
import { BlockPart } from './block-part.js';
import { highestCommonStep, Resumption } from './resumption.js';
import { blockOf, heldBlock } from './testing/blocks.js';
import { TestLog } from './testing/test-log.js';
import { until } from './testing/until.js';

const numericsClass = numericsClassSchema.parse('scripted-1');
const never = new AbortController().signal;
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function startedBefore(
  seeds: readonly number[],
  over: { attempt?: number; suspect?: boolean } = {},
): HeldBlock {
  const { claimed } = heldBlock(blockOf({ trialIndex: 0, seeds }));
  return new HeldBlock({ ...claimed, attempt: 2, ...over });
}

/** Keeps checkpoints in memory. */
class MemoryCheckpoints implements CheckpointStore {
  readonly kept = new Map<string, { runId: RunId; step: number; bytes: Uint8Array }>();
  lists = 0;
  failure: Error | null = null;

  keep(runId: RunId, step: number, bytes = Buffer.from(`${runId} at ${step}`)): void {
    this.kept.set(`${runId} ${step}`, { runId, step, bytes });
  }
  async list(runIds: readonly RunId[]) {
    this.lists += 1;
    if (this.failure !== null) throw this.failure;
    return [...this.kept.values()]
      .filter(({ runId }) => runIds.includes(runId))
      .map(({ runId, step, bytes }) => ({ runId, step, sizeBytes: bytes.length, sha256: sha256Of(bytes) }));
  }
  async read({ runId, step }: { runId: RunId; step: number }, sha256: string) {
    const found = this.kept.get(`${runId} ${step}`);
    if (found === undefined || sha256Of(found.bytes) !== sha256) throw new RetryableError('damaged');
    return found.bytes;
  }
  async write({ runId, step }: { runId: RunId; step: number }, bytes: Uint8Array) {
    if (this.failure !== null) throw this.failure;
    this.keep(runId, step, Buffer.from(bytes));
  }
}

function resumptionFrom(checkpoints: CheckpointStore | null): Resumption {
  return new Resumption({ checkpoints, numericsClass, draining: never, logger: pino({ level: 'silent' }) });
}
const packOf = (block: HeldBlock) => new Pack([BlockPart.wholeOf(block)]);

it('goes on at the highest step that all runs have', () => {
  const [a, b] = blockOf({ trialIndex: 0, seeds: [1, 2] }).runs.map((run) => run.runId);
  const known = [
    { runId: a!, step: 10 },
    { runId: a!, step: 30 },
    { runId: a!, step: 20 },
    { runId: b!, step: 20 },
    { runId: b!, step: 10 },
    { runId: b!, step: 40 },
  ];
  expect(highestCommonStep([a!, b!], known)).toBe(20);
  expect(highestCommonStep([a!], known)).toBe(30);
  expect(highestCommonStep([a!, b!], known.slice(0, 3))).toBe(0);
  expect(highestCommonStep([], known)).toBe(0);
});

it('begins a block anew that nobody can have left anything of, or that is under suspicion', async () => {
  const checkpoints = new MemoryCheckpoints();
  const block = startedBefore([1, 2]);
  for (const { runId } of block.job.runs) checkpoints.keep(runId, 500);
  expect(await resumptionFrom(checkpoints).stepOf(block)).toBe(500);
  expect(await resumptionFrom(checkpoints).stepOf(startedBefore([1, 2], { attempt: 1 }))).toBe(0);
  expect(await resumptionFrom(checkpoints).stepOf(startedBefore([1, 2], { suspect: true }))).toBe(0);
  expect(await resumptionFrom(null).stepOf(block)).toBe(0);
});

it('brings the checkpoints in the order of the members, or none when one is damaged', async () => {
  const checkpoints = new MemoryCheckpoints();
  const block = startedBefore([1, 2]);
  const [a, b] = block.job.runs.map((run) => run.runId);
  for (const runId of [b!, a!]) checkpoints.keep(runId, 500);
  const resumption = resumptionFrom(checkpoints);
  block.resumeStep = await resumption.stepOf(block);
  expect((await resumption.load(packOf(block).members))?.map(String)).toEqual([`${a} at 500`, `${b} at 500`]);
  checkpoints.keep(b!, 500, Buffer.from('other bytes'));
  expect(await resumption.load(packOf(block).members)).toBeNull();
});

it('asks nobody for a while after a failure', async () => {
  const checkpoints = new MemoryCheckpoints();
  checkpoints.failure = new RetryableError('away');
  const resumption = resumptionFrom(checkpoints);
  for (const _ of [1, 2, 3]) expect(await resumption.stepOf(startedBefore([1]))).toBe(0);
  expect(checkpoints.lists).toBe(1);
});

it('sends the newest of each run, one after another, and nothing of what is done', async () => {
  const checkpoints = new MemoryCheckpoints();
  const log = new TestLog();
  const uploads = new CheckpointUploads({
    checkpoints,
    draining: never,
    logger: pino({ level: 'info' }, log),
  });
  const block = startedBefore([1, 2, 3]);
  const [a, b, c] = block.job.runs.map((run) => run.runId);
  const offer = (runId: RunId, step: number) =>
    uploads.offer({ block, runId, step, numericsClass, bytes: Buffer.from(`${step}`) });
  offer(a!, 10);
  // The first is on its way already; of these only the last is worth sending.
  for (const step of [10, 20]) offer(b!, step);
  offer(c!, 10);
  block.resultKnown(c!);
  await until(async () => uploads.counts.sent === 2);
  expect([...checkpoints.kept.keys()]).toEqual([`${a} 10`, `${b} 20`]);

  checkpoints.failure = new RetryableError('away');
  offer(a!, 30);
  await until(async () => uploads.counts.failed === 1);
  offer(a!, 40);
  expect(uploads.counts).toEqual({ sent: 2, failed: 1, dropped: 1 });
  expect(log.all('checkpoint not kept')).toHaveLength(1);
});

it('is due once an interval, and not while the last ones are on their way', () => {
  let nowMs = 0;
  const cadence = new CheckpointCadence(60, () => nowMs);
  expect(cadence.isDue()).toBe(false);
  nowMs = 60;
  expect([cadence.isDue(), cadence.isDue()]).toEqual([true, false]);
  const sent = cadence.sending();
  nowMs = 200;
  expect(cadence.isDue()).toBe(false);
  sent();
  expect(cadence.isDue()).toBe(true);
  expect(new CheckpointCadence(null, () => nowMs++).isDue()).toBe(false);
});

describe('over HTTP', () => {
  let server: Server;
  afterEach(() => server.close());

  async function storeOf(listener: RequestListener): Promise<CheckpointStore> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return coordinatorCheckpoints({ url: `http://127.0.0.1:${port}`, token: 'secret' });
  }
  const runId = blockOf({ trialIndex: 0, seeds: [1] }).runs[0]!.runId;

  it.each<[string, RequestListener]>([
    ['an error', (_, response) => void response.writeHead(503).end('{"detail":"busy"}')],
    ['nonsense', (_, response) => void response.end('<html>')],
    [
      'a list of something else',
      (_, response) => void response.end('{"checkpoints":[{"path":"/etc/passwd"}]}'),
    ],
    ['a cut connection', (request) => void request.socket.destroy()],
    ['other bytes', (_, response) => void response.end('other')],
  ])('%s is a RetryableError', async (_, listener) => {
    const store = await storeOf(listener);
    await expect(store.list([runId], numericsClass, never)).rejects.toThrow(RetryableError);
    const address = { runId, numericsClass, step: 5 };
    await expect(store.read(address, sha256Of(Buffer.from('mine')), never)).rejects.toThrow(RetryableError);
  });

  it('carries the token, the bytes and their SHA-256', async () => {
    const seen: string[] = [];
    const store = await storeOf((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      request.on('data', (bytes) => seen.push(String(bytes)));
      request.on('end', () => response.writeHead(204).end());
    });
    const { job } = startedBefore([1]);
    const bytes = Buffer.from('weights');
    await store.write({ runId, numericsClass, step: 5, sweepId: job.sweepId }, bytes, never);
    const query = `sweep=${job.sweepId}&sha256=${sha256Of(bytes)}`;
    expect(seen).toEqual([`PUT /v1/checkpoints/scripted-1/${runId}/5?${query} Bearer secret`, 'weights']);
  });
});
