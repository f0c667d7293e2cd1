import {
  type BlockJob,
  type Commit,
  resultDigestOf,
  type RunResult,
  SCHEMA_VERSION,
  SEEDBED_VERSION,
  trainerIdSchema,
} from '@seedbed/contracts';
import type { TrainerSystem } from './trainer-system.js';

/** Commits a result for one run of a block, as another trainer would; not the result that a scripted child finds. */
export async function commitByHand(
  system: TrainerSystem,
  run: { readonly job: BlockJob; readonly seed: number; readonly numericsClass?: string },
): Promise<Commit> {
  const { job, seed, numericsClass = 'scripted-1' } = run;
  const result: RunResult = {
    outcome: 'trained',
    validation: { correct: 1, count: 2 },
    curve: [],
    weightsDigest: 'f'.repeat(64),
  };
  const at = new Date().toISOString();
  const commit: Commit = {
    schemaVersion: SCHEMA_VERSION,
    runId: job.runs.find((planned) => planned.seed === seed)!.runId,
    sweepId: job.sweepId,
    numericsClass,
    digest: resultDigestOf(result),
    result,
    provenance: {
      trainerId: trainerIdSchema.parse('by-hand'),
      attempt: 1,
      token: 'by-hand',
      backend: 'scripted',
      tensorflow: null,
      node: process.version,
      seedbed: SEEDBED_VERSION,
      startedAt: at,
      finishedAt: at,
      packWidth: 1,
    },
  };
  const outcome = await system.store.commit(commit);
  if (outcome !== 'committed') throw new Error(`a commit by hand was ${outcome}`);
  return commit;
}
