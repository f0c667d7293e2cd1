import { DOMParser } from 'linkedom';
import { reproductionReport } from '../reproduction/reproduction-report.js';
import { trialReport } from '../reproduction/reproduction-report.js';
import { syntheticReproduction, syntheticStage } from '../testing/synthetic-reproduction.js';
import { accuracyOverLambda } from './accuracy-over-lambda.js';
import { learningCurves } from './learning-curves.js';
import { measuredBars } from './measured-bars.js';
import { createPlotDocument } from './plot-document.js';

const document = createPlotDocument();
const report = reproductionReport(syntheticReproduction());
const [coarse, fine] = report.stages;
if (coarse === undefined || fine === undefined) throw new Error('the report has two searches');

const count = (svg: string, selector: string) => parse(svg).querySelectorAll(selector).length;
const textsOf = (svg: string, selector: string) =>
  [...parse(svg).querySelectorAll(selector)].map(({ textContent }) => textContent);

function parse(svg: string) {
  return new DOMParser().parseFromString(svg, 'image/svg+xml');
}

function expectFinite(svg: string): void {
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
}

const searchPlot = (stage: typeof coarse, width = 700) =>
  accuracyOverLambda(
    document,
    { title: `${stage.name} search`, trials: stage.trials, reportPoints: stage.reportBestThree },
    { id: 'plot', width },
  );

describe('accuracyOverLambda', () => {
  test('draws every trial, every seed and the report’s points', () => {
    const svg = searchPlot(fine);
    expectFinite(svg);
    expect(count(svg, '.mean circle, .mean path')).toBe(5);
    expect(count(svg, '.seed circle')).toBe(25);
    expect(count(svg, '.interval line')).toBe(5);
    expect(count(svg, '.report path')).toBe(3);
    expect(textsOf(svg, '.best-label text')).toEqual(['best']);
    expect(textsOf(svg, '.axis-break text')).toEqual(['//']);
  });

  test('has a title and a description that a screen reader finds', () => {
    const root = parse(searchPlot(fine)).documentElement;
    expect(root.getAttribute('role')).toBe('img');
    expect(root.getAttribute('aria-labelledby')).toBe('plot-title plot-description');
    expect(textsOf(searchPlot(fine), '#plot-title')).toEqual(['fine search']);
    expect(textsOf(searchPlot(fine), '#plot-description')[0]).toContain('λ 2e-3: 52.17 %, n 5 of 5');
  });

  test('a wide range gets a second panel with the trials near the best', () => {
    const svg = searchPlot(coarse);
    expectFinite(svg);
    expect(count(svg, 'svg > svg, svg svg')).toBe(2);
    expect(count(svg, '.mean circle')).toBe(13 + 9);
    expect(svg).toContain('the same near the best');
  });

  test('labels λ = 0 and the powers of ten', () => {
    const labels = textsOf(searchPlot(fine), 'text');
    expect(labels).toEqual(expect.arrayContaining(['0', '1e-3', '2e-3', '3e-3', '4e-3']));
    expect(textsOf(searchPlot(coarse), 'text')).toEqual(expect.arrayContaining(['1e-5', '1e-4', '1e0']));
  });

  test('one seed has no interval, a diverged trial a cross, a missing one nothing', () => {
    const stage = syntheticStage('search', [
      { lambda: 0.1, seeds: { 1: 0.5 } },
      { lambda: 1, seeds: { 1: 'diverged' } },
      { lambda: 0, seeds: { 1: 'missing' } },
    ]);
    const trials = stage.trials.map((trial) => trialReport(stage, trial));
    const svg = accuracyOverLambda(document, { title: 't', trials, reportPoints: [] }, { id: 'p' });
    expectFinite(svg);
    expect(count(svg, '.mean circle')).toBe(1);
    expect(count(svg, '.interval line')).toBe(0);
    expect(count(svg, '.diverged path')).toBe(1);
  });

  test('nothing committed is a plot that says so', () => {
    const svg = accuracyOverLambda(document, { title: 't', trials: [], reportPoints: [] }, { id: 'p' });
    expectFinite(svg);
    expect(textsOf(svg, 'text')).toEqual(['no accuracy yet']);
  });

  test('a title that is markup stays text, and the same data gives the same bytes', () => {
    const data = { title: '<script>alert(1)</script>', trials: fine.trials, reportPoints: [] };
    const svg = accuracyOverLambda(document, data, { id: 'p"><script>' });
    expect(svg).not.toContain('<script');
    expect(accuracyOverLambda(createPlotDocument(), data, { id: 'p"><script>' })).toBe(svg);
  });
});

describe('learningCurves', () => {
  const { fig3 } = report.figures;
  const data = {
    title: 'Figure 3',
    mean: fig3.curve,
    seeds: fig3.runs.map(({ curve }) => curve),
    learningRate: fig3.learningRate,
    reference: { label: 'the report', accuracy: fig3.report },
  };

  test.each([700, 340])('draws loss, accuracy and learning rate at %p px', (width) => {
    const svg = learningCurves(document, data, { id: 'p', width });
    expectFinite(svg);
    expect(count(svg, 'svg svg')).toBe(3);
    for (const line of [
      '.train-mean path',
      '.validation-mean path',
      '.train-band path',
      '.validation-band path',
    ]) {
      expect(count(svg, line)).toBe(2);
    }
    expect(count(svg, '.report-level line')).toBe(1);
    // Three cycles are three rises and three falls: seven corners.
    const trace = parse(svg).querySelector('.learning-rate path')?.getAttribute('d') ?? '';
    expect(trace.match(/[ML]/g)).toHaveLength(7);
    expect(svg).toContain(`viewBox="0 0 ${width} `);
  });

  test('runs without training curves, without a schedule and without points', () => {
    const mean = fig3.curve.map((point) => ({ ...point, trainLoss: null, trainAccuracy: null }));
    const svg = learningCurves(
      document,
      { title: 't', mean, seeds: [mean], learningRate: null },
      { id: 'p' },
    );
    expectFinite(svg);
    expect(count(svg, 'svg svg')).toBe(2);
    expect(count(svg, '.train-mean')).toBe(0);
    const none = learningCurves(
      document,
      { title: 't', mean: [], seeds: [], learningRate: null },
      { id: 'p' },
    );
    expect(textsOf(none, 'text')).toEqual(['no curve yet']);
  });

  test('a loss that is no number interrupts the line instead of drawing one', () => {
    const mean = fig3.curve.map((point, index) => ({
      ...point,
      validationLoss: index === 20 ? null : point.validationLoss,
    }));
    const svg = learningCurves(document, { ...data, mean }, { id: 'p' });
    expectFinite(svg);
    const path = parse(svg).querySelector('.validation-mean path')?.getAttribute('d') ?? '';
    expect(path.match(/M/g)).toHaveLength(2);
  });
});

describe('measuredBars', () => {
  const bar = (label: string, median: number) => ({
    label,
    median,
    lowerQuartile: median * 0.9,
    upperQuartile: median * 1.1,
    isOurs: label === 'ours',
  });
  const data = { title: 'speeds', axis: 'milliseconds', bars: [bar('ours', 0.2), bar('theirs', 1.5)] };

  test('draws a bar and its quartiles for each measurement, and the limit', () => {
    const svg = measuredBars(document, { ...data, limit: { label: 'peak', value: 0.155 } }, { id: 'bars' });
    expectFinite(svg);
    expect(count(svg, '[aria-label="bar"] rect')).toBe(2);
    expect(count(svg, '[aria-label="rule"] line')).toBe(3);
    expect(textsOf(svg, 'text')).toEqual(
      expect.arrayContaining(['ours', 'theirs', '0.200', '1.50', 'peak: 0.155']),
    );
    expect(textsOf(svg, '#bars-description')[0]).toBe(
      'milliseconds. ours: 0.200; theirs: 1.50. peak: 0.155.',
    );
  });

  test('needs no limit and no bars', () => {
    expect(count(measuredBars(document, data, { id: 'bars' }), '[aria-label="rule"] line')).toBe(2);
    expectFinite(measuredBars(document, { ...data, bars: [] }, { id: 'bars' }));
  });
});
