import { evaluationCost } from './evaluation-cost.js';

test('says the share and both times, and nothing where no time is known', () => {
  expect(evaluationCost({ trainingMs: 73_000, evaluationMs: 1_490 })).toBe(
    'evaluation took 2.04 % of the training time (1.5 s beside 1 min 13 s on the cores)',
  );
  expect(evaluationCost({ trainingMs: 0, evaluationMs: 0 })).toBeNull();
});
