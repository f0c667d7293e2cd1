import type { StageComparison, StageSummary } from '@seedbed/contracts';
import { stageAnswer } from './stage-answer.js';
import { around, syntheticStage } from './testing/synthetic-reproduction.js';
import { renderTrialsMarkdown } from './text/trials-markdown.js';
import { renderTrialsTable } from './text/trials-table.js';
import { lengthOf } from './text/text-table.js';

const plain = syntheticStage(
  'coarse',
  [0.52, 0.519, 0.517, 0.42].map((mean, index) => ({ lambda: 10 ** -index, seeds: around(mean, 0.002) })),
);
const COMPARISON: StageComparison = {
  ...{ method: 'multiple-comparisons-with-the-best', confidence: 0.95, delta: 0.005, seeds: 5 },
  chosen: { trialIndex: 0, rule: 'highest-mean', interval95: [0.516, 0.523] },
  trials: [
    { index: 0, verdict: 'best', gap: 0, regretBound: 0.002, winShare: 0.7 },
    { index: 1, verdict: 'equivalent', gap: 0.001, regretBound: 0.004, winShare: 0.299 },
    { index: 2, verdict: 'unresolved', gap: 0.003, regretBound: 0.006, winShare: 0.001 },
    { index: 3, verdict: 'excluded', gap: 0.1, regretBound: 0.103, winShare: 0 },
  ],
  spread: { residual: 0.003, degreesOfFreedom: 12, apart: [], equalSpreadP: 0.4, seedCorrelation: 0.5 },
  redraws: 1_000,
  moreSeeds: [
    { seeds: 10, regretBound: 0.0012, unresolved: 1 },
    { seeds: 20, regretBound: 0, unresolved: 0 },
  ],
  images: { count: 5_000, standardErrorMax: 0.0070654, varianceShareMax: 0.97 },
};
const stageWith = (change: Partial<StageComparison>): StageSummary => ({
  ...plain,
  notToldApartFromBest: [1, 2],
  comparison: { ...COMPARISON, ...change },
});
const said = (change: Partial<StageComparison> = {}) => stageAnswer(stageWith(change));

test('a newcomer reads what was chosen, what it may cost, what is still open and what would close it', () => {
  expect(said()).toEqual([
    'Chosen: λ 1e0, the highest mean. Choosing it costs at most 0.20 points against any other (95 %). Its mean over further seeds lies in 51.60–52.30 % (95 %, allowing for the choice).',
    '1 other trial is equivalent to the best within 0.50 points; 1 unresolved: more seeds would tell.',
    'Drawing the seeds again (1,000 times), the highest mean would be: λ 1e0 70 %; λ 1e-1 30 %; λ 1e-2 <1 %.',
    'If means and spreads stay as they are, more seeds would bring: 10 seeds: at most 0.12 points, 1 unresolved; 20 seeds: at most 0.00 points, 0 unresolved.',
    'All this is about these 5,000 validation images; on new images an accuracy may lie up to ±1.38 points off for that reason alone (95 %).',
  ]);
});

test('unresolved is never called equivalent: without a δ nothing is', () => {
  const trials = COMPARISON.trials.map((trial) => ({
    ...trial,
    verdict: trial.verdict === 'equivalent' ? ('unresolved' as const) : trial.verdict,
  }));
  const text = said({ delta: null, trials }).join(' ');
  expect(text).toContain('2 other trials may be as good or better; answer.delta');
  expect(text).not.toMatch(/equivalent/);
});

test('one seed says that nothing is known; a stage under way says nothing', () => {
  const trials = COMPARISON.trials.map((trial) => ({ ...trial, regretBound: null }));
  const chosen = { ...COMPARISON.chosen, interval95: null };
  expect(said({ seeds: 1, trials, chosen, spread: null, moreSeeds: [] })[0]).toBe(
    'Chosen: λ 1e0, the highest mean. With one seed nothing says how sure that is.',
  );
  expect(stageAnswer(plain)).toEqual([]);
});

test('the rule of one standard error is named, and so are spreads that do not fit', () => {
  const chosen = { ...COMPARISON.chosen, rule: 'one-standard-error' as const };
  const spread = { ...COMPARISON.spread!, apart: [3], equalSpreadP: 0.0004 };
  const text = said({ chosen, spread }).join(' ');
  expect(text).toContain('the largest λ within one standard error of the highest mean');
  expect(text).toContain('Compared by their own spread, which is unlike the others’: λ 1e-3.');
  expect(text).toContain('(p = 0.0004): take the 95 % for less');
});

test('the table shows cost and wins beside each trial within 80 columns, and marks what is equivalent', () => {
  const lines = renderTrialsTable(stageWith({})).split('\n');
  expect(Math.max(...lines.map(lengthOf))).toBeLessThanOrEqual(80);
  expect(lines[1]).toMatch(/costs ≤ +wins$/);
  expect(lines.find((line) => line.startsWith('◉'))).toMatch(/1e-1 .* 0\.40 +30 %$/);
  expect(lines.find((line) => line.startsWith('●'))).toMatch(/0\.20 +70 %$/);
  expect(renderTrialsTable(stageWith({}), { ascii: true })).toMatch(/^[\x20-\x7e\n]+$/);
  expect(renderTrialsMarkdown(stageWith({}))).toMatch(/\| +0\.40 +\| +30 % +\| equivalent +\|/);
});

test('a race says who had how many seeds and why it is over', () => {
  const race = {
    looks: [
      { seeds: 3, trials: 4, error: 0.02 },
      { seeds: 6, trials: 2, error: 0.03 },
    ],
    end: 'within-delta',
  } as const;
  expect(said({ race: { ...race, looks: [...race.looks] } })).toContain(
    'Raced: 4 with 3 seeds, 2 with 6 seeds; over, for what was asked is known within the difference that matters. All looks together are allowed for in the 95 %.',
  );
});

test('pruned trials are named as pruned at their step, and a rung as no result', () => {
  const pruned = [400, 1200, 400].map((step, index) => ({ index: 10 + index, parameters: {}, step }));
  expect(stageAnswer({ ...stageWith({}), pruned })).toContain(
    'Pruned, and in none of these numbers: 2 trials at step 400; 1 trial at step 1,200. What is said here is about the trials that were left.',
  );
  const rung = {
    of: 'coarse',
    number: 1,
    until: 400,
    rule: { kind: 'successive-halving', factor: 3 },
  } as const;
  expect(stageAnswer({ ...plain, rung, comparison: null })).toEqual([
    'A rung of coarse: accuracies after 400 steps, by which the best of each 3 trials go on. It chooses none.',
  ]);
});
