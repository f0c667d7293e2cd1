import { InputError } from '@seedbed/contracts';
import { parseServerUrl } from './server-address.js';

it.each([
  ['redis://127.0.0.1:6380/2', { host: '127.0.0.1', port: 6380, db: 2 }, '127.0.0.1:6380'],
  ['redis://localhost', { host: 'localhost', port: 6379 }, 'localhost:6379'],
  ['redis://[::1]:7000', { host: '::1', port: 7000 }, '[::1]:7000'],
  ['redis://u:p%40ss@h:1', { host: 'h', port: 1, username: 'u', password: 'p@ss' }, 'h:1'],
  ['rediss://:secret@h:1', { host: 'h', port: 1, password: 'secret', tls: {} }, 'h:1'],
  ['unix:///run/my%20redis.sock', { path: '/run/my redis.sock' }, '/run/my redis.sock'],
])('understands %s', (url, options, text) => {
  expect(parseServerUrl(url)).toEqual({ options, text });
});

it.each(['', 'localhost:6379', 'http://h', 'redis://h/name', 'unix://', 'secret-without-scheme'])(
  'refuses "%s" without repeating it',
  (url) => {
    expect(() => parseServerUrl(url)).toThrow(InputError);
    if (url.includes('secret')) expect(() => parseServerUrl(url)).not.toThrow(/secret/);
  },
);
