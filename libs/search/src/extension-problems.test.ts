import { extensionProblems } from './extension-problems.js';
import { parseSweepSpec } from './parse-sweep-file.js';

const BEFORE = {
  seedbed: 1,
  name: 'demo',
  seeds: 3,
  training: { batchSize: 100 },
  stages: [
    {
      name: 'coarse',
      parameters: { lambda: { values: [0.01, 0.1] }, hidden: { values: [50, 100] } },
      points: [{ lambda: 0.5, hidden: 50 }],
    },
    {
      name: 'drawn',
      sampler: { kind: 'random', trials: 4, seed: 1 },
      parameters: { lambda: { min: 0.001, max: 0.1, scale: 'log' } },
    },
    { name: 'final', parameters: { lambda: { from: 'coarse' } }, seeds: [1, 5] },
  ],
};
type Change = (file: typeof BEFORE & Record<string, unknown>) => void;

function problemsOf(change: Change): string[] {
  const after = structuredClone(BEFORE);
  change(after);
  return extensionProblems(parseSweepSpec(BEFORE), parseSweepSpec(after)).map(
    ({ path, message }) => `${path}: ${message.split(';')[0]}`,
  );
}

test.each<[string, Change]>([
  ['values', (file) => file.stages[0]!.parameters.lambda.values!.unshift(1)],
  [
    'a range with the values in it',
    (file) => {
      Object.assign(file.stages[0]!.parameters, { hidden: { min: 50, max: 200, count: 4 } });
    },
  ],
  ['points', (file) => file.stages[0]!.points!.unshift({ lambda: 0.7, hidden: 60 })],
  ['draws', (file) => (file.stages[1]!.sampler!.trials = 9)],
  ['seeds', (file) => (file.seeds = 9)],
  ['seeds in between', (file) => (file.stages[2]!.seeds = [1, 3, 5])],
  ['a stage', (file) => file.stages.push({ ...file.stages[2]!, name: 'again' })],
  ['a description', (file) => (file['description'] = 'wider')],
])('may add %s', (_what, change) => {
  expect(problemsOf(change)).toEqual([]);
});

test.each<[string, Change]>([
  ['training.batchSize: found 50, which was 100', (file) => (file.training.batchSize = 50)],
  ['name: found "other", which was "demo"', (file) => (file.name = 'other')],
  [
    'stages[0].parameters.lambda: lacks 0.1, of which there are trials',
    (file) => {
      file.stages[0]!.parameters.lambda.values = [0.01, 0.2];
    },
  ],
  [
    'stages[0].points: lacks {"hidden":50,"lambda":0.5}, of which there is a trial',
    (file) => {
      file.stages[0]!.points = [];
    },
  ],
  ['stages[1].sampler.trials: found 3, which was 4', (file) => (file.stages[1]!.sampler!.trials = 3)],
  ['stages[1].sampler.seed: found 2, which was 1', (file) => (file.stages[1]!.sampler!.seed = 2)],
  [
    'stages[1].parameters.lambda.max: found 0.2, which was 0.1',
    (file) => {
      Object.assign(file.stages[1]!.parameters.lambda, { max: 0.2 });
    },
  ],
  ['stages[2].seeds: lacks seed 5, with which there are runs', (file) => (file.stages[2]!.seeds = [1, 2])],
  ['stages[1].name: found "final" in the place of stage "drawn"', (file) => file.stages.splice(1, 1)],
  ['answer: found an object with key delta, which was nothing', (file) => (file['answer'] = { delta: 0.01 })],
])('refuses a change: %s', (expected, change) => {
  expect(problemsOf(change)).toContain(expected);
});

test.each(['racing', 'pruning'] as const)('a stage with %s stays as it is; others may follow it', (kind) => {
  const asked = { racing: { racing: {} }, pruning: { pruning: { kind: 'median', rungs: [400] } } }[kind];
  const file = (lambda: number[], seeds: number, more: object[] = []) => {
    const stage = { name: 'coarse', parameters: { lambda: { values: lambda } }, seeds, ...asked };
    return parseSweepSpec({ seedbed: 1, name: 'demo', stages: [stage, ...more] });
  };
  const before = file([0.01, 0.1], 6);
  const next = { name: 'next', parameters: { lambda: { values: [1] } } };
  expect(extensionProblems(before, file([0.01, 0.1], 6, [next]))).toEqual([]);
  const paths = [file([0.01, 0.1, 1], 6), file([0.01, 0.1], 7)].flatMap((after) =>
    extensionProblems(before, after).map(({ path }) => path),
  );
  expect(paths).toEqual(['stages[0].parameters.lambda.values', 'stages[0].seeds']);
});
