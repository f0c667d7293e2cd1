import { existsInRepository, findProblems, readTrackedFiles } from './tidy.mjs';

test('the repository is tidy', () => {
  expect(findProblems(readTrackedFiles(), existsInRepository)).toEqual([]);
});

const lines = (/** @type {number} */ count) => 'x\n'.repeat(count);

/** @type {[path: string, text: string, problem: string][]} */
const UNTIDY = [
  ['libs/a/src/long.ts', lines(401), 'has 401 lines'],
  ['libs/a/src/utils.ts', '', 'is named utils.ts'],
  ['libs/a/src/helpers/text.ts', '', 'is named helpers'],
  ['libs/a/src/half.ts', `// TO${'DO'}: the rest`, 'is left unfinished (line 1'],
  ['libs/a/src/a.test.ts', `test${'.only'}('x', () => undefined);`, 'hides the others'],
  ['libs/a/src/a.test.ts', `await new Promise((resolve) => set${'Timeout(resolve'}, 100));`, 'sleeps'],
  ['README.md', `see /wo${'rk/main'}/README.md`, "names a folder of somebody's machine"],
  ['docs/A.md', 'see [the design](../design.md#words)', 'links to ../design.md#words, which does not exist'],
  [
    'package-lock.json',
    '{"packages": {"a": {"resolved": "https://registry.example/a.tgz"}}}',
    'names a registry host',
  ],
  [
    'package-lock.json',
    '{"packages": {"a": {"optionalDependencies": {"b": "1"}}}}',
    'lacks b, an optional package of a',
  ],
];
test.each(UNTIDY)('%s is refused: %s', (path, text, problem) => {
  const problems = findProblems([{ path, text, bytes: text.length }], () => false);
  expect(problems).toEqual([expect.stringContaining(`${path} `)]);
  expect(problems[0]).toContain(problem);
});

test('a large file is refused', () => {
  expect(findProblems([{ path: 'a.bin', text: '', bytes: 1_000_001 }], () => true)[0]).toContain(
    '1000001 bytes',
  );
});

test('links that resolve, links elsewhere and code are left alone', () => {
  const text = '[a](a.md) [b](https://example.org) [c](#words) `[d](d.md)`\n```\n[e](e.md)\n```\n';
  expect(findProblems([{ path: 'docs/A.md', text, bytes: 1 }], (path) => path === 'docs/a.md')).toEqual([]);
});
