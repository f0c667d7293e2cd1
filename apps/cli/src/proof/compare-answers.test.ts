import { type Answer, InputError, sha256 } from '@seedbed/contracts';
import { specDigestOf, parseSweepSpec } from '@seedbed/search';
import { exportedAnswer } from '../testing/exported-sweep.js';
import { answerDifferences } from './compare-answers.js';
import { specOfAnswer } from './answer-file.js';
import { claimsOfAnswer } from './claims-of-answer.js';

const SPEC = parseSweepSpec({
  seedbed: 1,
  name: 'demo',
  seeds: 2,
  parameters: { lambda: { values: [0, 0.1] } },
});

function answer(digests: readonly string[], change: Partial<Answer> = {}): Answer {
  const base = exportedAnswer();
  const runs = digests.map((digest, index) => ({
    ...{ seed: index + 1, runId: sha256(`run ${index}`), outcome: 'trained', digest: sha256(digest) },
    ...{
      validation: { correct: 400, count: 1_000 },
      validationAccuracy: 0.4,
      testAccuracy: null,
      reason: null,
    },
  }));
  const [stage] = base.stages;
  const trials = [{ ...stage!.trials[0]!, runs }] as Answer['stages'][number]['trials'];
  return { ...base, stages: [{ ...stage!, trials }], ...change };
}

test('equal answers have no difference', () => {
  expect(answerDifferences(answer(['a', 'b']), answer(['a', 'b']))).toEqual([]);
});

test('says which runs, classes and decisions differ', () => {
  const differences = answerDifferences(
    answer(['a', 'b']),
    answer(['a', 'c'], { numericsClass: 'test-class-b' }),
  );
  expect(differences).toEqual([
    'numerics class: "test-class-a" before, "test-class-b" now',
    expect.stringMatching(/^search, trial 0, seed 2: 400\/1000 right \(digest \w{12}\) before, 400\/1000 right \(digest \w{12}\) now$/),
  ]); // prettier-ignore
  const many = Array.from({ length: 30 }, (_, index) => String(index));
  expect(answerDifferences(answer(many), answer([])).at(-1)).toBe('and 20 more runs');
});

test('an answer is taken only with the sweep file that its digest names', () => {
  const whole = answer([], { spec: SPEC, specDigest: specDigestOf(SPEC) });
  expect(specOfAnswer(whole, 'answer.json')).toEqual(SPEC);
  expect(() => specOfAnswer({ ...whole, specDigest: 'd' }, 'answer.json')).toThrow(InputError);
  expect(() => specOfAnswer(answer([]), 'answer.json')).toThrow('did not put the sweep file in');
});

test('a run that does not follow from the sweep file is no claim', () => {
  const invented = answer(['a'], { spec: SPEC, specDigest: specDigestOf(SPEC) });
  const choice = { sample: 5, seed: 1, runs: [] };
  expect(() => claimsOfAnswer(invented, 'answer.json', choice)).toThrow(
    /does not follow from the answer's own sweep file/,
  );
});
