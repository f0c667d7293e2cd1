/** The probes over HTTP. */
import { TerminalError } from '@seedbed/contracts';
import { type SmallServer, startHealthServer } from './health-server.js';
import { parseListenAddress } from './listen-address.js';
import { STARTING, type TrainerHealth } from './trainer-health.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const servers: SmallServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(health: TrainerHealth): Promise<string> {
  const server = await startHealthServer(LOOPBACK, () => health);
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

it('is alive and not ready while the trainer starts', async () => {
  const url = await serve(STARTING);
  const [live, ready] = await Promise.all([fetch(`${url}/livez`), fetch(`${url}/readyz`)]);
  expect([live.status, ready.status]).toEqual([200, 503]);
  expect(await ready.json()).toEqual({ live: true, ready: false, reason: 'the trainer is starting' });
});

it('answers a loop that stands still with 503 and says which', async () => {
  const url = await serve({ live: false, ready: false, reason: 'gathering has not moved for 61 s' });
  const response = await fetch(`${url}/livez?verbose`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ reason: 'gathering has not moved for 61 s' });
});

it('has nothing else to offer', async () => {
  const url = await serve({ live: true, ready: true, reason: null });
  const statusOf = async (path: string, method: string) => (await fetch(`${url}${path}`, { method })).status;
  expect(await statusOf('/readyz', 'GET')).toBe(200);
  expect(await statusOf('/readyz', 'HEAD')).toBe(200);
  expect(await statusOf('/readyz', 'POST')).toBe(405);
  expect(await statusOf('/', 'GET')).toBe(404);
  expect(await statusOf('/livez/..%2f', 'GET')).toBe(404);
});

it('says which address is taken', async () => {
  const port = Number(new URL(await serve(STARTING)).port);
  const again = startHealthServer({ ...LOOPBACK, port }, () => STARTING);
  await expect(again).rejects.toThrow(TerminalError);
  await expect(again).rejects.toThrow(
    `SEEDBED_HEALTH_LISTEN: cannot listen on 127.0.0.1 port ${port}: EADDRINUSE`,
  );
});

it.each([
  ['127.0.0.1:7334', { host: '127.0.0.1', port: 7334 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  ['7334', null],
  [':7334', null],
  ['127.0.0.1:70000', null],
  ['http://127.0.0.1:7334', null],
])('reads %s', (text, expected) => {
  expect(parseListenAddress(text)).toEqual(expected);
});
