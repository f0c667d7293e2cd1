/** A browser's session in place of the token: begun with it, good for a day's work, and of no use to other sites. */
import { createHttpBench } from '../testing/http-bench.js';
import { makeSessions } from './session.js';

const TOKEN = 'a-token-of-enough-length';
const NOW = Date.parse('2026-11-27T12:00:00Z');
const HOST = 'localhost:7333';

const cookieOf = (header: string): string => header.split(';')[0]!;

test('a session ends, and only the coordinator’s own token makes one', () => {
  const sessions = makeSessions(TOKEN);
  const cookie = cookieOf(sessions.begin(NOW, false));
  expect(sessions.isOpen(`other=1; ${cookie}`, NOW)).toBe(true);
  expect(sessions.isOpen(cookie, NOW + 13 * 3_600_000)).toBe(false);
  expect(makeSessions(`${TOKEN}x`).isOpen(cookie, NOW)).toBe(false);
  const later = cookie.replace(/=(\d+)/, (_, ends: string) => `=${Number(ends) + 3_600}`);
  expect(sessions.isOpen(later, NOW)).toBe(false);
  expect(sessions.isOpen(undefined, NOW)).toBe(false);
});

test('scripts cannot read it, other sites cannot have it sent, and with TLS it stays on TLS', () => {
  const header = makeSessions(TOKEN).begin(NOW, true);
  for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Secure'])
    expect(header).toContain(attribute);
});

async function signedIn() {
  const { app } = await createHttpBench({ token: TOKEN });
  const begun = await app.inject({
    method: 'POST',
    url: '/v1/session',
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(begun.statusCode).toBe(204);
  return { app, cookie: cookieOf(String(begun.headers['set-cookie'])) };
}

test('the cookie opens what the token opens', async () => {
  const { app, cookie } = await signedIn();
  expect((await app.inject({ url: '/v1/trainers', headers: { cookie } })).statusCode).toBe(200);
  const wrong = { cookie: `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}` };
  const refused = await app.inject({
    url: '/v1/trainers',
    headers: { cookie: `${wrong.cookie.slice(0, -3)}AAA` },
  });
  expect(refused.statusCode).toBe(401);
});

test('nothing is changed by a cookie that a page of another site had sent', async () => {
  const { app, cookie } = await signedIn();
  const launch = async (headers: Record<string, string>) =>
    (
      await app.inject({
        method: 'POST',
        url: '/v1/sweeps/none/pause',
        headers: { cookie, host: HOST, ...headers },
      })
    ).statusCode;
  expect(await launch({ origin: `http://${HOST}` })).toBe(404);
  expect(await launch({})).toBe(403);
  expect(await launch({ origin: 'http://localhost:9999' })).toBe(403);
  expect(await launch({ origin: 'null' })).toBe(403);
});

test('a token of less power begins no session, and no token none either', async () => {
  const { app } = await createHttpBench({
    token: TOKEN,
    roleTokens: { observer: 'an-observers-token-of-its-own' },
  });
  const begin = async (headers: Record<string, string>) =>
    (await app.inject({ method: 'POST', url: '/v1/session', headers })).statusCode;
  expect(await begin({ authorization: 'Bearer an-observers-token-of-its-own' })).toBe(403);
  expect(await begin({})).toBe(401);
});

test('signing out takes the cookie back', async () => {
  const { app, cookie } = await signedIn();
  const ended = await app.inject({
    method: 'DELETE',
    url: '/v1/session',
    headers: { cookie, host: HOST, origin: `http://${HOST}` },
  });
  expect(ended.statusCode).toBe(204);
  expect(String(ended.headers['set-cookie'])).toContain('Max-Age=0');
});

test('a code begins one session, for a quarter of an hour, and only with the coordinator’s own token', () => {
  const sessions = makeSessions(TOKEN);
  const { code } = sessions.makeCode(NOW);
  expect(makeSessions(`${TOKEN}x`).redeem(code, NOW)).toBe(false);
  expect(sessions.redeem(`${code.slice(0, -3)}AAA`, NOW)).toBe(false);
  expect(sessions.redeem(sessions.makeCode(NOW).code, NOW + 16 * 60_000)).toBe(false);
  expect(sessions.redeem(code, NOW)).toBe(true);
  expect(sessions.redeem(code, NOW)).toBe(false);
});

test('a link’s code is made by who has the token and redeemed by who has the link', async () => {
  const { app } = await createHttpBench({ token: TOKEN });
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect((await app.inject({ method: 'POST', url: '/v1/sign-in-codes' })).statusCode).toBe(401);
  const made = await app.inject({ method: 'POST', url: '/v1/sign-in-codes', headers });
  const payload = { code: made.json<{ code: string }>().code };
  const redeem = () => app.inject({ method: 'POST', url: '/v1/session/code', payload });
  const first = await redeem();
  expect(first.statusCode).toBe(204);
  const cookie = cookieOf(String(first.headers['set-cookie']));
  expect((await app.inject({ url: '/v1/trainers', headers: { cookie } })).statusCode).toBe(200);
  expect((await redeem()).statusCode).toBe(403);
});
