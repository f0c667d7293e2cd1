/** Blocks for tests: real jobs with real ids; nothing in them needs data. */
import {
  type BlockJob,
  type DataSettings,
  ENGINE_VERSION,
  packKeyOf,
  runIdOf,
  SCHEMA_VERSION,
  settingsOfRun,
  sweepIdSchema,
  type TrainSettings,
} from '@seedbed/contracts';
import { HeldBlock } from '../held-block.js';

export const TEST_SWEEP = sweepIdSchema.parse('test-sweep');

const DATA: DataSettings = {
  set: 'cifar10',
  digest: '0'.repeat(64),
  train: { first: 0, count: 900 },
  validation: { first: 900, count: 100 },
  order: { kind: 'file' },
};

export interface TestBlock {
  readonly trialIndex: number;
  readonly seeds: readonly number[];
  /** Blocks with equal batch sizes are compatible. @default 100 */
  readonly batchSize?: number;
  /** @default 50 */
  readonly hidden?: number;
  readonly sweepId?: string;
}

export function blockOf(block: TestBlock): BlockJob {
  const settings: TrainSettings = {
    task: 'train',
    engine: ENGINE_VERSION,
    data: DATA,
    model: { kind: 'two-layer', hidden: block.hidden ?? 50 },
    training: {
      // Trials differ by λ, as in a sweep.
      lambda: 0.001 * (block.trialIndex + 1),
      batchSize: block.batchSize ?? 100,
      schedule: { kind: 'constant', learningRate: 0.01, steps: 4 },
    },
    evaluation: { cadence: 'end', train: false, test: false },
    seed: 0,
  };
  return {
    schemaVersion: SCHEMA_VERSION,
    sweepId: sweepIdSchema.parse(block.sweepId ?? TEST_SWEEP),
    stage: 'search',
    trialIndex: block.trialIndex,
    blockIndex: 0,
    packKey: packKeyOf(settings),
    settings,
    runs: block.seeds.map((seed) => ({ seed, runId: runIdOf(settingsOfRun(settings, seed)) })),
  };
}

export function heldBlock(job: BlockJob, claim: { suspect?: boolean } = {}): HeldBlock {
  return new HeldBlock({
    jobId: `${job.sweepId}.${job.stage}.${job.trialIndex}.${job.blockIndex}`,
    job,
    token: `token-${job.trialIndex}`,
    attempt: 1,
    suspect: claim.suspect ?? false,
  });
}
