/** Sweeps and results for tests: small, and a pure function of the run's settings as real training is. */
import {
  type Commit,
  type NumericsClass,
  type Provenance,
  type RunResult,
  type RunSettings,
  SCHEMA_VERSION,
  SEEDBED_VERSION,
  type SweepId,
  type SweepSpec,
  numericsClassSchema,
  resultDigestOf,
  runIdOf,
  sha256,
  sweepIdSchema,
  trainerIdSchema,
} from '@seedbed/contracts';
import { parseSweepSpec } from '@seedbed/search';

export const DATASET_DIGEST = sha256('a data set for tests');
export const CLASS_A = numericsClassSchema.parse('test-class-a');
export const CLASS_B = numericsClassSchema.parse('test-class-b');

const VALIDATION_IMAGES = 5_000;
const SHORT_TRAINING = { schedule: { kind: 'constant', learningRate: 0.01, steps: 10 } };

/** Four λ, then a final stage with the best of them, evaluated on the test set too: other runs than the first stage's. */
export function twoStageSpec(more: object = {}): SweepSpec {
  return parseSweepSpec({
    seedbed: 1,
    name: 'two-stage',
    seeds: 7,
    training: SHORT_TRAINING,
    stages: [
      { name: 'coarse', parameters: { lambda: { min: 1e-5, max: 1e-2, scale: 'log', count: 4 } } },
      { name: 'final', parameters: { lambda: { from: 'coarse' } }, seeds: 3, evaluation: { test: true } },
    ],
    ...more,
  });
}

/** One stage of `trials` λ. */
export function oneStageSpec(name: string, trials: number, more: object = {}): SweepSpec {
  return parseSweepSpec({
    seedbed: 1,
    name,
    seeds: 5,
    training: SHORT_TRAINING,
    parameters: { lambda: { min: 1e-5, max: 1e-2, scale: 'log', count: trials } },
    ...more,
  });
}

export function withPreflight(spec: SweepSpec): SweepSpec {
  return parseSweepSpec({ ...spec, preflight: [{ check: 'gradient-check', samples: 2 }] });
}

/** Best near λ = 1e-3, a little different for every seed. */
export function cannedResult(settings: RunSettings): RunResult {
  if (settings.task === 'gradient-check') return gradientCheck(true);
  if (settings.task === 'overfit-one-batch') return overfitted(0.01, settings.lossMax);
  const lambda = settings.task === 'table' ? settings.training.weightDecay : settings.training.lambda;
  const distance = Math.abs(Math.log10(Math.max(lambda, 1e-9)) + 3);
  const noise = parseInt(sha256(runIdOf(settings)).slice(0, 4), 16) % 40;
  return {
    outcome: 'trained',
    validation: { correct: Math.round(2_600 - 100 * distance) + noise, count: VALIDATION_IMAGES },
    ...(settings.evaluation.test ? { test: { correct: 2_500 + noise, count: VALIDATION_IMAGES } } : {}),
    curve: [],
    weightsDigest: sha256(`weights of ${runIdOf(settings)}`),
  };
}

export function gradientCheck(passed: boolean): RunResult {
  const group = (value: number) => ({ W1: value, W2: value, b1: value, b2: value });
  const errors = { maxError: group(passed ? 1e-8 : 1e-2), shareBelow1em6: group(passed ? 1 : 0.5) };
  return { outcome: 'gradient-checked', samples: 2, native: errors, reference: errors, passed };
}

export function overfitted(loss: number, lossMax: number): RunResult {
  const losses = [
    { step: 0, loss: 2.3 },
    { step: 500, loss },
  ];
  return {
    ...{ outcome: 'overfitted', losses, lossMax, passed: loss <= lossMax },
    accuracy: { correct: 100, count: 100 },
  };
}

export function divergedResult(): RunResult {
  return { outcome: 'diverged', step: 3, reason: 'the loss is not a number', curve: [] };
}

export interface CommitParts {
  readonly sweepId: SweepId;
  readonly settings: RunSettings;
  readonly result: RunResult;
  readonly numericsClass?: NumericsClass;
  readonly trainer?: string;
  readonly attempt?: number;
}

export function commitOf({
  sweepId,
  settings,
  result,
  numericsClass,
  trainer,
  attempt,
}: CommitParts): Commit {
  const provenance: Provenance = {
    trainerId: trainerIdSchema.parse(trainer ?? 'trainer-1'),
    attempt: attempt ?? 1,
    token: 'token',
    backend: 'test',
    tensorflow: null,
    node: process.version,
    seedbed: SEEDBED_VERSION,
    startedAt: new Date(0).toISOString(),
    finishedAt: new Date(0).toISOString(),
    packWidth: 1,
    time: { trainingMs: 100, evaluationMs: 5 },
  };
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: runIdOf(settings),
    sweepId,
    numericsClass: numericsClass ?? CLASS_A,
    digest: resultDigestOf(result),
    result,
    provenance,
  };
}

export function sweepIdFor(name: string): SweepId {
  return sweepIdSchema.parse(name);
}
