// A pruned stage from the sweep file to its plans: rungs are stages of their own, and trials keep their indices and run ids.
import {
  type InputError,
  type PlannedStage,
  plannedStageSchema,
  type TrainSettings,
} from '@seedbed/contracts';
import { parseSweepSpec } from './parse-sweep-file.js';
import { isWaiting, planStage, type PlanInputs } from './plan-stage.js';
import { planSummary } from './plan-summary.js';
import { stageDependencies, stageNames } from './rung-stages.js';

const PRUNING = { kind: 'successive-halving', rungs: [400, 1200] };
const specWith = (pruning: object | null, more: object = {}) =>
  parseSweepSpec({
    ...{ seedbed: 1, name: 'demo', seeds: 2 },
    evaluation: { cadence: 'end', test: true },
    stages: [
      {
        name: 'coarse',
        ...(pruning && { pruning }),
        parameters: { lambda: { values: [0, 1, 2, 3, 4, 5, 6] } },
      },
      { name: 'final', parameters: { lambda: { from: 'coarse' } }, seeds: 3 },
    ],
    ...more,
  });
const INPUTS: PlanInputs = { datasetDigest: 'd'.repeat(64), earlierBest: new Map() };

function planned(
  stage: string,
  kept: Record<string, number[]> = {},
  pruning: object | null = PRUNING,
): PlannedStage {
  const plan = planStage(specWith(pruning), stage, { ...INPUTS, keptTrials: new Map(Object.entries(kept)) });
  if (isWaiting(plan)) throw new Error(`waits for ${plan.waitingFor.join(', ')}`);
  return plannedStageSchema.parse(plan);
}
const settingsOf = (plan: PlannedStage) => plan.trials.map(({ settings }) => settings as TrainSettings);

test('rungs come before their stage, each after the one before; who derives from the stage waits for its end', () => {
  const spec = specWith(PRUNING);
  expect(stageNames(spec)).toEqual(['coarse-rung-1', 'coarse-rung-2', 'coarse', 'final']);
  expect(Object.fromEntries(stageDependencies(spec))).toEqual({
    'coarse-rung-1': [],
    'coarse-rung-2': ['coarse-rung-1'],
    coarse: ['coarse-rung-2'],
    final: ['coarse'],
  });
  const kept = { ...INPUTS, keptTrials: new Map([['coarse-rung-1', [0]]]) };
  expect(planStage(spec, 'coarse', kept)).toEqual({ waitingFor: ['coarse-rung-2'] });
});

test('a rung trains the same schedule up to its step and keeps off the test set', () => {
  const plan = planned('coarse-rung-1');
  expect(plan.rung).toEqual({
    ...{ of: 'coarse', number: 1, until: 400 },
    rule: { kind: 'successive-halving', factor: 3 },
  });
  expect(plan.trials).toHaveLength(7);
  const whole = settingsOf(planned('coarse', {}, null));
  expect(settingsOf(plan)).toEqual(
    whole.map((settings) => ({
      ...settings,
      training: { ...settings.training, until: 400 },
      evaluation: { ...settings.evaluation, test: false },
    })),
  );
});

test('who goes on keeps index and parameters, and at the end the run ids of a sweep that does not prune', () => {
  const kept = { 'coarse-rung-1': [1, 4, 6], 'coarse-rung-2': [4] };
  expect(planned('coarse-rung-2', kept).trials.map(({ index }) => index)).toEqual([1, 4, 6]);
  const end = planned('coarse', kept);
  expect(end.trials).toEqual([planned('coarse', {}, null).trials[4]]);
  expect(end.pruned).toEqual(
    [
      ...[0, 2, 3, 5].map((index) => ({ index, parameters: { lambda: index }, step: 400 })),
      ...[1, 6].map((index) => ({ index, parameters: { lambda: index }, step: 1200 })),
    ].sort((a, b) => a.index - b.index),
  );
  expect(end.rung).toBeUndefined();
  expect(planned('coarse', {}, null)).not.toHaveProperty('pruned');
});

test('the plan counts what will be trained at most', () => {
  const of = (pruning: object) =>
    planSummary(specWith(pruning)).stages.map(({ stage, trials, runs, steps }) => [
      stage,
      trials,
      runs,
      steps,
    ]);
  expect(of(PRUNING)).toEqual([
    ['coarse-rung-1', 7, 14, 14 * 400],
    ['coarse-rung-2', 3, 6, 6 * 1200],
    ['coarse', 1, 2, 2 * 3600],
    ['final', 1, 3, 3 * 3600],
  ]);
  expect(of({ kind: 'median', rungs: [400] })[1]).toEqual(['coarse', 7, 14, 14 * 3600]);
});

test.each([
  [{ ...PRUNING, rungs: [400, 400] }, 'stages[0].pruning.rungs[1]', 'found 400 after 400; rungs rise'],
  [
    { ...PRUNING, rungs: [3600] },
    'stages[0].pruning.rungs[0]',
    /found 3600, but a trial .* trains only 3600 steps/,
  ],
  [{ ...PRUNING, factor: 1 }, 'stages[0].pruning.factor', /2/],
  [{ kind: 'hyperband', rungs: [1] }, 'stages[0].pruning.kind', /successive-halving|median/],
])('refuses %j', (pruning, path, message) => {
  let problems: readonly { path: string; message: string }[] = [];
  try {
    specWith(pruning);
  } catch (thrown) {
    problems = (thrown as InputError).problems;
  }
  expect(problems[0]).toMatchObject({
    path,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
});

test('refuses a stage whose name is that of a rung', () => {
  const stages = [
    { name: 'coarse', pruning: PRUNING, parameters: { lambda: { values: [0, 1] } } },
    { name: 'coarse-rung-1', parameters: { lambda: { value: 0 } } },
  ];
  expect(() => specWith(null, { stages })).toThrow(/"coarse-rung-1" is the name of a stage and of a rung/);
});

test('the sweep’s pruning holds for every stage', () => {
  const spec = parseSweepSpec({
    ...{ seedbed: 1, name: 'demo', parameters: { lambda: { values: [0, 1] } } },
    pruning: { kind: 'median', rungs: [10] },
  });
  expect(stageNames(spec)).toEqual(['search-rung-1', 'search']);
});
