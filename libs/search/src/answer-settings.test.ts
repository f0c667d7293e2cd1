import { InputError } from '@seedbed/contracts';
import { answerSettingsOf } from './answer-settings.js';
import { parseSweepFile } from './parse-sweep-file.js';

const parse = (text: string) => parseSweepFile(text, { fileName: 'sweep.yaml' });
const HEAD = 'seedbed: 1\nname: demo\n';

function problemsOf(text: string): { line?: number | undefined; message: string }[] {
  try {
    parse(text);
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.problems.map(({ line, message }) => ({ line, message }));
    throw thrown;
  }
  return [];
}

test('without a word: no δ, the highest mean', () => {
  const spec = parse(`${HEAD}parameters: { lambda: { values: [0, 1] } }`);
  expect(answerSettingsOf(spec, 'search')).toEqual({ delta: null, rule: 'highest-mean' });
});

test('a stage’s own over the sweep’s, member by member', () => {
  const spec = parse(`${HEAD}answer: { delta: 0.005, rule: one-standard-error }
stages:
  - name: coarse
    parameters: { lambda: { values: [0, 1] } }
  - name: fine
    answer: { delta: 0.01 }
    parameters: { hidden: { values: [50, 100] } }
`);
  expect(answerSettingsOf(spec, 'coarse')).toEqual({ delta: 0.005, rule: 'one-standard-error' });
  expect(answerSettingsOf(spec, 'fine')).toEqual({ delta: 0.01, rule: 'one-standard-error' });
});

test.each([
  ['delta: 0', /delta|greater|above|more/],
  ['delta: 0.5', /0\.1/],
  ['delta: half', /number/],
  ['rule: best', /highest-mean/],
  ['sigma: 1', /sigma/],
])('answer: { %s } is refused with its line', (member, message) => {
  const problems = problemsOf(`${HEAD}answer: { ${member} }\nparameters: { lambda: { values: [0, 1] } }`);
  expect(problems).toEqual([{ line: 3, message: expect.stringMatching(message) }]);
});

test('a stage that asks for the strongest λ must search λ', () => {
  const problems = problemsOf(`${HEAD}stages:
  - name: wide
    answer:
      rule: one-standard-error
    parameters: { hidden: { values: [50, 100] } }
`);
  expect(problems).toEqual([{ line: 6, message: expect.stringMatching(/search lambda in this stage/) }]);
});
