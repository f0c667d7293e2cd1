import { runIdSchema } from '@seedbed/contracts';
import {
  gradientCommit,
  syntheticCurve,
  syntheticReproduction,
  syntheticStage,
} from '../testing/synthetic-reproduction.js';
import { renderComparisonTable } from '../text/comparison-table.js';
import { lengthOf } from '../text/text-table.js';
import { comparisonRows } from './comparison.js';
import { renderComparisonMarkdown } from './comparison-markdown.js';
import { curveReportPoints, meanCurve } from './mean-curve.js';
import { reproductionReport } from './reproduction-report.js';
import { timingsFromCommits } from './timings-from-commits.js';

const input = syntheticReproduction();
const report = reproductionReport(input);
const withStages = (...replaced: readonly ReturnType<typeof syntheticStage>[]) =>
  reproductionReport({
    ...input,
    stages: input.stages.map((stage) => replaced.find((other) => other.stage === stage.stage) ?? stage),
  });

describe('reproductionReport', () => {
  test('has the report’s numbers beside ours for every part', () => {
    expect(report.backend).toEqual({ name: 'tensorflow', tensorflow: '2.9.1' });
    expect(report.complete).toBe(true);
    expect(report.gradientCheck).toMatchObject({
      samples: 20,
      passed: true,
      maxError: { W1: 1.2e-7, b2: 3.1e-7 },
    });
    expect(report.gradientCheck?.report.maxError.b2).toBe(4.7170880906888257e-7);
    expect(Object.values(report.figures).map((figure) => figure.report)).toEqual([0.4471, 0.4494, 0.519]);
    expect(report.stages.map(({ name, reportBest }) => [name, reportBest])).toEqual([
      ['coarse', { lambda: 2.481e-3, validationAccuracy: 0.5161 }],
      ['fine', { lambda: 0.001, validationAccuracy: 0.5169 }],
    ]);
    expect(report.final).toMatchObject({ lambda: 0.002, report: 0.519, testAccuracy: 0.5127 });
    expect(report.final.atReportLambda).toMatchObject({ lambda: 0.001, report: 0.519, testAccuracy: null });
  });

  test('a figure’s accuracy and curve are means over the seeds', () => {
    const { fig2 } = report.figures;
    const seeds = fig2.runs.map((run) => run.validationAccuracy ?? NaN);
    expect(seeds).toHaveLength(5);
    expect(fig2.validationAccuracy).toBeCloseTo(seeds.reduce((sum, value) => sum + value, 0) / 5, 12);
    expect(fig2.curve.map(({ step }) => step)).toEqual([
      0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000,
    ]);
    const atEnd = fig2.runs.map(({ curve }) => curve.at(-1)?.trainAccuracy ?? NaN);
    expect(fig2.curve.at(-1)?.trainAccuracy).toBeCloseTo(
      atEnd.reduce((sum, value) => sum + value, 0) / 5,
      12,
    );
  });

  test('the trace of the learning rate is the report’s only when the curve ends with its schedule', () => {
    expect(report.figures.fig2.learningRate?.corners).toEqual([
      { step: 0, learningRate: 1e-5 },
      { step: 500, learningRate: 0.1 },
      { step: 1000, learningRate: 1e-5 },
    ]);
    const { schedules: _, ...withoutSchedules } = input;
    expect(reproductionReport(withoutSchedules).figures.fig4.learningRate).toBeNull();
  });

  test('a sweep that has only begun gives a report that says what is missing', () => {
    const begun = reproductionReport({ ...input, stages: [], commits: new Map() });
    expect(begun.complete).toBe(false);
    expect(begun.gradientCheck).toBeNull();
    expect(begun.backend).toEqual({ name: 'unknown', tensorflow: null });
    expect(begun.figures.fig2).toMatchObject({
      validationAccuracy: null,
      curve: [],
      runs: [],
      report: 0.4471,
    });
    expect(begun.stages[0]).toMatchObject({ trials: [], best: null });
    expect(comparisonRows(begun).every(({ outcome }) => outcome === 'unknown')).toBe(true);
  });

  test('is a JSON value', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe('meanCurve', () => {
  const points = (seed: number) => curveReportPoints(syntheticCurve(4, 1, 0.5, seed));

  test('drops the steps that a diverged run lacks rather than averaging over other seeds', () => {
    const mean = meanCurve([points(1), points(2).slice(0, 3)]);
    expect(mean.map(({ step }) => step)).toEqual([0, 100, 200]);
  });

  test('is null where one seed’s loss is no number', () => {
    const broken = points(2).map((point) => ({ ...point, validationLoss: null }));
    expect(meanCurve([points(1), broken])[1]).toMatchObject({ validationLoss: null });
    expect(meanCurve([])).toEqual([]);
  });
});

describe('what is said about λ', () => {
  const verdictOf = (name: string, from = report) =>
    from.stages.find((stage) => stage.name === name)?.verdict;

  test('the tied λ are named as a range, and the report’s best three among them', () => {
    expect(verdictOf('coarse')).toBe(
      'The highest mean is 52.00 % at λ = 1.839e-3. No λ up to 5.924e-3 can be told from the best with 5 seeds. ' +
        'The report’s best three (2.481e-3, 4.208e-5 and 4.207e-5) are all among those: their order cannot be told from chance.',
    );
    expect(verdictOf('fine')).toContain('No other λ of the 5 can be told from the best with 5 seeds.');
  });

  test('λ that are told apart are said to be', () => {
    const seeds = (mean: number) => ({ 1: mean, 2: mean + 0.001, 3: mean - 0.001 });
    const apart = withStages(
      syntheticStage('fine', [
        { lambda: 0, seeds: seeds(0.4) },
        { lambda: 0.001, seeds: seeds(0.52) },
        { lambda: 0.002, seeds: seeds(0.45) },
        { lambda: 0.003, seeds: seeds(0.519) },
        { lambda: 0.004, seeds: seeds(0.44) },
      ]),
    );
    expect(verdictOf('fine', apart)).toBe(
      'The highest mean is 52.00 % at λ = 1e-3. λ = 3e-3 cannot be told from the best with 3 seeds. ' +
        'Of the report’s best three, 1e-3 and 3e-3 cannot be told from our best; 2e-3 can.',
    );
    const alone = withStages(
      syntheticStage('fine', [
        { lambda: 0.001, seeds: seeds(0.4) },
        { lambda: 0.5, seeds: seeds(0.52) },
      ]),
    );
    expect(verdictOf('fine', alone)).toContain('Every other λ is told apart from it with 3 seeds.');
  });

  test('no best is named while runs are missing', () => {
    const missing = withStages(syntheticStage('fine', [{ lambda: 0.001, seeds: { 1: 0.5, 2: 'missing' } }]));
    expect(verdictOf('fine', missing)).toBe(
      '1 of 2 runs are committed: no best λ is named before the last one.',
    );
  });
});

describe('comparisonRows', () => {
  const rows = comparisonRows(report);

  test('every number of the report has its row', () => {
    expect(rows.map(({ theirs }) => theirs)).toEqual([
      ...['2.14e-7', '3.8e-9', '1.58e-7', '4.72e-7', '100 %'],
      ...['44.71 %', '44.94 %'],
      ...['51.61 %', '51.54 %', '51.51 %', '51.61 %'],
      ...['51.69 %', '51.52 %', '51.36 %', '51.69 %'],
      ...['51.90 %', '51.90 %', '–'],
    ]);
    expect(rows.find(({ part }) => part === 'figure 2')).toMatchObject({
      setting: 'λ 1e-2, 1 cycle, n_s 500',
      ours: expect.stringMatching(/^45\.\d\d % ± 0\.\d\d \(n 5\)$/),
      outcome: 'higher',
    });
  });

  test('the verdict follows from the interval', () => {
    const figure2 = (accuracies: readonly number[]) => {
      const seeds = Object.fromEntries(accuracies.map((accuracy, index) => [index + 1, accuracy]));
      const rows = comparisonRows(withStages(syntheticStage('figure-2', [{ lambda: 0.01, seeds }])));
      return rows.find(({ part }) => part === 'figure 2');
    };
    expect(figure2([0.44, 0.45, 0.455])).toMatchObject({ outcome: 'within', verdict: 'within our interval' });
    expect(figure2([0.43, 0.431, 0.432])).toMatchObject({ outcome: 'lower', verdict: '1.61 points lower' });
    expect(figure2([0.4572])).toMatchObject({ outcome: 'unknown', verdict: '1.01 points higher; one seed' });
  });

  test('a gradient error of 1e-6 or more is a failure', () => {
    const runId = input.stages[0]?.trials[0]?.runs[0]?.runId ?? runIdSchema.parse('0'.repeat(64));
    const failed = comparisonRows(
      reproductionReport({
        ...input,
        commits: new Map([...input.commits, [runId, gradientCommit(runId, 1e-6)]]),
      }),
    );
    expect(failed[3]).toMatchObject({ outcome: 'lower', verdict: 'ours is not below 1e-6' });
    expect(failed[4]).toMatchObject({ ours: '90.00 %', outcome: 'lower' });
  });

  test('the table fits 80 columns and keeps its columns', () => {
    const lines = renderComparisonTable(rows).split('\n');
    expect(Math.max(...lines.map(lengthOf))).toBeLessThanOrEqual(80);
    const start = lines[0]?.indexOf('report') ?? -1;
    for (const line of lines.filter((each) => each.includes('within our interval'))) {
      expect(line.slice(start, start + 7)).toMatch(/^\d\d\.\d\d %$/);
    }
    expect(renderComparisonTable(rows, { ascii: true })).toMatch(/^[\x20-\x7e\n]+$/);
    expect(renderComparisonTable(rows, { color: true }).replace(/\u001b\[\d+m/g, '')).toBe(lines.join('\n'));
  });

  test('Markdown has the same rows', () => {
    expect(renderComparisonMarkdown(rows).split('\n')).toHaveLength(rows.length + 2);
  });
});

test('timings come from the commits of a stage’s runs', () => {
  const timings = timingsFromCommits(input.stages, input.commits);
  expect(timings.totalMs).toBe(72_000);
  expect(timings.stages.find(({ name }) => name === 'figure-2')).toEqual({
    name: 'figure-2',
    runs: 5,
    wallMs: 72_000,
    time: { trainingMs: 5_000, evaluationMs: 125 },
  });
  expect(timings.stages.find(({ name }) => name === 'coarse')).toMatchObject({ wallMs: null });
});
