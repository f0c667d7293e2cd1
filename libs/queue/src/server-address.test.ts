import { InputError } from '@seedbed/contracts';
import { readFileSync } from 'node:fs';
import { parseServerUrl } from './server-address.js';

it.each([
  ['redis://127.0.0.1:6380/2', { host: '127.0.0.1', port: 6380, db: 2 }, '127.0.0.1:6380'],
  ['redis://localhost', { host: 'localhost', port: 6379 }, 'localhost:6379'],
  ['redis://[::1]:7000', { host: '::1', port: 7000 }, '[::1]:7000'],
  ['redis://u:p%40ss@h:1', { host: 'h', port: 1, username: 'u', password: 'p@ss' }, 'h:1'],
  ['rediss://:secret@h:1', { host: 'h', port: 1, password: 'secret', tls: {} }, 'h:1'],
  ['unix:///run/my%20redis.sock', { path: '/run/my redis.sock' }, '/run/my redis.sock'],
])('understands %s', (url, options, text) => {
  expect(parseServerUrl(url)).toEqual({ options, text, fingerprint: null });
});

it('takes a fingerprint as people have it, and the file of an authority', () => {
  const hex = 'ab'.repeat(32);
  const colons = 'AB:'.repeat(32).slice(0, -1);
  const expected = { options: { tls: {} }, fingerprint: hex };
  expect(parseServerUrl(`rediss://h:1?fingerprint=${hex}`)).toMatchObject(expected);
  expect(parseServerUrl(`rediss://u:p@h:1/2?fingerprint=${colons}`)).toMatchObject({
    ...expected,
    options: { db: 2, username: 'u' },
  });
  const own = readFileSync(__filename, 'utf8');
  expect(parseServerUrl(`rediss://h:1?ca=${__filename}`).options.tls).toEqual({ ca: own });
});

it.each([
  ['redis://h?fingerprint=ab', /rediss:/],
  ['rediss://h?fingerprint=ab', /64 hexadecimal/],
  ['rediss://h?ca=/none', /cannot be read.*ENOENT/],
  ['rediss://h?password=secret', /"password"/],
  [`rediss://h?ca=/none&fingerprint=${'ab'.repeat(32)}`, /use one/],
])('refuses the trust of %s', (url, message) => {
  expect(() => parseServerUrl(url)).toThrow(message);
});

it.each(['', 'localhost:6379', 'http://h', 'redis://h/name', 'unix://', 'secret-without-scheme'])(
  'refuses "%s" without repeating it',
  (url) => {
    expect(() => parseServerUrl(url)).toThrow(InputError);
    if (url.includes('secret')) expect(() => parseServerUrl(url)).not.toThrow(/secret/);
  },
);
