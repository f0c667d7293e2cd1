import { answerSchema, stageSummarySchema } from './index.js';

const OLD = {
  schemaVersion: 1,
  name: 'quick',
  specDigest: 'd',
  numericsClass: null,
  complete: false,
  stages: [
    {
      ...{ stage: 'search', kind: 'search', planned: 0, committed: 0, trials: [], ranking: [] },
      ...{ best: null, notToldApartFromBest: [] },
    },
  ],
  decisions: [],
};

test('an answer of version 1 is read as one that says nothing about comparisons and looks', () => {
  const { stages, testLooks } = answerSchema.parse(OLD);
  expect(testLooks).toBeNull();
  expect(stages[0]!.comparison).toBeNull();
});

test('an answer of a version to come is refused, not half read', () => {
  expect(answerSchema.safeParse({ ...OLD, schemaVersion: 4 }).success).toBe(false);
  const [stage] = OLD.stages;
  expect(stageSummarySchema.safeParse({ ...stage, certainty: 1 }).success).toBe(false);
});
