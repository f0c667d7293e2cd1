// Every example parses and plans; the reproduction has exactly the report's stages.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParameterValues, type PlannedStage, type TrainSettings } from '@seedbed/contracts';
import { parseSweepFile } from './parse-sweep-file.js';
import { planStage } from './plan-stage.js';
import { planSummary } from './plan-summary.js';
import { stageDependencies, stageNames } from './rung-stages.js';

const FOLDER = join(__dirname, '../../../examples');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const read = (fileName: string) => readFileSync(join(FOLDER, fileName), 'utf8');
const specOf = (fileName: string) => parseSweepFile(read(fileName), { fileName });

/** [trials, seeds a trial, steps of the sweep] */
const SIZES: Readonly<Record<string, { stages: [number, number][]; steps: number }>> = {
  'quick.yaml': { stages: [[4, 3]], steps: 960 },
  'lambda-grid.yaml': { stages: [[8, 5]], steps: 144_000 },
  'racing.yaml': { stages: [[10, 24]], steps: 864_000 },
  'random-search.yaml': { stages: [[16, 3]], steps: 172_800 },
  'reproduction.yaml': {
    stages: [
      [1, 1],
      [1, 5],
      [1, 5],
      [13, 5],
      [5, 5],
      [1, 5],
      [1, 5],
    ],
    steps: 411_800,
  },
};

test.each(FILES)('%s parses, has the size it says and names its schema', (fileName) => {
  const summary = planSummary(specOf(fileName));
  expect({ stages: summary.stages.map((s) => [s.trials, s.seedsPerTrial]), steps: summary.steps }).toEqual(
    SIZES[fileName],
  );
  expect(read(fileName)).toMatch(/^# yaml-language-server: \$schema=\.\.\/schemas\/sweep\.schema\.json\n/);
});

describe('reproduction.yaml', () => {
  const spec = specOf('reproduction.yaml');
  const earlierBest = new Map<string, ParameterValues>([['fine', { lambda: 0.002 }]]);
  const plan = (stage: string) =>
    planStage(spec, stage, { datasetDigest: 'd'.repeat(64), earlierBest }) as PlannedStage;
  const settings = (stage: string) => plan(stage).trials[0]!.settings as TrainSettings;
  const seeds = (stage: string) => plan(stage).trials[0]!.runs.map(({ seed }) => seed);
  const lambdas = (stage: string) => plan(stage).trials.map(({ parameters }) => parameters.lambda);

  test('stages', () => {
    expect(stageNames(spec)).toEqual([
      'gradient-check',
      'figure-2',
      'figure-3',
      'coarse',
      'fine',
      'final',
      'final-report',
    ]);
    expect(stageDependencies(spec).get('final')).toEqual(['fine']);
    expect(plan('gradient-check').trials[0]!.settings).toMatchObject({
      task: 'gradient-check',
      samples: 20,
      lambda: 0.01,
    });
  });

  test.each(['figure-2', 'figure-3', 'coarse', 'fine', 'final', 'final-report'])(
    '%s: common settings',
    (stage) => {
      expect(settings(stage)).toMatchObject({
        data: { order: { kind: 'file' } },
        model: { hidden: 50 },
        training: { batchSize: 100, schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 1e-1 } },
      });
      expect(seeds(stage)).toEqual(stage.startsWith('final') ? [6, 7, 8, 9, 10] : [1, 2, 3, 4, 5]);
    },
  );

  test.each([
    ['figure-2', 0, 10_000, 10_000, 10_000, 500, 1],
    ['figure-3', 0, 10_000, 10_000, 10_000, 800, 3],
    ['coarse', 0, 45_000, 45_000, 5_000, 900, 2],
    ['fine', 0, 45_000, 45_000, 5_000, 900, 2],
    ['final', 0, 49_000, 49_000, 1_000, 980, 3],
    ['final-report', 0, 49_000, 49_000, 1_000, 980, 3],
  ])('%s: splits and schedule', (stage, first, count, validationFirst, validationCount, stepSize, cycles) => {
    const { data, training } = settings(stage);
    expect(data.train).toEqual({ first, count });
    expect(data.validation).toEqual({ first: validationFirst, count: validationCount });
    expect(training.schedule).toMatchObject({ stepSize, cycles });
  });

  test('values of λ', () => {
    expect([lambdas('figure-2'), lambdas('figure-3')]).toEqual([[0.01], [0.01]]);
    const coarse = lambdas('coarse');
    expect([coarse[0], coarse[9]]).toEqual([1.707e-5, 0.635]);
    expect(coarse.slice(10)).toEqual([2.481e-3, 4.208e-5, 4.207e-5]);
    expect(lambdas('fine')).toEqual([0, 0.001, 0.002, 0.003, 0.004]);
    expect([lambdas('final'), lambdas('final-report')]).toEqual([[0.002], [0.001]]);
  });

  test('curves for the figures, the test set once for the chosen λ and nowhere else', () => {
    const curve = { cadence: 'epoch', train: true, test: false };
    const figures = ['figure-2', 'figure-3', 'final-report'].map((stage) => settings(stage).evaluation);
    expect(figures).toEqual([curve, curve, curve]);
    expect(settings('final').evaluation).toEqual({ ...curve, test: true });
    expect(settings('coarse').evaluation).toEqual({ cadence: 'cycle', train: false, test: false });
    expect(settings('fine').evaluation).toEqual({ cadence: 'cycle', train: false, test: false });
  });
});
