/** The client against a real HTTP server on this machine: answers, refusals, absences. */
import { SEEDBED_VERSION, sweepSpecSchema, TerminalError } from '@seedbed/contracts';
import { InterruptedError, UnreachableError } from '../errors.js';
import {
  type FixtureAnswer,
  type FixtureCoordinator,
  type ReceivedRequest,
  startFixtureCoordinator,
} from '../testing/fixture-coordinator.js';
import { sweepStatus } from '../testing/sweep-status.js';
import { ApiError } from './api-error.js';
import { type CoordinatorClient, createCoordinatorClient } from './coordinator-client.js';
import type { RequesterOptions } from './requester.js';

const spec = sweepSpecSchema.parse({ seedbed: 1, name: 'demo' });
const open: FixtureCoordinator[] = [];

async function serve(
  answer: (request: ReceivedRequest) => FixtureAnswer,
  port = 0,
): Promise<FixtureCoordinator> {
  const fixture = await startFixtureCoordinator(answer, port);
  open.push(fixture);
  return fixture;
}

function clientOf(url: string, options: Partial<RequesterOptions> = {}): CoordinatorClient {
  return createCoordinatorClient({
    connection: () => ({ url, token: 'a-long-secret-token', fingerprint: null }),
    signal: new AbortController().signal,
    patienceMs: 0,
    ...options,
  });
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((fixture) => fixture.close()));
});

test('a launch sends the spec, the key and the token, and parses the status', async () => {
  const fixture = await serve(() => ({ status: 201, body: sweepStatus() }));
  const status = await clientOf(fixture.url).launch(spec, 'key-1');
  expect(status.sweepId).toBe('demo-1');
  const [request] = fixture.requests;
  expect(request).toMatchObject({ method: 'POST', path: '/v1/sweeps' });
  expect(request?.headers).toMatchObject({
    authorization: 'Bearer a-long-secret-token',
    'idempotency-key': 'key-1',
  });
  expect(JSON.parse(request?.body ?? '')).toEqual({ spec });
});

test('an action sends no body and no content type', async () => {
  const fixture = await serve(() => ({ body: sweepStatus({ state: 'paused' }) }));
  await clientOf(fixture.url).act('demo-1', 'pause');
  expect(fixture.requests[0]).toMatchObject({ method: 'POST', path: '/v1/sweeps/demo-1/pause', body: '' });
  expect(fixture.requests[0]?.headers['content-type']).toBeUndefined();
});

test('an id cannot leave its place in the path', async () => {
  const fixture = await serve(() => ({ body: sweepStatus() }));
  await clientOf(fixture.url).sweep('../trainers?x');
  expect(fixture.requests[0]?.path).toBe('/v1/sweeps/..%2Ftrainers%3Fx');
});

test('all pages of runs are read, with the filter on each', async () => {
  const fixture = await serve(({ path }) => ({
    body: { runs: [], nextCursor: path.includes('cursor=0') ? 200 : null },
  }));
  for await (const row of clientOf(fixture.url).allRuns('demo-1', { stage: 'fine' }))
    throw new Error(row.stage);
  expect(fixture.requests.map(({ path }) => path)).toEqual([
    '/v1/sweeps/demo-1/runs?stage=fine&cursor=0&limit=200',
    '/v1/sweeps/demo-1/runs?stage=fine&cursor=200&limit=200',
  ]);
});

test('the answer is kept byte by byte', async () => {
  const text = `{"complete":true,"decisions":[],"name":"demo","numericsClass":null,"schemaVersion":1,"specDigest":"d","stages":[]}\n`;
  const fixture = await serve(() => ({ body: text }));
  const answer = await clientOf(fixture.url).answer('demo-1');
  expect(answer.text).toBe(text);
  expect(answer.answer.complete).toBe(true);
});

test('problem details become an error with status and words, and are not tried again', async () => {
  const problem = { type: 'about:blank', title: 'Not Found', status: 404, detail: 'there is no sweep "x"' };
  const fixture = await serve(() => ({ status: 404, body: problem }));
  const error = await clientOf(fixture.url, { patienceMs: 5_000 })
    .sweep('x')
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 404, message: 'the coordinator says: there is no sweep "x"' });
  expect(fixture.requests).toHaveLength(1);
});

test('an answer of another shape names the path and our version, and is not tried again', async () => {
  const fixture = await serve(() => ({ body: { sweeps: 'many' } }));
  const error = await clientOf(fixture.url, { patienceMs: 5_000 })
    .sweeps(null)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TerminalError);
  expect(String(error)).toContain(
    `/v1/sweeps answered something that Seedbed ${SEEDBED_VERSION} does not know`,
  );
  expect(fixture.requests).toHaveLength(1);
});

test('nobody at the address is said plainly', async () => {
  const gone = await serve(() => ({ body: {} }));
  await gone.close();
  const error = await clientOf(gone.url)
    .health()
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UnreachableError);
  expect(String(error)).toContain(`cannot reach the coordinator at ${gone.url}: nothing listens there`);
});

test('while the coordinator is away the request waits, says so once, and goes on when it is back', async () => {
  const first = await serve(() => ({ body: sweepStatus() }));
  const port = Number(new URL(first.url).port);
  await first.close();
  const heard: boolean[] = [];
  const client = clientOf(first.url, {
    patienceMs: 30_000,
    onAway: (away) => {
      heard.push(away);
      // Only now does it come back: the first tries have met nobody.
      if (away) void serve(() => ({ body: sweepStatus() }), port);
    },
  });
  await expect(client.sweep('demo-1')).resolves.toMatchObject({ sweepId: 'demo-1' });
  expect(heard).toEqual([true, false]);
});

test('503 is waited out, other refusals are not', async () => {
  let answers = 0;
  const fixture = await serve(() => {
    answers += 1;
    return answers < 3 ? { status: 503, body: { status: 'redis-away' } } : { body: sweepStatus() };
  });
  await clientOf(fixture.url, { patienceMs: 30_000 }).sweep('demo-1');
  expect(answers).toBe(3);
});

test('patience ends', async () => {
  const fixture = await serve(() => ({ status: 503, body: {} }));
  let clock = 0;
  const client = clientOf(fixture.url, { patienceMs: 1_000, now: () => (clock += 400) });
  await expect(client.health()).rejects.toMatchObject({ status: 503 });
});

test('Ctrl-C ends the waiting at once, with its own reason', async () => {
  const controller = new AbortController();
  const fixture = await serve(() => ({ status: 503, body: {} }));
  const client = clientOf(fixture.url, {
    patienceMs: 600_000,
    signal: controller.signal,
    onAway: () => controller.abort(new InterruptedError('SIGINT')),
  });
  await expect(client.health()).rejects.toBeInstanceOf(InterruptedError);
});
