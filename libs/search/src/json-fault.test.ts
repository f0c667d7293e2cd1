/** A `.json` sweep file is JSON and nothing else, and says where it is not. */
import { InputError } from '@seedbed/contracts';
import { assert, constantFrom, json, nat, property } from 'fast-check';
import { jsonFault } from './json-fault.js';
import { parseSweepFile } from './parse-sweep-file.js';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('agrees with JSON.parse on valid texts and on texts with a character changed, added or removed', () => {
  let refused = 0;
  const characters = constantFrom(...'{}[]",:\\ \n\t0123456789.eE+-truefalsnu/\u0007\u00e9'.split(''));
  assert(
    property(json({ maxDepth: 3 }), nat(), characters, nat(2), (text, place, character, kind) => {
      expect(jsonFault(text)).toBeNull();
      const at = place % (text.length + 1);
      const changed =
        text.slice(0, at) + (kind === 0 ? '' : character) + text.slice(kind === 1 ? at : at + 1);
      const fault = jsonFault(changed);
      expect({ changed, valid: fault === null }).toEqual({ changed, valid: isJson(changed) });
      if (fault !== null) refused += 1;
      // Everything before the fault is the beginning of some JSON text, so the fault is not reported too late.
      if (fault !== null) expect(fault.offset).toBeLessThanOrEqual(changed.length);
    }),
    { numRuns: 3_000 },
  );
  expect(refused).toBeGreaterThan(500);
});

test('nesting costs no recursion', () => {
  expect(jsonFault(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBeNull();
});

const SWEEP =
  '{\n\t"seedbed": 1,\n\t"name": "demo",\n\t"parameters": { "lambda": { "values": [0, 0.1] } }\n}\n';

test.each([
  [
    'a trailing comma',
    SWEEP.replace('0.1]', '0.1, ]'),
    4,
    /column 49: expected a value, found "]": remove the comma/,
  ],
  ['a comment', SWEEP.replace('1,', '1, # one'), 2, /column 16: expected a key in double quotes, found "#"/],
  ['single quotes', SWEEP.replace('"demo"', "'demo'"), 3, /column 10: expected a value, found "'"/],
  ['an open end', SWEEP.replace('}\n}', '}'), 5, /column 1: expected "," .* found the end of the file/],
  ['a byte order mark', `\ufeff${SWEEP}`, 1, /column 1: expected a value/],
  ['a line break in a text', SWEEP.replace('demo', 'de\nmo'), 3, /column 13: a line break/],
])('%s is refused in .json and named with line and column', (_what, text, line, words) => {
  let thrown: unknown;
  try {
    parseSweepFile(text, { fileName: 'Sweep.JSON' });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(InputError);
  const [problem] = (thrown as InputError).problems;
  expect(problem).toMatchObject({ line });
  expect(problem?.message).toMatch(words);
});

test('the same text with tabs is fine, and its other problems keep their lines', () => {
  expect(parseSweepFile(SWEEP, { fileName: 'sweep.json' })).toMatchObject({ name: 'demo' });
  expect(() => parseSweepFile(SWEEP.replace('"name"', '"nane"'), { fileName: 'sweep.json' })).toThrow(
    /line 3/,
  );
});

test('a YAML file may be written as it always could', () => {
  expect(parseSweepFile(SWEEP.replace('0.1]', '0.1, ]'), { fileName: 'sweep.yaml' })).toMatchObject({
    name: 'demo',
  });
});
