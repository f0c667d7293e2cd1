/** Results of a whole reproduction as they might come out, made from a fixed generator: for tests of what is shown. */
import {
  type Commit,
  type CurvePoint,
  type RunSummary,
  type StageSummary,
  type TrialSummary,
  runIdSchema,
  sha256,
  sweepIdSchema,
  trainerIdSchema,
} from '@seedbed/contracts';
import type { ReproductionInput } from '../reproduction/reproduction-report.js';

const DIGEST = 'd'.repeat(64);
/** Student's t, 97.5 %, by degrees of freedom 1 … 4. */
const T = [12.706, 4.303, 3.182, 2.776];
/** Difference of means below which a made-up trial counts as not told apart. */
const TIE = 0.006;

export interface SyntheticTrial {
  readonly lambda: number;
  /** Validation accuracy by seed; `diverged` and `missing` as in a summary. */
  readonly seeds: Readonly<Record<number, number | 'diverged' | 'missing'>>;
  readonly testAccuracy?: number;
}

export function syntheticStage(
  stage: string,
  trials: readonly SyntheticTrial[],
  validationCount = 5_000,
): StageSummary {
  const summaries = trials.map((trial, index) => trialSummary(stage, index, trial, validationCount));
  const complete = summaries.filter(({ n, planned }) => n === planned);
  const ranking = complete.toSorted((a, b) => (b.mean ?? 0) - (a.mean ?? 0)).map(({ index }) => index);
  const planned = summaries.reduce((sum, trial) => sum + trial.planned, 0);
  const committed = summaries.reduce((sum, trial) => sum + trial.n + trial.diverged, 0);
  const best = committed === planned ? (ranking[0] ?? null) : null;
  const bestMean = best === null ? 0 : (summaries[best]?.mean ?? 0);
  return {
    stage,
    kind: 'search',
    planned,
    committed,
    trials: summaries,
    ranking,
    best,
    comparison: null,
    notToldApartFromBest:
      best === null
        ? []
        : ranking.filter((index) => index !== best && bestMean - (summaries[index]?.mean ?? 0) < TIE),
  };
}

function trialSummary(
  stage: string,
  index: number,
  { lambda, seeds, testAccuracy }: SyntheticTrial,
  validationCount: number,
): TrialSummary {
  const runs = Object.entries(seeds).map(([seed, value]): RunSummary => {
    const runId = runIdSchema.parse(sha256(`${stage}/${lambda}/${seed}`));
    const nothing = { validation: null, validationAccuracy: null, testAccuracy: null };
    if (value === 'missing') {
      return { seed: Number(seed), runId, outcome: 'missing', digest: null, ...nothing, reason: null };
    }
    if (value === 'diverged') {
      const reason = 'the loss is no longer a number';
      return { seed: Number(seed), runId, outcome: 'diverged', digest: DIGEST, ...nothing, reason };
    }
    const correct = Math.round(value * validationCount);
    return {
      seed: Number(seed),
      runId,
      outcome: 'trained',
      digest: DIGEST,
      validation: { correct, count: validationCount },
      validationAccuracy: correct / validationCount,
      testAccuracy: testAccuracy ?? null,
      reason: null,
    };
  });
  const values = runs.flatMap(({ validationAccuracy }) => validationAccuracy ?? []);
  return {
    index,
    parameters: { lambda },
    planned: runs.length,
    n: values.length,
    diverged: runs.filter(({ outcome }) => outcome === 'diverged').length,
    missing: runs.filter(({ outcome }) => outcome === 'missing').length,
    ...statistics(values),
    testMean: testAccuracy ?? null,
    runs,
  };
}

function statistics(
  values: readonly number[],
): Pick<TrialSummary, 'mean' | 'standardDeviation' | 'standardError' | 'interval95'> {
  const n = values.length;
  if (n === 0) return { mean: null, standardDeviation: null, standardError: null, interval95: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, standardDeviation: null, standardError: null, interval95: null };
  const standardDeviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const standardError = standardDeviation / Math.sqrt(n);
  const half = (T[n - 2] ?? 1.96) * standardError;
  return { mean, standardDeviation, standardError, interval95: [mean - half, mean + half] };
}

/** Values around a mean, the same every time: a seed's value moves all trials alike, as paired seeds do. */
export function around(mean: number, spread: number, firstSeed = 1): Record<number, number> {
  const offsets = [-0.9, 1.1, 0.2, -0.6, 0.2];
  return Object.fromEntries(
    offsets.map((offset, index) => [
      firstSeed + index,
      mean + spread * (offset + wobble(mean * 1e4 + index)),
    ]),
  );
}

function wobble(position: number): number {
  return 0.4 * Math.sin(position * 12.9898);
}

export function trainedCommit(runId: string, curve: CurvePoint[], accuracy: number): Commit {
  return {
    ...commitEnvelope(runId),
    result: {
      outcome: 'trained',
      validation: { correct: Math.round(accuracy * 5_000), count: 5_000 },
      curve,
      weightsDigest: DIGEST,
    },
  };
}

export function gradientCommit(runId: string, largest = 3.1e-7): Commit {
  const errors = (scale: number) => ({
    maxError: { W1: 1.2e-7 * scale, W2: 4.4e-8 * scale, b1: 6.3e-8 * scale, b2: largest * scale },
    shareBelow1em6: { W1: 1, W2: 1, b1: 1, b2: largest < 1e-6 ? 1 : 0.9 },
  });
  return {
    ...commitEnvelope(runId),
    result: {
      outcome: 'gradient-checked',
      samples: 20,
      native: errors(1),
      reference: errors(1e-2),
      passed: largest < 1e-6,
    },
  };
}

function commitEnvelope(runId: string): Omit<Commit, 'result'> {
  return {
    schemaVersion: 1,
    runId: runIdSchema.parse(runId),
    sweepId: sweepIdSchema.parse('reproduction-1'),
    numericsClass: 'tensorflow-2.9.1-avx512',
    digest: DIGEST,
    provenance: {
      trainerId: trainerIdSchema.parse('trainer-1'),
      attempt: 1,
      token: 't',
      backend: 'tensorflow',
      tensorflow: '2.9.1',
      node: 'v20.20.2',
      seedbed: '0.1.0',
      startedAt: '2026-11-23T10:00:00.000Z',
      finishedAt: '2026-11-23T10:01:12.000Z',
      packWidth: 50,
      time: { trainingMs: 1_000, evaluationMs: 25 },
    },
  };
}

/** A wavy curve from chance to the given accuracy, evaluated every epoch. */
export function syntheticCurve(epochs: number, cycles: number, final: number, seed: number): CurvePoint[] {
  return Array.from({ length: epochs + 1 }, (_, epoch) => {
    const share = epoch / epochs;
    const wave = 0.03 * Math.sin(share * cycles * Math.PI) ** 2;
    const rise = 1 - Math.exp(-5 * share);
    const level = 0.1 + (final - 0.1) * (rise / (1 - Math.exp(-5)));
    const validation = level - wave + 0.004 * Math.sin(seed * 7 + epoch * 1.3) * (epoch < epochs ? 1 : 0);
    const training = validation + 0.06 * share;
    const evaluation = (accuracy: number, count: number) => ({
      accuracy: { correct: Math.max(0, Math.round(accuracy * count)), count },
      loss: 2.6 - 2.4 * accuracy,
      cost: 3 - 2 * accuracy,
    });
    return {
      step: epoch * 100,
      validation: evaluation(validation, 10_000),
      train: evaluation(training, 10_000),
    };
  });
}

const COARSE: readonly (readonly [number, number, number])[] = [
  [1.707e-5, 0.5178, 0.003],
  [5.499e-5, 0.5172, 0.004],
  [1.772e-4, 0.5181, 0.003],
  [5.708e-4, 0.5185, 0.002],
  [1.839e-3, 0.5193, 0.004],
  [5.924e-3, 0.5169, 0.005],
  [1.909e-2, 0.4874, 0.002],
  [6.149e-2, 0.422, 0.001],
  [0.1981, 0.327, 0.004],
  [0.635, 0.227, 0.008],
  [2.481e-3, 0.5188, 0.003],
  [4.208e-5, 0.5174, 0.003],
  [4.207e-5, 0.5175, 0.003],
];

export function syntheticReproduction(): ReproductionInput {
  const check = syntheticStage('gradient-check', [{ lambda: 0, seeds: { 1: 0.1 } }]);
  const stages: StageSummary[] = [
    { ...check, kind: 'preflight' },
    syntheticStage('figure-2', [{ lambda: 0.01, seeds: around(0.453, 0.002) }], 10_000),
    syntheticStage('figure-3', [{ lambda: 0.01, seeds: around(0.461, 0.004) }], 10_000),
    syntheticStage(
      'coarse',
      COARSE.map(([lambda, mean, spread]) => ({ lambda, seeds: around(mean, spread) })),
    ),
    syntheticStage(
      'fine',
      [0.5174, 0.52, 0.5213, 0.5205, 0.5185].map((mean, index) => ({
        lambda: index / 1000,
        seeds: around(mean, 0.003),
      })),
    ),
    syntheticStage('final', [{ lambda: 0.002, seeds: around(0.519, 0.012, 6), testAccuracy: 0.5127 }], 1_000),
    syntheticStage('final-report', [{ lambda: 0.001, seeds: around(0.524, 0.012, 6) }], 1_000),
  ];
  const commits = new Map<string, Commit>();
  const checkId = stages[0]?.trials[0]?.runs[0]?.runId ?? '';
  commits.set(checkId, gradientCommit(checkId));
  const curves = [
    [1, 10, 1],
    [2, 48, 3],
    [5, 58, 3],
  ] as const;
  for (const [stageIndex, epochs, cycles] of curves) {
    for (const { runId, seed, validationAccuracy } of stages[stageIndex]?.trials[0]?.runs ?? []) {
      const accuracy = validationAccuracy ?? 0;
      commits.set(runId, trainedCommit(runId, syntheticCurve(epochs, cycles, accuracy, seed), accuracy));
    }
  }
  return {
    name: 'reproduction',
    stages,
    commits,
    timings: {
      startedAt: '2026-11-23T10:00:00.000Z',
      finishedAt: '2026-11-23T10:04:41.000Z',
      totalMs: 281_000,
      stages: stages.map(({ stage, committed }) => ({
        name: stage,
        runs: committed,
        wallMs: 40_123,
        time: { trainingMs: 78_000, evaluationMs: 1_560 },
      })),
    },
    machine: {
      cpu: 'AMD EPYC 7B13',
      cores: 2,
      memoryBytes: 25_769_803_776,
      platform: 'Linux 6.1.0 (x64)',
    },
    versions: { seedbed: '0.1.0', node: 'v20.20.2', tensorflow: '2.9.1', redis: '7.4.1' },
    dataDigest: 'a'.repeat(64),
    specDigest: 'b'.repeat(64),
    schedules: { final: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 967, cycles: 3 } },
  };
}
