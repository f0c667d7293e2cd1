/** Blocks, commits and plans as a coordinator and a trainer would make them. */
import {
  type BlockJob,
  type Commit,
  ENGINE_VERSION,
  packKeyOf,
  type PlannedStage,
  resultDigestOf,
  type RunId,
  runIdOf,
  type RunResult,
  SCHEMA_VERSION,
  SWEEP_FILE_VERSION,
  settingsOfRun,
  sweepIdSchema,
  type SweepSpec,
  trainerIdSchema,
  type TrainSettings,
} from '@seedbed/contracts';
import type { SweepRecord } from '../interfaces.js';

export const SWEEP = sweepIdSchema.parse('lambda-search');

export function settingsWith(lambda: number): TrainSettings {
  return {
    task: 'train',
    engine: ENGINE_VERSION,
    data: {
      set: 'cifar10',
      digest: 'a'.repeat(64),
      train: { first: 0, count: 45_000 },
      validation: { first: 45_000, count: 5_000 },
      order: { kind: 'file' },
    },
    model: { kind: 'two-layer', hidden: 50 },
    training: {
      lambda,
      batchSize: 100,
      schedule: { kind: 'constant', learningRate: 0.01, steps: 10 },
    },
    evaluation: { cadence: 'end', train: false, test: false },
    seed: 0,
  };
}

export function runIdWith(lambda: number, seed: number): RunId {
  return runIdOf(settingsOfRun(settingsWith(lambda), seed));
}

export function blockOf(trialIndex: number, overrides: Partial<BlockJob> = {}): BlockJob {
  const settings = settingsWith(trialIndex / 1_000);
  return {
    schemaVersion: SCHEMA_VERSION,
    sweepId: SWEEP,
    stage: 'coarse',
    trialIndex,
    blockIndex: 0,
    packKey: packKeyOf(settings),
    settings,
    runs: [1, 2].map((seed) => ({ seed, runId: runIdWith(trialIndex / 1_000, seed) })),
    ...overrides,
  };
}

export function sweepRecordOf(
  name: string,
  createdAt = '2026-11-23T10:00:00.000Z',
): Omit<SweepRecord, 'numericsClass'> {
  const spec: SweepSpec = {
    seedbed: SWEEP_FILE_VERSION,
    name,
    parameters: { lambda: { values: [0, 0.01] } },
  };
  return {
    sweepId: sweepIdSchema.parse(name),
    spec,
    state: 'running',
    reason: null,
    createdAt,
    finishedAt: null,
  };
}

export function resultWith(correct: number, reasonLength = 0): RunResult {
  if (reasonLength > 0) {
    return { outcome: 'diverged', step: 1, reason: 'x'.repeat(reasonLength), curve: [] };
  }
  return {
    outcome: 'trained',
    validation: { correct, count: 5_000 },
    curve: [],
    weightsDigest: 'b'.repeat(64),
  };
}

export interface CommitChoice {
  readonly runId?: RunId;
  readonly numericsClass?: string;
  readonly result?: RunResult;
  readonly sweepId?: Commit['sweepId'];
  readonly trainer?: string;
}

export function commitOf(choice: CommitChoice = {}): Commit {
  const result = choice.result ?? resultWith(2_500);
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: choice.runId ?? runIdWith(0, 1),
    sweepId: choice.sweepId ?? SWEEP,
    numericsClass: choice.numericsClass ?? 'tensorflow-2.21.0-avx512',
    digest: resultDigestOf(result),
    result,
    provenance: {
      trainerId: trainerIdSchema.parse(choice.trainer ?? 'trainer-1'),
      attempt: 1,
      token: 'token',
      backend: 'tensorflow',
      tensorflow: '2.21.0',
      node: 'v20.0.0',
      seedbed: '0.1.0',
      startedAt: '2026-11-23T10:00:00.000Z',
      finishedAt: '2026-11-23T10:01:00.000Z',
      packWidth: 1,
    },
  };
}

export function plannedStageOf(stage: string, trials: number, seeds = 2): PlannedStage {
  return {
    stage,
    kind: 'search',
    trials: Array.from({ length: trials }, (_, index) => ({
      index,
      parameters: { lambda: index / 1_000 },
      settings: settingsWith(index / 1_000),
      // Ids of the right shape; a plan's reader checks no more than that.
      runs: Array.from({ length: seeds }, (_seed, seed) => ({
        seed,
        runId: (index * seeds + seed).toString(16).padStart(64, '0') as RunId,
      })),
    })),
  };
}
