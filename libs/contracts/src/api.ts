/** Requests and responses of the coordinator's HTTP API, version 1. */
import { z } from 'zod';
import { answerSchema, classCountSchema, stageSummarySchema, testLooksSchema } from './answer.js';
import {
  commitSchema,
  deadLetterSchema,
  runProgressSchema,
  runTimeSchema,
  trainerStatusSchema,
} from './commit.js';
import { nameSchema, runIdSchema, sweepIdSchema } from './ids.js';
import { LIMITS } from './limits.js';
import { parameterValuesSchema } from './plan.js';
import { curvePointSchema } from './run-result.js';
import { runSettingsSchema } from './run-settings.js';
import { scheduleSchema } from './training-settings.js';
import { sweepSpecSchema } from './sweep-spec.js';

/**
 * - `running`: being trained; - `paused`: nothing new is handed out; - `cancelled`: ended by a person;
 * - `completed`: every planned run has its commit; - `failed`: a preflight check failed, nothing fanned out;
 * - `incomplete`: every run has its commit or is a dead letter with a reason.
 */
export const SWEEP_STATES = ['running', 'paused', 'cancelled', 'completed', 'failed', 'incomplete'] as const;
export const sweepStateSchema = z.enum(SWEEP_STATES);
export type SweepState = z.infer<typeof sweepStateSchema>;

/** That a sweep was extended: when, by which request, and to which sweep file. */
export const sweepExtensionSchema = z.strictObject({
  at: z.iso.datetime(),
  /** SHA-256 of the request's idempotency key; null where it had none. */
  key: z.string().nullable(),
  /** As in answers, of the sweep file that it brought. */
  specDigest: z.string(),
});
export type SweepExtension = z.infer<typeof sweepExtensionSchema>;

export function isFinished(state: SweepState): boolean {
  return state !== 'running' && state !== 'paused';
}

/** RFC 9457 problem details. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  requestId: z.string().optional(),
  problems: z.array(z.object({ path: z.string(), line: z.int().optional(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export const launchRequestSchema = z.strictObject({ spec: sweepSpecSchema });
export type LaunchRequest = z.infer<typeof launchRequestSchema>;

export const stageProgressSchema = z.strictObject({
  stage: nameSchema,
  kind: z.enum(['preflight', 'search']),
  /** `waiting`: what it derives from is not decided yet. */
  state: z.enum(['waiting', 'running', 'completed', 'incomplete']),
  trials: z.int(),
  planned: z.int(),
  committed: z.int(),
  deadLetters: z.int(),
  /** Training steps of committed runs plus reported progress, and of all planned runs. */
  stepsDone: z.number(),
  stepsPlanned: z.number(),
  /** Runs without a commit that were evaluated already, by their latest validation accuracy (0 … 1); null while there are none. */
  inTraining: z.strictObject({ runs: z.int().min(1), mean: z.number(), best: z.number() }).nullable(),
});
export type StageProgress = z.infer<typeof stageProgressSchema>;

export const sweepStatusSchema = z.strictObject({
  sweepId: sweepIdSchema,
  name: nameSchema,
  state: sweepStateSchema,
  reason: z.string().nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  numericsClass: z.string().nullable(),
  stages: z.array(stageProgressSchema),
});
export type SweepStatus = z.infer<typeof sweepStatusSchema>;

export const sweepListSchema = z.strictObject({
  sweeps: z.array(sweepStatusSchema),
  nextCursor: z.string().nullable(),
});
export type SweepList = z.infer<typeof sweepListSchema>;

export const planResponseSchema = z.strictObject({
  name: nameSchema,
  stages: z.array(
    z.strictObject({
      stage: nameSchema,
      kind: z.enum(['preflight', 'search']),
      trials: z.int(),
      seedsPerTrial: z.int(),
      runs: z.int(),
      steps: z.number(),
      /** The first trials' parameters; null while derived from an undecided stage. */
      parameters: z.array(parameterValuesSchema).nullable(),
      derivesFrom: z.array(nameSchema),
    }),
  ),
  runs: z.int(),
  steps: z.number(),
});
export type PlanResponse = z.infer<typeof planResponseSchema>;

export const resultsResponseSchema = z.strictObject({
  sweepId: sweepIdSchema,
  state: sweepStateSchema,
  /** Of a mixed sweep only. */
  mixed: z.array(classCountSchema).optional(),
  stages: z.array(stageSummarySchema),
  testLooks: testLooksSchema.nullable().default(null),
  /** What the committed runs of each stage took. Beside the summaries, which are part of an answer and know no times. */
  times: z.array(runTimeSchema.extend({ stage: nameSchema })),
});
export type ResultsResponse = z.infer<typeof resultsResponseSchema>;

export const runRowSchema = z.strictObject({
  stage: nameSchema,
  trialIndex: z.int(),
  parameters: parameterValuesSchema,
  seed: z.int(),
  runId: runIdSchema,
  state: z.enum(['committed', 'training', 'waiting', 'dead']),
  progress: runProgressSchema.nullable(),
  commit: commitSchema.nullable(),
  deadLetter: deadLetterSchema.nullable(),
});
export type RunRow = z.infer<typeof runRowSchema>;

export const runsQuerySchema = z.strictObject({
  stage: nameSchema.optional(),
  trial: z.coerce.number().int().min(0).optional(),
  cursor: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageRowsMax).default(100),
});
export type RunsQuery = z.infer<typeof runsQuerySchema>;

export const runsResponseSchema = z.strictObject({
  runs: z.array(runRowSchema),
  nextCursor: z.int().nullable(),
});
export type RunsResponse = z.infer<typeof runsResponseSchema>;

/** Enough digits of a run id to tell it from the others; as many as the listing of runs shows and more are fine. */
export const runIdPrefixSchema = z
  .string()
  .regex(/^[0-9a-f]{8,64}$/, 'give at least the first 8 hex digits of a run id');

/** One run's evaluations: from its commit, or, while it trains, as far as they are known (they may lag or have gaps). */
export const runCurveSchema = z.strictObject({
  ...runRowSchema.pick({
    stage: true,
    trialIndex: true,
    parameters: true,
    seed: true,
    runId: true,
    state: true,
  }).shape,
  source: z.enum(['commit', 'live']),
  /** The learning rate at any step follows from it; null for a gradient check, which has neither. */
  schedule: scheduleSchema.nullable(),
  /** By rising step; a step counts the updates before the evaluation. */
  points: z.array(curvePointSchema),
});
export type RunCurve = z.infer<typeof runCurveSchema>;

/** Where a run's result comes from, and how it can be had again. */
export const runProvenanceSchema = z.strictObject({
  sweepId: sweepIdSchema,
  ...runRowSchema.omit({ progress: true }).shape,
  /** Everything that determines the result; the run id is its SHA-256. */
  settings: runSettingsSchema,
  specDigest: z.string(),
  /** The attempt ledger of its block: `starts`, and how many ended for which cause. Empty once the block is done. */
  attempts: z.record(z.string(), z.int()),
  /** Trains it again and compares. */
  command: z.string(),
});
export type RunProvenance = z.infer<typeof runProvenanceSchema>;

export const answerResponseSchema = answerSchema;

export const trainersResponseSchema = z.strictObject({ trainers: z.array(trainerStatusSchema) });
export type TrainersResponse = z.infer<typeof trainersResponseSchema>;

export const healthResponseSchema = z.strictObject({
  status: z.enum(['ok', 'redis-away', 'not-leading']),
  seedbed: z.string(),
  redis: z.strictObject({ version: z.string().nullable(), reachable: z.boolean() }),
});
export type HealthResponse = z.infer<typeof healthResponseSchema>;

/**
 * Work of one trainer with one child, for scaling: 25 networks trained together are nearly as fast per network as 50, so a
 * further trainer brings its full speed. It is fixed on purpose: counted in packs as wide as they are just now, a fleet
 * that grows (and so trains narrower packs) would find ever more packs outstanding and grow on.
 */
export const REFERENCE_RUNS_PER_TRAINER = 25;

export const scaleQuerySchema = z.strictObject({
  /** For trainers of several children: as many times the reference. */
  runsPerTrainer: z.coerce
    .number()
    .int()
    .min(1)
    .max(LIMITS.runsPerSweepMax)
    .default(REFERENCE_RUNS_PER_TRAINER),
});

export const scaleResponseSchema = z.strictObject({
  /** Runs that running sweeps still need, whether they wait in the queue, are planned for it or are being trained. */
  outstandingRuns: z.int().min(0),
  runsPerTrainer: z.int().min(1),
  /** ceil(outstandingRuns / runsPerTrainer): 0 only when nothing is to be done. */
  trainersWanted: z.int().min(0),
  /** Trainers that train at this moment: fewer than these cannot be had without interrupting one. */
  trainersTraining: z.int().min(0),
});
export type ScaleResponse = z.infer<typeof scaleResponseSchema>;

/** Begins a browser's session, once. */
export const signInCodeSchema = z.strictObject({ code: z.string(), expiresAt: z.iso.datetime() });

/** Trials that have new commits; `trials` lists at most `LIMITS.eventTrialsMax` of them. */
export const commitsEventSchema = z.strictObject({
  committed: z.int(),
  trials: z.array(z.strictObject({ stage: nameSchema, trialIndex: z.int() })),
  isMore: z.boolean(),
});
export type CommitsEvent = z.infer<typeof commitsEventSchema>;
