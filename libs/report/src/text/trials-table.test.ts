import type { StageSummary } from '@seedbed/contracts';
import { around, syntheticReproduction, syntheticStage } from '../testing/synthetic-reproduction.js';
import { renderDotPlot } from './dot-plot.js';
import { lengthOf } from './text-table.js';
import { renderTrialsMarkdown } from './trials-markdown.js';
import { renderTrialsTable } from './trials-table.js';

const coarse = syntheticReproduction().stages.find(({ stage }) => stage === 'coarse') as StageSummary;
const empty: StageSummary = syntheticStage('search', []);
const troubled = syntheticStage('search', [
  { lambda: 0.1, seeds: { 1: 0.5, 2: 0.51, 3: 'missing' } },
  { lambda: 0.01, seeds: { 1: 0.52, 2: 0.5, 3: 0.53 } },
  { lambda: 10, seeds: { 1: 'diverged', 2: 'diverged', 3: 'diverged' } },
]);

describe('renderTrialsTable', () => {
  test('fits 80 columns with every number that belongs together', () => {
    const lines = renderTrialsTable(coarse).split('\n');
    expect(Math.max(...lines.map(lengthOf))).toBeLessThanOrEqual(80);
    expect(lines[0]).toBe('coarse: 65 of 65 runs');
    expect(lines[1]).toMatch(/λ +mean +n +sd +se +95 % interval$/);
    expect(lines.slice(2, 15).map((line) => line.slice(3, 11).trim())).toEqual(
      ['1.707e-5', '4.207e-5', '4.208e-5', '5.499e-5', '1.772e-4', '5.708e-4', '1.839e-3'].concat([
        '2.481e-3',
        '5.924e-3',
        '1.909e-2',
        '6.149e-2',
        '1.981e-1',
        '6.35e-1',
      ]),
    );
    // Right-aligned: all rows end in the same column.
    expect(new Set(lines.slice(1, 15).map(lengthOf)).size).toBe(1);
  });

  test('marks the best, what is not told apart from it, and what is', () => {
    const lines = renderTrialsTable(coarse).split('\n');
    const count = (mark: string) => lines.slice(2, 15).filter((line) => line.startsWith(mark)).length;
    expect([count('●'), count('○'), count('·')]).toEqual([1, 8, 4]);
    expect(lines.find((line) => line.startsWith('●'))).toContain('1.839e-3');
    expect(lines.at(-1)).toBe('● best   ○ not told apart from the best at 95 %   · told apart');
  });

  test('missing and diverged seeds are shown, not averaged away', () => {
    const text = renderTrialsTable(troubled);
    expect(text).toContain('8 of 9 runs');
    expect(text).toMatch(/1e-1 +50\.50 % +2\/3 .*1 missing/);
    expect(text).toMatch(/1e1 +– +0\/3 +– +– +– +3 diverged/);
    expect(text).toContain('trial 2, seed 1: diverged, the loss is no longer a number');
    expect(text).toContain('? not compared');
    expect(text).not.toContain('●');
  });

  test('one seed has a mean and no interval', () => {
    expect(renderTrialsTable(syntheticStage('one', [{ lambda: 0.1, seeds: { 1: 0.5 } }]))).toMatch(
      /1e-1 +50\.00 % +1\/1 +– +– +–/,
    );
  });

  test('a stage without trials says so', () => {
    expect(renderTrialsTable(empty)).toBe('search: 0 of 0 runs\nno trial is planned yet');
  });

  test('ASCII is ASCII, plain is without colour, and colour is only added', () => {
    expect(renderTrialsTable(troubled, { ascii: true })).toMatch(/^[\x20-\x7e\n]+$/);
    const coloured = renderTrialsTable(coarse, { color: true });
    expect(coloured).toContain('\u001b[');
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(renderTrialsTable(coarse));
  });

  test('a reason cannot drive the terminal', () => {
    const trial = troubled.trials[2];
    const run = trial?.runs[0];
    if (trial === undefined || run === undefined) throw new Error('the stage has three trials');
    const hostile = { ...troubled, trials: [{ ...trial, runs: [{ ...run, reason: '\u001b[2Jgone\r\n' }] }] };
    expect(renderTrialsTable(hostile)).not.toMatch(/[\u001b\r]/);
  });
});

test('Markdown has a row a trial with the standing in words', () => {
  const lines = renderTrialsMarkdown(coarse).split('\n');
  expect(lines).toHaveLength(2 + 13);
  expect(lines.filter((line) => line.endsWith('| best |'))).toHaveLength(1);
  expect(lines.filter((line) => line.endsWith('| not told apart |'))).toHaveLength(8);
});

describe('renderDotPlot', () => {
  test('draws every interval within 60 columns and points to trials far below', () => {
    const lines = renderDotPlot(coarse).split('\n');
    expect(Math.max(...lines.map(lengthOf))).toBeLessThanOrEqual(60);
    expect(lines).toHaveLength(13 + 2);
    expect(lines.filter((line) => /├─*[●○]─*┤/.test(line))).toHaveLength(9);
    expect(lines.filter((line) => line.includes('◂'))).toHaveLength(4);
    expect(lines.at(-1)).toMatch(/\d\d\.\d\d % +\d\d\.\d\d %$/);
  });

  test('higher means stand further to the right', () => {
    const stage = syntheticStage(
      'fine',
      [0.51, 0.515, 0.52].map((mean, index) => ({ lambda: index + 1, seeds: around(mean, 0.001) })),
    );
    const columns = renderDotPlot(stage)
      .split('\n')
      .slice(0, 3)
      .map((line) => line.search(/[●○·]/));
    expect(columns).toEqual(columns.toSorted((a, b) => a - b));
    expect(new Set(columns).size).toBe(3);
  });

  test('ASCII fallback, missing trials, one seed, and nothing at all', () => {
    expect(renderDotPlot(coarse, { ascii: true })).toMatch(/^[\x20-\x7e\n]+$/);
    expect(renderDotPlot(troubled)).toContain('× 3 diverged');
    expect(renderDotPlot(syntheticStage('one', [{ lambda: 0.1, seeds: { 1: 0.5 } }]))).toMatch(/●/);
    expect(renderDotPlot(empty)).toBe('search: no accuracy to draw yet');
  });
});
