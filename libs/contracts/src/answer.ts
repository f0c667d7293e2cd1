/** The answer of a sweep: aggregated trials, and the canonical `answer.json`. */
import { z } from 'zod';
import { stageComparisonSchema } from './comparison.js';
import { runIdSchema, nameSchema } from './ids.js';
import { measureSchema } from './measure.js';
import { ANSWER_VERSIONS_READ } from './version.js';
import { decisionSchema, parameterValuesSchema } from './plan.js';
import { pruningShape } from './pruning.js';
import { accuracySchema } from './run-result.js';
import { sweepSpecSchema } from './sweep-spec.js';

export const runSummarySchema = z.strictObject({
  seed: z.int(),
  runId: runIdSchema,
  outcome: z.enum(['trained', 'scored', 'diverged', 'gradient-checked', 'overfitted', 'missing']),
  /** Digest of the result; null while missing. */
  digest: z.string().nullable(),
  validation: accuracySchema.nullable(),
  validationAccuracy: z.number().nullable(),
  testAccuracy: z.number().nullable(),
  /** In the unit of the stage's measure; only where that is not accuracy. */
  score: z.number().optional(),
  testScore: z.number().optional(),
  /** Why a diverged run diverged or a missing one is missing, where known. */
  reason: z.string().nullable(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

/** Statistics over the seeds of one trial. Null where n is too small to say (mean n ≥ 1, the others n ≥ 2). */
export const trialSummarySchema = z.strictObject({
  index: z.int().min(0),
  parameters: parameterValuesSchema,
  /** Seeds planned, committed with a number, diverged, and not committed yet. */
  planned: z.int(),
  n: z.int(),
  diverged: z.int(),
  missing: z.int(),
  mean: z.number().nullable(),
  standardDeviation: z.number().nullable(),
  standardError: z.number().nullable(),
  /** Student-t interval of the mean over seeds. */
  interval95: z.tuple([z.number(), z.number()]).nullable(),
  testMean: z.number().nullable(),
  runs: z.array(runSummarySchema),
});
export type TrialSummary = z.infer<typeof trialSummarySchema>;

export const stageSummarySchema = z.strictObject({
  stage: nameSchema,
  kind: z.enum(['preflight', 'search']),
  planned: z.int(),
  committed: z.int(),
  /** What means, deviations and intervals measure; absent: validation accuracy (0 … 1), to be high. */
  measure: measureSchema.optional(),
  trials: z.array(trialSummarySchema),
  /** Trial indices, the best mean first; complete trials without a diverged run only. */
  ranking: z.array(z.int()),
  /** Index of the best trial: known once no run of the stage is missing. */
  best: z.int().nullable(),
  /** Trials that may be just as good, the best left out: those that `comparison` calls equivalent or unresolved. */
  notToldApartFromBest: z.array(z.int()),
  /** Null until no run is missing, and for a preflight; an older coordinator gives none. */
  comparison: stageComparisonSchema.nullable().default(null),
  /** Of a rung the numbers are of its step, and it chooses nobody; pruned trials are in none of the numbers. */
  ...pruningShape,
});
export type StageSummary = z.infer<typeof stageSummarySchema>;

/** Which processors' numbers a mixed sweep rests on, in the order of their names. */
export const classCountSchema = z.strictObject({ numericsClass: z.string(), runs: z.int() });
export type ClassCount = z.infer<typeof classCountSchema>;

/** How much of the test set has been seen: whoever picks the best of several looks is lucky, not better. */
export const testLooksSchema = z.strictObject({
  /** Different trials whose test accuracy is in these results. */
  trials: z.int().min(0),
  /** Evaluations of the test set, one a run. */
  runs: z.int().min(0),
});
export type TestLooks = z.infer<typeof testLooksSchema>;

/** No ids of sweeps, times, hosts or attempts: the same sweep gives the same bytes at any scale, whatever happened. */
export const answerSchema = z.strictObject({
  schemaVersion: z.int().refine((version) => ANSWER_VERSIONS_READ.includes(version)),
  name: nameSchema,
  /** SHA-256 of the canonical JSON of the parsed sweep file. */
  specDigest: z.string(),
  /** The parsed sweep file, from which everything can be trained again; absent in an answer of version 2. */
  spec: sweepSpecSchema.optional(),
  numericsClass: z.string().nullable(),
  /** Of a mixed sweep only: its bytes depend on who trained what. */
  mixed: z.array(classCountSchema).optional(),
  complete: z.boolean(),
  stages: z.array(stageSummarySchema),
  decisions: z.array(decisionSchema),
  testLooks: testLooksSchema.nullable().default(null),
});
export type Answer = z.infer<typeof answerSchema>;
