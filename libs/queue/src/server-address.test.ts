import { InputError } from '@seedbed/contracts';
import { readFileSync } from 'node:fs';
import { checkServerUrl, parseServerUrl, redactServerUrl } from './server-address.js';

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

it.each(['', 'redis://', 'localhost:6379', 'http://h', 'redis://h/name', 'unix://', 'secret-without-scheme'])(
  'refuses "%s" without repeating it',
  (url) => {
    expect(() => parseServerUrl(url)).toThrow(InputError);
    if (url.includes('secret')) expect(() => parseServerUrl(url)).not.toThrow(/secret/);
  },
);

describe('Sentinels', () => {
  it('understands hosts, master, database and both passwords', () => {
    const url =
      'redis+sentinel://coordinator:p%40s%2Fs@a.example:1,b.example,[::1]:26380/mymaster/2?sentinel-username=s&sentinel-password=q%26';
    expect(parseServerUrl(url)).toEqual({
      options: {
        name: 'mymaster',
        sentinels: [
          { host: 'a.example', port: 1 },
          { host: 'b.example', port: 26_379 },
          { host: '::1', port: 26_380 },
        ],
        username: 'coordinator',
        password: 'p@s/s',
        db: 2,
        sentinelUsername: 's',
        sentinelPassword: 'q&',
      },
      text: 'mymaster (Sentinels a.example:1, b.example:26379, [::1]:26380)',
      fingerprint: null,
    });
    expect(redactServerUrl(url)).not.toMatch(/p%40s|q%26/);
    expect(redactServerUrl(url)).toContain(
      'redis+sentinel://coordinator:***@a.example:1,b.example,[::1]:26380/',
    );
  });

  it('encrypts the way to the Sentinels and to the servers alike', () => {
    const own = readFileSync(__filename, 'utf8');
    const { options } = parseServerUrl(`rediss+sentinel://:p@h/m?ca=${__filename}`);
    expect(options).toMatchObject({
      password: 'p',
      tls: { ca: own },
      sentinelTLS: { ca: own },
      enableTLSForSentinelMode: true,
    });
    expect(parseServerUrl('rediss+sentinel://h/m').options).toMatchObject({ tls: {}, sentinelTLS: {} });
  });

  it.each([
    ['redis+sentinel://h1:1,h2:2', /names no master.*\/mymaster/],
    ['redis+sentinel:///m', /names no Sentinel/],
    ['redis+sentinel://h:seven/m', /"h:seven"; a port is a number from 1 to 65535/],
    ['redis+sentinel://h:0/m', /"h:0"/],
    ['redis+sentinel://a:1,,b:2/m', /has the Sentinel ""/],
    ['redis+sentinel://::1:2/m', /\[IPv6\]:port/],
    ['redis+sentinel://h/m/x', /"x" after the master's name/],
    ['redis+sentinel://h/m?pasword=secret', /"pasword"; only|has "pasword" after/],
    ['redis+sentinel://h/m?ca=/none', /rediss\+sentinel/],
    ['rediss+sentinel://h/m?ca=/none', /cannot be read.*ENOENT/],
    ['rediss+sentinel://h/m?fingerprint=ab', /certificate of its own; use ca=/],
    ['redis+sentinel://u:secret%@h/m', /%25/],
    ['redis+sentinel:h', /not the address of Sentinels/],
  ])('refuses %s', (url, message) => {
    expect(() => parseServerUrl(url)).toThrow(message);
    expect(() => parseServerUrl(url)).toThrow(InputError);
    expect(() => parseServerUrl(url)).not.toThrow(/secret/);
  });
});

it('checks a URL under the name that a person gave it', () => {
  expect(() => checkServerUrl('redis+sentinel://h', 'REDIS_URL')).toThrow(/^REDIS_URL: names no master/);
  expect(() => checkServerUrl('redis://h', 'REDIS_URL')).not.toThrow();
});
