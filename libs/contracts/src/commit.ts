/** The durable, first-writer-wins record of a run's result. */
import { z } from 'zod';
import { runIdSchema, sweepIdSchema, trainerIdSchema } from './ids.js';
import { type RunResult, runResultSchema } from './run-result.js';
import { schemaVersionSchema } from './version.js';

/** Where numbers come from; equal classes must give equal bits. E.g. `tensorflow-2.21.0-avx512`, `wasm-4.22.0-simd`. */
export const numericsClassSchema = z.string().regex(/^[a-z0-9][a-z0-9.+-]{2,63}$/);
export type NumericsClass = z.infer<typeof numericsClassSchema>;

/** Time on one core, in milliseconds. A run's is its even share of what its pack took, so that runs add up to the pack. */
export const runTimeSchema = z.strictObject({
  trainingMs: z.number().min(0),
  /** Evaluating and reporting, with the copies of weights that it takes. */
  evaluationMs: z.number().min(0),
});
export type RunTime = z.infer<typeof runTimeSchema>;

/** Time that these runs took; runs without one (a gradient check, an older record) count as none. */
export function totalTime(commits: Iterable<Pick<CommitFacts, 'provenance'>>): RunTime {
  const total = { trainingMs: 0, evaluationMs: 0 };
  for (const { provenance } of commits) {
    total.trainingMs += provenance.time?.trainingMs ?? 0;
    total.evaluationMs += provenance.time?.evaluationMs ?? 0;
  }
  return total;
}

export const provenanceSchema = z.strictObject({
  trainerId: trainerIdSchema,
  /** Which attempt at the block this was, from 1. */
  attempt: z.int().min(1),
  /** Fencing token: the lock token under which the block was held. */
  token: z.string().max(128),
  backend: z.string(),
  tensorflow: z.string().nullable(),
  node: z.string(),
  seedbed: z.string(),
  /** Commit of Seedbed's repository that the trainer was built from; absent where nothing says it. */
  revision: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/)
    .optional(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** Networks trained in the same pack. */
  packWidth: z.int().min(1),
  time: runTimeSchema.optional(),
});
export type Provenance = z.infer<typeof provenanceSchema>;

export const commitSchema = z.strictObject({
  /** That of the job it answers, so that whoever wrote the job can read the result. */
  schemaVersion: schemaVersionSchema,
  runId: runIdSchema,
  sweepId: sweepIdSchema,
  numericsClass: numericsClassSchema,
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  result: runResultSchema,
  provenance: provenanceSchema,
});
export type Commit = z.infer<typeof commitSchema>;

/** What statistics need of a commit: a tenth of its size, so that those of a large sweep can be held at once. */
export interface CommitFacts {
  readonly numericsClass: NumericsClass;
  readonly digest: string;
  /** Its curve may have been left out. */
  readonly result: RunResult;
  readonly provenance: { readonly time?: RunTime | undefined };
}

/**
 * What became of an offered commit.
 * - `committed`: first writer, now the record
 * - `duplicate`: a record with the same digest was already there
 * - `divergent`: a record of the same numerics class has another digest; the first stands, an alarm is raised
 * - `wrong-class`: the sweep is pinned to another numerics class; nothing was written
 * - `unknown-sweep`: the sweep was deleted; nothing was written
 */
export type CommitOutcome = 'committed' | 'duplicate' | 'divergent' | 'wrong-class' | 'unknown-sweep';

/** Why an attempt at a block ended without its commits. Only some causes count against the block. */
export const ATTEMPT_CAUSES = ['infrastructure', 'error', 'poison', 'handed-back', 'cancelled'] as const;
export type AttemptCause = (typeof ATTEMPT_CAUSES)[number];

export const deadLetterSchema = z.strictObject({
  jobId: z.string(),
  cause: z.enum(ATTEMPT_CAUSES),
  reason: z.string(),
  runIds: z.array(runIdSchema),
  at: z.iso.datetime(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** How wide a trainer's packs may be, and why. Results do not depend on it. */
export const packingSchema = z.strictObject({
  /** Networks of one pack. */
  runsMax: z.int().min(1),
  /** Hidden units of all networks of a pack together. */
  hiddenUnitsMax: z.int().min(1),
  reason: z.string().max(500),
  /** Of one child: what it may use, and what its widest pack is estimated to need with all images of the data set. */
  grantedBytes: z.number(),
  estimatedBytes: z.number(),
  /** The most that a child has used so far; null before the first pack has ended. */
  peakBytes: z.number().nullable(),
});
export type Packing = z.infer<typeof packingSchema>;

/** A trainer's heartbeat; what people see on the trainers' page and what fair sharing counts. */
export const trainerStatusSchema = z.strictObject({
  trainerId: trainerIdSchema,
  host: z.string(),
  processId: z.int(),
  children: z.int().min(0),
  numericsClass: numericsClassSchema.nullable(),
  backend: z.string().nullable(),
  state: z.enum(['starting', 'idle', 'training', 'draining']),
  packs: z.array(z.strictObject({ blocks: z.int(), runs: z.int(), step: z.int(), steps: z.int() })),
  packing: packingSchema.optional(),
  startedAt: z.iso.datetime(),
  at: z.iso.datetime(),
});
export type TrainerStatus = z.infer<typeof trainerStatusSchema>;

/** Progress of one run, for people; lost without harm. */
export const runProgressSchema = z.strictObject({
  step: z.int().min(0),
  steps: z.int().min(1),
  validationAccuracy: z.number().nullable(),
  validationLoss: z.number().nullable(),
});
export type RunProgress = z.infer<typeof runProgressSchema>;
