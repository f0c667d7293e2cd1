/** Every kind of error is problem details, and tells neither too little nor too much. */
import { LIMITS, RetryableError, problemSchema } from '@seedbed/contracts';
import { type HttpBench, createHttpBench } from '../testing/http-bench.js';
import { createTestSystem } from '../testing/memory-system.js';

let http: HttpBench;
beforeEach(async () => {
  http = await createHttpBench();
});

type Injected = Awaited<ReturnType<HttpBench['app']['inject']>>;

function problemOfResponse(response: Injected) {
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(response.headers['x-content-type-options']).toBe('nosniff');
  const problem = problemSchema.parse(response.json());
  expect(problem.status).toBe(response.statusCode);
  expect(problem.requestId).toMatch(/^[0-9a-f-]{36}$/);
  return problem;
}

const post = async (payload: string, contentType = 'application/json') =>
  await http.app.inject({
    method: 'POST',
    url: '/v1/plan',
    payload,
    headers: { 'content-type': contentType },
  });

it('404 for a path that is not there', async () => {
  expect(problemOfResponse(await http.app.inject({ url: '/v2/sweeps?x=1' }))).toMatchObject({
    status: 404,
    detail: 'There is nothing at GET /v2/sweeps.',
  });
});

it.each([
  ['DELETE', '/v1/sweeps', 'GET, HEAD, POST'],
  ['GET', '/v1/plan', 'POST'],
  ['PUT', '/v1/sweeps/some-sweep/pause', 'POST'],
  ['POST', '/v1/health', 'GET, HEAD'],
] as const)('405 for %s %s', async (method, url, allow) => {
  const response = await http.app.inject({ method, url });
  expect(problemOfResponse(response)).toMatchObject({ status: 405 });
  expect(response.headers.allow).toBe(allow);
});

it('400 for JSON that does not parse', async () => {
  expect(problemOfResponse(await post('{"spec":'))).toMatchObject({ status: 400 });
});

it('400 for a body that is not what the route takes', async () => {
  const problem = problemOfResponse(await post('{"spec": {}, "extra": 1}'));
  expect(problem.problems?.[0]?.message).toContain('extra');
});

it('400 for a missing spec', async () => {
  expect(problemOfResponse(await post('{}'))).toMatchObject({ status: 400 });
});

it('400 for queries and ids that are not valid, naming them', async () => {
  const query = problemOfResponse(await http.app.inject({ url: '/v1/sweeps?limit=0' }));
  expect(query.problems).toEqual([{ path: 'querystring.limit', message: expect.any(String) }]);
  const unknown = problemOfResponse(await http.app.inject({ url: '/v1/sweeps?limits=3' }));
  expect(unknown.problems?.[0]?.message).toContain('limits');
  const id = problemOfResponse(await http.app.inject({ url: '/v1/sweeps/Not%20An%20Id' }));
  expect(id.problems?.[0]?.path).toBe('params.sweepId');
});

it('400 for an address that cannot be decoded', async () => {
  const response = await http.app.inject({ url: '/v1/sweeps/%ZZ' });
  expect(problemSchema.parse(response.json())).toMatchObject({ status: 400 });
});

it('400 for a body that would reach into prototypes', async () => {
  expect(problemOfResponse(await post('{"spec": {"__proto__": {"x": 1}}}'))).toMatchObject({ status: 400 });
});

it('413 for a body that is too large', async () => {
  expect(problemOfResponse(await post('x'.repeat(LIMITS.requestBytesMax + 1)))).toMatchObject({
    status: 413,
  });
});

it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
  '415 for %s',
  async (type) => {
    expect(problemOfResponse(await post('{"spec": {}}', type))).toMatchObject({ status: 415 });
  },
);

it('503 with Retry-After while Redis is away, on every route that needs it', async () => {
  const system = createTestSystem();
  const away = () => Promise.reject(new RetryableError('Redis at db.internal:6379 is away'));
  const store = Object.assign(Object.create(system.store), {
    getSweep: away,
    listSweeps: away,
    listTrainers: away,
    setSweepState: away,
    commitCounters: away,
  });
  http = await createHttpBench({ system: { store, queue: system.queue } });
  for (const [method, url] of [
    ['GET', '/v1/sweeps'],
    ['GET', '/v1/sweeps/some-sweep'],
    ['GET', '/v1/sweeps/some-sweep/answer'],
    ['POST', '/v1/sweeps/some-sweep/pause'],
    ['GET', '/v1/trainers'],
  ] as const) {
    const response = await http.app.inject({ method, url });
    expect(problemOfResponse(response)).toMatchObject({ status: 503 });
    expect(response.headers['retry-after']).toBe('2');
    expect(response.body).not.toContain('db.internal');
  }
  const health = await http.app.inject({ url: '/v1/health' });
  expect(health.statusCode).toBe(503);
  expect(health.json()).toMatchObject({ status: 'redis-away', redis: { reachable: false } });
  expect((await http.app.inject({ url: '/v1/health/live' })).statusCode).toBe(200);
});

it('503 says which refusal of the server a person must act on, and nothing else of it', async () => {
  const system = createTestSystem();
  const message =
    'Redis at db.internal:6379 refused "list sweeps": the server has reached its memory limit (maxmemory) and refuses writes';
  const store = Object.assign(Object.create(system.store), {
    listSweeps: () => Promise.reject(new RetryableError(message)),
  });
  http = await createHttpBench({ system: { store, queue: system.queue } });
  const response = await http.app.inject({ method: 'GET', url: '/v1/sweeps' });
  expect(problemOfResponse(response)).toMatchObject({
    status: 503,
    detail: expect.stringMatching(/memory limit and refuses writes/) as string,
  });
  expect(response.body).not.toContain('db.internal');
});

it('500 with nothing but the request id for a defect, whose stack is in the log', async () => {
  const system = createTestSystem();
  const store = Object.assign(Object.create(system.store), {
    listTrainers: () => Promise.reject(new TypeError('secret detail')),
  });
  http = await createHttpBench({ system: { store, queue: system.queue } });
  const response = await http.app.inject({ url: '/v1/trainers' });
  const problem = problemOfResponse(response);
  expect(problem.status).toBe(500);
  expect(response.body).not.toContain('secret detail');
  expect(response.body).not.toContain('.ts:');
  const logged = http.log.find((line) => line.includes('secret detail'));
  expect(logged).toContain(problem.requestId);
});
