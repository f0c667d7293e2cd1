import { type InputError, type PlannedStage } from '@seedbed/contracts';
import { answerSettingsOf } from './answer-settings.js';
import { decideExtension } from './extend-stage.js';
import { parseSweepSpec } from './parse-sweep-file.js';
import { planStage } from './plan-stage.js';

const specWith = (more: object) =>
  parseSweepSpec({ seedbed: 1, name: 'demo', parameters: { lambda: { values: [0, 1] } }, ...more });
const looksOf = (seeds: number) => answerSettingsOf(specWith({ seeds, racing: {} }), 'search').racing!.looks;

test('looks double from three to the number of seeds', () => {
  expect(looksOf(24)).toEqual([3, 6, 12, 24]);
  expect(looksOf(30)).toEqual([3, 6, 12, 30]);
  expect(looksOf(5)).toEqual([3, 5]);
  expect(answerSettingsOf(specWith({ seeds: 24 }), 'search')).not.toHaveProperty('racing');
});

test('a stage is planned with the seeds of the first look; an extension leaves it to the race', () => {
  const spec = specWith({ seeds: 24, racing: { looks: [4, 24], until: 'choice' } });
  const plan = planStage(spec, 'search', { datasetDigest: 'd'.repeat(64), earlierBest: new Map() });
  expect((plan as PlannedStage).trials.map(({ runs }) => runs.map(({ seed }) => seed))).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ]);
  expect(decideExtension(spec, plan as PlannedStage, 0)).toBeNull();
});

test.each([
  [{ seeds: 4, racing: {} }, 'racing', /at least 5 seeds/],
  [{ seeds: 12, racing: { looks: [6, 6, 12] } }, 'racing.looks[1]', /found 6 after 6; looks rise/],
  [{ seeds: 12, racing: { looks: [3, 6] } }, 'racing.looks', /the last look is at 6 seeds, but .* has 12/],
])('refuses %j', (more, path, message) => {
  let thrown: unknown;
  try {
    specWith(more);
  } catch (refused) {
    thrown = refused;
  }
  expect((thrown as InputError).problems[0]).toMatchObject({ path, message: expect.stringMatching(message) });
});
