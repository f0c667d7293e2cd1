import { formatHostAndPort, isLoopback, parseListenAddress } from './listen-address.js';

describe('parseListenAddress', () => {
  it.each([
    ['127.0.0.1:7333', { host: '127.0.0.1', port: 7333 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
  ])('reads %s', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
    expect(formatHostAndPort(expected)).toBe(text);
  });

  it.each([
    '7333',
    ':7333',
    '::1:7333',
    '[localhost]:1',
    '127.0.0.1:65536',
    '127.0.0.1:',
    'a b:1',
    'http://x:1',
  ])('refuses %s', (text) => expect(parseListenAddress(text)).toBeNull());
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('%s', (host) =>
    expect(isLoopback(host)).toBe(true),
  );
  it.each(['0.0.0.0', '::', '10.0.0.1', 'localhost.example.org', '128.0.0.1', ''])('not %s', (host) =>
    expect(isLoopback(host)).toBe(false),
  );
});
