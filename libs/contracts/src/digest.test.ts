import fc from 'fast-check';
import { canonicalJson, float64Hex, sha256 } from './digest.js';

test('SHA-256 of the standard’s own example, from text and bytes', () => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(sha256('abc')).toBe(expected);
  expect(sha256(new Uint8Array([0x61, 0x62, 0x63]))).toBe(expected);
});

describe('canonicalJson', () => {
  test('sorts keys, drops undefined members, keeps lists in order', () => {
    expect(canonicalJson({ b: [2, 1, undefined], a: { d: null, c: 'x', e: undefined } })).toBe(
      '{"a":{"c":"x","d":null},"b":[2,1,null]}',
    );
  });
  test.each([NaN, Infinity, -Infinity])('refuses %p, which JSON would turn into null', (value) => {
    expect(() => canonicalJson({ a: [value] })).toThrow(RangeError);
  });
  test('is JSON of the same value, and the same bytes for any order of keys', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, reversed(member)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 100 },
    );
  });
});

describe('float64Hex', () => {
  test.each([
    [1, '3ff0000000000000'],
    [-2, 'c000000000000000'],
    [0, '0000000000000000'],
    [-0, '0000000000000000'],
    [0.1, '3fb999999999999a'],
    [5e-324, '0000000000000001'],
  ])('%p', (value, hex) => expect(float64Hex(value)).toBe(hex));

  test('differs for any two different numbers, however alike they print', () => {
    expect(float64Hex(0.1 + 0.2)).not.toBe(float64Hex(0.3));
    fc.assert(
      fc.property(
        fc.double({ noNaN: true }),
        fc.double({ noNaN: true }),
        (a, b) => (float64Hex(a) === float64Hex(b)) === (a === b),
      ),
    );
  });
});
