/** Checks before a sweep: what they plan, that none changes another run's id, and what they decide. */
import {
  type CommitFacts,
  type PlannedStage,
  plannedStageSchema,
  type RunId,
  sweepIdSchema,
  parseBlockJob,
} from '@seedbed/contracts';
import { canaryFault } from './canary.js';
import { expandBlocks } from './expand-blocks.js';
import { parseSweepFile } from './parse-sweep-file.js';
import { planStage } from './plan-stage.js';
import { planSummary } from './plan-summary.js';
import { stageDependencies, stageNames } from './rung-stages.js';

const INPUTS = { datasetDigest: 'd'.repeat(64), earlierBest: new Map() };
const STAGES =
  'seeds: [7, 8]\nstages:\n- {name: coarse, model: {hidden: 8}, parameters: {lambda: {values: [0.5, 0.25]}}}\n- {name: fine, parameters: {lambda: {from: coarse}}}\n';
const parse = (body: string) => parseSweepFile(`seedbed: 1\nname: demo\n${body}`, { fileName: 'demo.yaml' });
const ALL = parse(
  `preflight: [{check: gradient-check}, {check: overfit-one-batch, samples: 50}, {check: canary}, {check: gradient-check, lambda: 0.1}]\n${STAGES}`,
);
const plan = (stage: string, spec = ALL) => planStage(spec, stage, INPUTS) as PlannedStage;
const NAMES = ['gradient-check', 'overfit-one-batch', 'canary', 'gradient-check-2'];

test('each check is a stage of one run, before all others', () => {
  expect(stageNames(ALL)).toEqual([...NAMES, 'coarse', 'fine']);
  expect(planSummary(ALL).stages.map(({ stage, kind, runs, steps }) => [stage, kind, runs, steps])).toEqual([
    ['gradient-check', 'preflight', 1, 0],
    ['overfit-one-batch', 'preflight', 1, 500],
    ['canary', 'preflight', 1, 3_600],
    ['gradient-check-2', 'preflight', 1, 0],
    ['coarse', 'search', 4, 14_400],
    ['fine', 'search', 2, 7_200],
  ]);
  for (const name of NAMES) {
    expect(stageDependencies(ALL).get(name)).toEqual([]);
    const planned = plannedStageSchema.parse(plan(name));
    expect(planned).toMatchObject({ stage: name, kind: 'preflight', trials: [{ index: 0 }] });
    const [job] = expandBlocks(sweepIdSchema.parse('sweep'), planned);
    expect(parseBlockJob(job).runs).toHaveLength(1);
  }
  expect(plan('gradient-check-2').trials[0]!.settings).toMatchObject({ task: 'gradient-check', lambda: 0.1 });
});

test('the canary is the very run that the first stage begins with, so it is trained once', () => {
  const [first] = plan('coarse').trials;
  const [canary] = plan('canary').trials;
  expect(canary).toEqual({ ...first, runs: first!.runs.slice(0, 1) });
  expect(canary!.runs[0]!.seed).toBe(7);
});

test('checks change no run of the search, nor each other', () => {
  expect(plan('coarse')).toEqual(plan('coarse', parse(STAGES)));
  const alone = parse(`preflight: [{check: gradient-check}]\n${STAGES}`);
  expect(plan('gradient-check')).toEqual(plan('gradient-check', alone));
});

test.each([
  [
    'preflight: [{check: overfit-one-batch, samples: 20}]\ndata: {train: {first: 0, count: 10}}\ntraining: {batchSize: 5}',
    /preflight\[0\]\.samples: found 20; stage search trains on only 10 images/,
  ],
  [
    'preflight: [{check: canary}]\nstages: [{name: canary}]',
    /stages\[0\]\.name: "canary" is the preflight's own stage/,
  ],
  ['preflight: [{check: canaries}]', /preflight\[0\]\.check/],
  ['preflight: [{check: canary, factor: 0.5}]', /preflight\[0\]\.factor: found 0\.5; needs at least 1/],
  ['preflight: [{check: canary, samples: 3}]', /preflight\[0\]\.samples: unknown key/],
])('%s is refused', (body, words) => {
  expect(() => parse(body)).toThrow(words); // prettier-ignore
});

test('a stage may be called canary where no canary runs', () => {
  expect(stageNames(parse('stages: [{name: canary}]'))).toEqual(['canary']);
});

describe('a canary’s time', () => {
  const faultAfter = (seconds: number, check: string) => {
    const spec = parse(`preflight: [${check}]\n${STAGES}`);
    const stage = plan('canary', spec);
    const { runId } = stage.trials[0]!.runs[0]!;
    const time = { trainingMs: 900 * seconds, evaluationMs: 100 * seconds };
    const commits = new Map<RunId, Pick<CommitFacts, 'provenance'>>([[runId, { provenance: { time } }]]);
    return canaryFault(spec, stage, commits);
  };

  test('is held against what the sweep file expects', () => {
    const check = '{check: canary, expectedSeconds: 2, factor: 3}';
    expect(faultAfter(6, check)).toBeNull();
    expect(faultAfter(6.1, check)).toBe(
      'the canary took 6.1 s of a core; expected 2.0 s and at most 3 times that: look at what else runs on that machine, or say expectedSeconds',
    );
  });

  test('or against the size of the network', () => {
    // 8 hidden units, 100 rows, 3,600 steps: 5.3 s at 10^10 operations a second.
    expect(faultAfter(50, '{check: canary}')).toBeNull();
    expect(faultAfter(60, '{check: canary}')).toMatch(
      /took 60\.0 s of a core; expected 5\.3 s and at most 10 times/,
    );
  });

  test('is nothing of other stages', () => {
    expect(canaryFault(ALL, plan('coarse'), new Map())).toBeNull();
    expect(canaryFault(ALL, plan('gradient-check'), new Map())).toBeNull();
  });
});
