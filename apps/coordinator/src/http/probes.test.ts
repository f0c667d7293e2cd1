/** What probes of process managers are told; they carry no token. */
import { RetryableError } from '@seedbed/contracts';
import { createHttpBench } from '../testing/http-bench.js';
import { createTestSystem } from '../testing/memory-system.js';

const token = 'a-token-of-enough-length';

it('is alive and ready, also for those who have no token and under any name', async () => {
  const { app } = await createHttpBench({ token });
  const headers = { host: '10.244.1.7:7333' };
  const [live, ready] = await Promise.all([
    app.inject({ url: '/livez', headers }),
    app.inject({ url: '/readyz', headers }),
  ]);
  expect([live.statusCode, live.json()]).toEqual([200, { live: true }]);
  expect([ready.statusCode, ready.json()]).toEqual([200, { ready: true }]);
});

it('is not alive when the conductor stands still', async () => {
  const { app } = await createHttpBench({ isMoving: () => false });
  const response = await app.inject({ url: '/livez' });
  expect([response.statusCode, response.json()]).toEqual([503, { live: false }]);
});

it('is alive and not ready while Redis is away, and asks it once for many probes', async () => {
  const system = createTestSystem();
  let questions = 0;
  system.store.commitCounters = () => {
    questions += 1;
    return Promise.reject(new RetryableError('Redis is away'));
  };
  const { app } = await createHttpBench({ system });
  const answers = await Promise.all(Array.from({ length: 20 }, () => app.inject({ url: '/readyz' })));
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([503]));
  expect(questions).toBe(1);
  expect((await app.inject({ url: '/livez' })).statusCode).toBe(200);
});

it('says that it is not ready before a probe loses patience with a Redis that does not answer', async () => {
  const system = createTestSystem();
  system.store.commitCounters = () => new Promise(() => undefined);
  const { app } = await createHttpBench({ system });
  const startedAt = performance.now();
  expect((await app.inject({ url: '/readyz' })).statusCode).toBe(503);
  expect(performance.now() - startedAt).toBeLessThan(4_000);
}, 30_000);
