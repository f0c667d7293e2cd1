import { InputError } from '@seedbed/contracts';
import { FailedError } from '../errors.js';
import { bootstrapStateSchema, type FoundBootstrapState } from './bootstrap-state.js';
import { redactServerUrl } from '@seedbed/queue';
import { chooseServer } from './server-choice.js';

function setupWith(server: unknown): FoundBootstrapState {
  const state = bootstrapStateSchema.parse({
    schemaVersion: 1,
    writtenAt: 'now',
    platform: 'linux-x64',
    node: process.version,
    backend: { kind: 'wasm', reason: 'r', remedy: 'm' },
    server,
    warnings: [],
    attempts: [],
  });
  return { kind: 'present', state };
}
const BINARY = {
  kind: 'binary',
  source: 'path',
  path: '/usr/bin/redis-server',
  flavour: 'redis',
  version: '7.0.15',
};
const ABSENT: FoundBootstrapState = { kind: 'absent', path: '/x/bootstrap.json' };

test('--redis wins over REDIS_URL, which wins over an own server', () => {
  const urls = { option: 'redis://a', environment: 'redis://b' };
  expect(chooseServer(urls, ABSENT)).toMatchObject({ url: 'redis://a', from: '--redis' });
  expect(chooseServer({ environment: 'unix:///run/r.sock' }, setupWith(BINARY))).toMatchObject({
    from: 'REDIS_URL',
  });
  expect(chooseServer({ environment: '' }, setupWith(BINARY))).toMatchObject({ path: BINARY.path });
});

test.each([
  'redis+sentinel://:secret@host',
  'localhost:6379',
  'http://localhost',
  'redis:',
  'nonsense://:secret@host',
  'redis://',
])('REDIS_URL=%s is bad input, and not repeated', (url) => {
  const attempt = (): unknown => chooseServer({ environment: url }, setupWith(BINARY));
  expect(attempt).toThrow(InputError);
  expect(attempt).not.toThrow('secret');
});

test.each([
  [ABSENT, /not set up yet .*npm run setup/],
  [{ kind: 'unreadable', path: '/x', reason: 'r' } as const, /cannot be understood/],
  [
    setupWith({ kind: 'missing', reason: 'none on PATH', remedy: 'install redis' }),
    /none on PATH\ninstall redis\n.*REDIS_URL/,
  ],
  [setupWith({ kind: 'url' }), /set REDIS_URL again/],
])('without any server it says what to do', (bootstrap, words) => {
  expect(() => chooseServer({}, bootstrap)).toThrow(FailedError);
  expect(() => chooseServer({}, bootstrap)).toThrow(words);
});

test('a password is never printed', () => {
  expect(redactServerUrl('redis://user:secret@host:1/0')).toBe('redis://user:***@host:1/0');
  expect(redactServerUrl('unix:///run/r.sock?password=secret')).not.toContain('secret');
});
