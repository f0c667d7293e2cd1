import { InputError, type ResultsResponse, sha256 } from '@seedbed/contracts';
import { exportedResults } from '../testing/exported-sweep.js';
import { chooseNetwork } from './chosen-run.js';

/** Two stages, of which the first is decided: trial 1 is chosen. */
function results(): ResultsResponse {
  const base = exportedResults();
  const [stage] = base.stages;
  const run = (trial: number, seed: number, outcome: string) => ({
    ...{ seed, outcome, runId: sha256(`${trial} ${seed}`), digest: 'd', reason: null },
    ...{ validation: null, validationAccuracy: null, testAccuracy: null },
  });
  const trials = stage!.trials.map((trial) => ({
    ...trial,
    runs: [run(trial.index, 1, 'diverged'), run(trial.index, 2, 'trained'), run(trial.index, 3, 'trained')],
  }));
  const comparison = { chosen: { trialIndex: 1, rule: 'highest-mean', interval95: null } };
  const stages = [
    { ...stage!, stage: 'gradient-check', kind: 'preflight', trials: [] },
    { ...stage!, stage: 'coarse', trials, comparison },
    { ...stage!, stage: 'fine', trials, comparison: null },
  ];
  return { ...base, stages } as unknown as ResultsResponse;
}

const NONE = { stage: null, trial: null, seed: null };

test('by default the chosen trial of the last decided stage, its first seed that trained', () => {
  const chosen = chooseNetwork(results(), NONE);
  expect(chosen).toMatchObject({ stage: 'coarse', trial: { index: 1 }, seed: 2, runId: sha256('1 2') });
});

test('or as asked for', () => {
  const chosen = chooseNetwork(results(), { stage: 'fine', trial: 0, seed: 3 });
  expect(chosen).toMatchObject({ stage: 'fine', trial: { index: 0 }, seed: 3 });
});

test.each([
  [{ stage: 'fin' }, '--stage: "fin" is no search stage with a plan; there are: coarse, fine'],
  [{ stage: 'gradient-check' }, 'is no search stage'],
  [{ stage: 'fine' }, '--trial: is needed, since stage fine has chosen none yet; it has trials 0 to 1'],
  [{ trial: 7 }, '--trial: 7 is no trial of stage coarse'],
  [{ seed: 1 }, 'has no trained run of that seed; seeds that trained: 2, 3'],
])('%j is refused', (choice, words) => {
  expect(() => chooseNetwork(results(), { ...NONE, ...choice })).toThrow(InputError);
  expect(() => chooseNetwork(results(), { ...NONE, ...choice })).toThrow(words);
});
