/** Who is let in: every route × no token, wrong token, right token; and web pages of other sites. */
import { createHttpBench } from '../testing/http-bench.js';

const TOKEN = 'a-token-of-enough-length';
const ROUTES = [
  ['POST', '/v1/sweeps'],
  ['POST', '/v1/plan'],
  ['GET', '/v1/sweeps'],
  ['GET', '/v1/sweeps/some-sweep'],
  ['POST', '/v1/sweeps/some-sweep/pause'],
  ['POST', '/v1/sweeps/some-sweep/resume'],
  ['POST', '/v1/sweeps/some-sweep/cancel'],
  ['POST', '/v1/sweeps/some-sweep/retry'],
  ['GET', '/v1/sweeps/some-sweep/results'],
  ['GET', '/v1/sweeps/some-sweep/runs'],
  ['GET', '/v1/sweeps/some-sweep/answer'],
  ['GET', '/v1/sweeps/some-sweep/decisions'],
  ['GET', '/v1/sweeps/some-sweep/dead-letters'],
  ['GET', '/v1/trainers'],
  ['GET', '/v1/health'],
  ['GET', '/v1/nowhere'],
  ['DELETE', '/v1/sweeps'],
] as const;

describe('with a token', () => {
  it.each(ROUTES)('%s %s', async (method, url) => {
    const { app } = await createHttpBench({ token: TOKEN });
    const statusWith = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      return (await app.inject({ method, url, headers })).statusCode;
    };
    expect(await statusWith()).toBe(401);
    expect(await statusWith('Bearer wrong')).toBe(401);
    expect(await statusWith(`Bearer ${TOKEN}x`)).toBe(401);
    expect(await statusWith(`Basic ${TOKEN}`)).toBe(401);
    expect(await statusWith('Bearer ')).toBe(401);
    expect(await statusWith(`Bearer ${TOKEN}`)).not.toBe(401);
  });

  it('says how to come in, and leaves the liveness probe open', async () => {
    const { app } = await createHttpBench({ token: TOKEN });
    const refused = await app.inject({ url: '/v1/trainers' });
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="seedbed"');
    expect(refused.json()).toMatchObject({ status: 401, title: 'A valid token is needed' });
    expect((await app.inject({ url: '/v1/health/live' })).json()).toEqual({ live: true });
  });

  it('serves under any name', async () => {
    const { app } = await createHttpBench({ token: TOKEN });
    const headers = { authorization: `Bearer ${TOKEN}`, host: 'seedbed.example.org' };
    expect((await app.inject({ url: '/v1/trainers', headers })).statusCode).toBe(200);
  });
});

describe('with tokens of less power', () => {
  const roleTokens = { trainer: 'a-trainers-token-of-its-own', observer: 'an-observers-token-of-its-own' };
  const statusWith = async (role: keyof typeof roleTokens, method: 'GET' | 'POST' | 'PUT', url: string) => {
    const { app } = await createHttpBench({ token: TOKEN, roleTokens });
    const headers = { authorization: `Bearer ${roleTokens[role]}` };
    return (await app.inject({ method, url, headers })).statusCode;
  };

  it.each(['/v1/health', '/v1/trainers', '/v1/scale', '/metrics'])('both may read %s', async (url) => {
    for (const role of ['trainer', 'observer'] as const) {
      // 503: there is nobody who conducts here.
      expect([200, 503]).toContain(await statusWith(role, 'GET', url));
    }
  });

  it('a trainer may read data sets, and an observer may not', async () => {
    const url = `/v1/data-sets/${'0'.repeat(64)}`;
    expect(await statusWith('trainer', 'GET', url)).toBe(404);
    expect(await statusWith('observer', 'GET', url)).toBe(403);
  });

  it.each(ROUTES.filter(([, url]) => url.startsWith('/v1/sweeps') || url === '/v1/plan'))(
    'neither may %s %s',
    async (method, url) => {
      const { app } = await createHttpBench({ token: TOKEN, roleTokens });
      for (const token of Object.values(roleTokens)) {
        const headers = { authorization: `Bearer ${token}` };
        const refused = await app.inject({ method, url, headers });
        expect(refused.statusCode).toBe(403);
        expect(refused.body).not.toContain(token);
      }
    },
  );
});

describe('without a token, on loopback', () => {
  it.each([
    [{ host: 'localhost:7333' }, 200],
    [{ host: '127.0.0.1:7333' }, 200],
    [{ host: '[::1]:7333' }, 200],
    [{ host: 'rebound.example.org:7333' }, 403],
    [{ host: 'localhost:7333', origin: 'http://localhost:7333' }, 200],
    [{ host: 'localhost:7333', origin: 'http://evil.example.org' }, 403],
    [{ host: 'localhost:7333', origin: 'null' }, 403],
    [{ host: 'localhost:7333', 'sec-fetch-site': 'cross-site' }, 403],
    [{ host: 'localhost:7333', 'sec-fetch-site': 'same-origin' }, 200],
  ])('%j → %i', async (headers, status) => {
    const { app } = await createHttpBench();
    expect((await app.inject({ url: '/v1/trainers', headers })).statusCode).toBe(status);
  });
});

it('tells browsers to guess nothing, keep nothing and embed nothing', async () => {
  const { app } = await createHttpBench();
  const { headers } = await app.inject({ url: '/v1/health' });
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['access-control-allow-origin']).toBeUndefined();
  expect(headers['x-powered-by']).toBeUndefined();
});
