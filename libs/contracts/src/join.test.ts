import { assert, property, integer } from 'fast-check';
import { InputError } from './errors.js';
import { formatJoin, type Join, parseJoin } from './join.js';

const JOIN: Join = {
  url: 'https://10.0.0.1:7333',
  token: 'a-secret-token-of-sixteen',
  redisUrl: 'rediss://trainer:a-secret-password@10.0.0.1:7334',
  fingerprint: 'ab'.repeat(32),
};
const WORD = formatJoin(JOIN);

it('comes back as it was, also with white space around it', () => {
  expect(parseJoin(WORD)).toEqual(JOIN);
  expect(parseJoin(` ${WORD}\n`)).toEqual(JOIN);
  expect(parseJoin(formatJoin({ ...JOIN, fingerprint: null }))).toEqual({ ...JOIN, fingerprint: null });
});

it('carries the address of a server that Sentinels watch over', () => {
  const redisUrl = 'rediss+sentinel://trainer:secret@a:26379,b:26379,c:26379/seedbed?ca=/etc/ca.pem';
  expect(parseJoin(formatJoin({ ...JOIN, redisUrl })).redisUrl).toBe(redisUrl);
  expect(() => formatJoin({ ...JOIN, redisUrl: 'http://h' })).toThrow();
});

it('is one word that no shell touches', () => {
  expect(WORD).toMatch(/^sbj1\.[A-Za-z0-9_-]+\.[0-9a-f]{8}$/);
});

it('is refused when any one character is changed or missing, without repeating a secret', () => {
  assert(
    property(integer({ min: 0, max: WORD.length - 1 }), integer({ min: 0, max: 1 }), (index, replaced) => {
      const other = WORD[index] === 'x' ? 'y' : 'x';
      const changed = WORD.slice(0, index) + (replaced ? other : '') + WORD.slice(index + 1);
      expect(() => parseJoin(changed)).toThrow(InputError);
    }),
  );
});

it.each([
  ['', /no join word/],
  ['redis://:password@host', /no join word/],
  ['sbj1.abc', /cut off/],
  [WORD.replace('.', '.\n'), /spaces/],
  [WORD.slice(0, -3), /checksum/],
  [WORD.replace('sbj1', 'sbj2'), /version 2.*version 1/],
  [WORD + 'f'.repeat(5_000), /cut off/],
])('says what is wrong with %#', (text, message) => {
  expect(() => parseJoin(text)).toThrow(message);
  if (text.includes('password')) expect(() => parseJoin(text)).not.toThrow(/password/);
});

it('is refused when its contents are not those of a join', () => {
  expect(() => formatJoin({ ...JOIN, url: 'ftp://x' })).toThrow();
  expect(() => formatJoin({ ...JOIN, fingerprint: 'AB' })).toThrow();
});
