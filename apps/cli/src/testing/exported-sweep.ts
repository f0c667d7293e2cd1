/** A finished sweep of two λ with two seeds, as the coordinator would tell of it; one run diverged. */
import {
  type Answer,
  answerSchema,
  resultDigestOf,
  type ResultsResponse,
  resultsResponseSchema,
  type RunResult,
  type RunRow,
  runsResponseSchema,
  sha256,
} from '@seedbed/contracts';

const LAMBDAS = [0.001, 0.01];
const SEEDS = [1, 2];
const NUMERICS_CLASS = 'test-class-a';

function resultOf(lambda: number, seed: number): RunResult {
  const evaluation = (correct: number) => ({
    accuracy: { correct, count: 1_000 },
    loss: 1.5,
    cost: 1.5 + lambda,
  });
  const curve = [
    { step: 0, validation: evaluation(100) },
    { step: 10, validation: evaluation(400 + seed), train: evaluation(450) },
  ];
  if (lambda === 0.01 && seed === 2) return { outcome: 'diverged', step: 10, reason: 'not a number', curve };
  return {
    outcome: 'trained',
    validation: { correct: 400 + seed, count: 1_000 },
    test: { correct: 390, count: 1_000 },
    curve,
    weightsDigest: sha256(`weights ${lambda} ${seed}`),
  };
}

export function exportedRuns(): RunRow[] {
  const runs = LAMBDAS.flatMap((lambda, trialIndex) =>
    SEEDS.map((seed) => {
      const runId = sha256(`run ${lambda} ${seed}`);
      const result = resultOf(lambda, seed);
      const provenance = {
        ...{ trainerId: 'trainer-1', attempt: 1, token: 't', backend: 'test', tensorflow: null },
        ...{ node: 'v20.19.0', seedbed: '0.1.0', packWidth: 4, time: { trainingMs: 100, evaluationMs: 10 } },
        ...{ startedAt: '2026-11-23T20:00:00.000Z', finishedAt: '2026-11-23T20:01:00.000Z' },
      };
      const commit = {
        ...{ schemaVersion: 1, runId, sweepId: 'demo-1', numericsClass: NUMERICS_CLASS },
        ...{ digest: resultDigestOf(result), result, provenance },
      };
      const row = { stage: 'search', trialIndex, parameters: { lambda }, seed, runId, state: 'committed' };
      return { ...row, progress: null, commit, deadLetter: null };
    }),
  );
  return runsResponseSchema.parse({ runs, nextCursor: null }).runs;
}

export function exportedResults(): ResultsResponse {
  const statistics = { standardDeviation: 0.001, standardError: 0.0007, interval95: null, testMean: 0.39 };
  const trial = (index: number, mean: number) => ({
    ...{ index, parameters: { lambda: LAMBDAS[index] }, planned: 2, n: 2, diverged: 0, missing: 0, mean },
    ...{ ...statistics, runs: [] },
  });
  const stage = {
    ...{ stage: 'search', kind: 'search', planned: 4, committed: 4, ranking: [0, 1], best: 0 },
    ...{ trials: [trial(0, 0.4015), trial(1, 0.401)], notToldApartFromBest: [] },
  };
  return resultsResponseSchema.parse({
    ...{ sweepId: 'demo-1', state: 'completed', stages: [stage] },
    times: [{ stage: 'search', trainingMs: 400, evaluationMs: 40 }],
  });
}

export function exportedAnswer(): Answer {
  return answerSchema.parse({
    ...{ schemaVersion: 2, name: 'demo', specDigest: sha256('spec'), numericsClass: NUMERICS_CLASS },
    ...{ complete: true, stages: exportedResults().stages, decisions: [] },
  });
}
