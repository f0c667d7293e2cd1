/**
 * The records of a backup: everything that cannot be derived again. Queue, locks, heartbeats and progress are not in it; the
 * coordinator rebuilds them from these. A sweep's own record comes after all that belongs to it, so that a restored sweep
 * becomes visible when it is whole.
 */
import { z } from 'zod';
import { sweepExtensionSchema, sweepStateSchema } from './api.js';
import { commitSchema, deadLetterSchema, numericsClassSchema } from './commit.js';
import { nameSchema, sweepIdSchema } from './ids.js';
import { decisionSchema, plannedRoundSchema, plannedStageSchema, plannedTrialSchema } from './plan.js';
import { pruningShape } from './pruning.js';
import { sweepSpecSchema } from './sweep-spec.js';

/** Raised when an older reader would misunderstand the file. */
export const BACKUP_FORMAT = 1;

export const backupRecordSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('header'),
    format: z.literal(BACKUP_FORMAT, {
      error: `is another format than ${BACKUP_FORMAT}, which this version reads`,
    }),
    /** Version of Seedbed that wrote the file. */
    seedbed: z.string(),
    at: z.iso.datetime(),
  }),
  z.strictObject({ kind: z.literal('commit'), commit: commitSchema }),
  z.strictObject({ kind: z.literal('decision'), sweepId: sweepIdSchema, decision: decisionSchema }),
  /** Followed by its trials, in order, in one or more records. */
  z.strictObject({
    kind: z.literal('plan'),
    sweepId: sweepIdSchema,
    stage: nameSchema,
    /** Of a later round of the stage, which comes after its first plan and the rounds before. */
    round: plannedRoundSchema.shape.round.optional(),
    stageKind: plannedStageSchema.shape.kind,
    ...pruningShape,
    trials: z.int().min(1),
  }),
  z.strictObject({ kind: z.literal('trials'), trials: z.array(plannedTrialSchema).min(1) }),
  /** The ledger of a block: counts by cause. */
  z.strictObject({
    kind: z.literal('attempts'),
    sweepId: sweepIdSchema,
    jobId: z.string(),
    counts: z.record(z.string(), z.string()),
  }),
  z.strictObject({ kind: z.literal('dead-letter'), sweepId: sweepIdSchema, deadLetter: deadLetterSchema }),
  z.strictObject({
    kind: z.literal('sweep'),
    sweepId: sweepIdSchema,
    spec: sweepSpecSchema,
    state: sweepStateSchema,
    reason: z.string().nullable(),
    createdAt: z.string(),
    finishedAt: z.string().nullable(),
    numericsClass: numericsClassSchema.nullable(),
    extensions: z.array(sweepExtensionSchema).optional(),
  }),
  z.strictObject({
    kind: z.literal('end'),
    /** Records before this one. */
    records: z.int().min(1),
    /** SHA-256 over the checksums of all records before this one: none is missing, added or moved. */
    sha256: z.string(),
  }),
]);
export type BackupRecord = z.infer<typeof backupRecordSchema>;
