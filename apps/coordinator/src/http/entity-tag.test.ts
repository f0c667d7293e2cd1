import type { SweepStatus } from '@seedbed/contracts';
import { createHttpBench } from '../testing/http-bench.js';
import { oneStageSpec } from '../testing/sweep-fixtures.js';

test('who has a sweep already is not sent it again, until it changes', async () => {
  const { app } = await createHttpBench();
  const payload = { spec: oneStageSpec('read-again', 2) };
  const { sweepId } = (await app.inject({ method: 'POST', url: '/v1/sweeps', payload })).json<SweepStatus>();
  const url = `/v1/sweeps/${sweepId}`;
  const first = await app.inject({ url });
  expect(first.headers).toMatchObject({
    etag: expect.stringMatching(/^"[\w-]{22}"$/),
    'cache-control': 'private, no-cache',
  });
  const headers = { 'if-none-match': String(first.headers.etag) };
  const again = await app.inject({ url, headers });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  await app.inject({ method: 'POST', url: `${url}/pause` });
  const changed = await app.inject({ url, headers });
  expect(changed.statusCode).toBe(200);
  expect(changed.headers.etag).not.toBe(first.headers.etag);
});
