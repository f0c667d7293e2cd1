import { accuracyRatio, resultDigestOf, type RunResult, runResultSchema } from './run-result.js';

const TRAINED: RunResult = {
  outcome: 'trained',
  validation: { correct: 2585, count: 5000 },
  curve: [{ step: 10, validation: { accuracy: { correct: 1, count: 2 }, loss: 1.5, cost: null } }],
  weightsDigest: 'b'.repeat(64),
};

test('equal results have equal digests, different ones different digests', () => {
  const reordered = Object.fromEntries(Object.entries(TRAINED).reverse()) as RunResult;
  expect(resultDigestOf(reordered)).toBe(resultDigestOf(TRAINED));
  expect(resultDigestOf({ ...TRAINED, weightsDigest: 'c'.repeat(64) })).not.toBe(resultDigestOf(TRAINED));
  expect(resultDigestOf({ ...TRAINED, curve: [] })).not.toBe(resultDigestOf(TRAINED));
});

test('a digest survives JSON, as results travel', () => {
  expect(resultDigestOf(runResultSchema.parse(JSON.parse(JSON.stringify(TRAINED))))).toBe(
    resultDigestOf(TRAINED),
  );
});

test('a loss that is no number must be null in a result, not NaN', () => {
  const nan = { step: 10, validation: { accuracy: { correct: 1, count: 2 }, loss: NaN, cost: null } };
  expect(runResultSchema.safeParse({ ...TRAINED, curve: [nan] }).success).toBe(false);
  expect(() => resultDigestOf({ ...TRAINED, curve: [nan] })).toThrow(RangeError);
});

test('an accuracy is a ratio of counts', () =>
  expect(accuracyRatio({ correct: 2585, count: 5000 })).toBe(0.517));
