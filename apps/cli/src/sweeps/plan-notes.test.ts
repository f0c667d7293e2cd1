import { parseSweepSpec, planSummary } from '@seedbed/search';
import { planNotes } from './plan-notes.js';

const notesOf = (more: object) => {
  const spec = parseSweepSpec({
    seedbed: 1,
    name: 'demo',
    parameters: { lambda: { values: [0, 1] } },
    ...more,
  });
  return planNotes(spec, planSummary(spec));
};

test('a plan says that a race trains less, and what keeps it from ending early', () => {
  const raced = 'search is raced, with looks at 3, 6, 12 seeds: its runs are the most there can be.';
  expect(notesOf({ seeds: 12, racing: {}, answer: { delta: 0.005 } })).toEqual([raced]);
  expect(notesOf({ seeds: 12, racing: {} })).toEqual([
    `${raced} Without answer.delta, trials that are tied run to the last look.`,
  ]);
  expect(notesOf({ seeds: 12 })).toEqual([]);
});
