/** What one run found. No times, hosts or attempts: the same settings must give the same bytes. */
import { z } from 'zod';
import { canonicalJson, sha256 } from './digest.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** Counts rather than a ratio, so that an accuracy is exact and its denominator known. */
export const accuracySchema = z.strictObject({ correct: z.int().min(0), count: z.int().min(1) });
export type Accuracy = z.infer<typeof accuracySchema>;

/** Evaluation after `step` updates. `loss` is mean cross-entropy, `cost` adds λ(‖W1‖² + ‖W2‖²); null where not finite. */
export const evaluationSchema = z.strictObject({
  accuracy: accuracySchema,
  loss: z.number().nullable(),
  cost: z.number().nullable(),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

export const curvePointSchema = z.strictObject({
  step: z.int().min(0),
  validation: evaluationSchema,
  train: evaluationSchema.optional(),
});
export type CurvePoint = z.infer<typeof curvePointSchema>;

export const trainedSchema = z.strictObject({
  outcome: z.literal('trained'),
  /** Accuracy after the last step, not the best on the way. */
  validation: accuracySchema,
  test: accuracySchema.optional(),
  curve: z.array(curvePointSchema),
  /** SHA-256 of the final float32 weights, little-endian, in the order W1 (inputs × hidden), b1, W2 (hidden × classes), b2. */
  weightsDigest: digest,
});
export type TrainedResult = z.infer<typeof trainedSchema>;

/** A value after `step` updates, in the unit of the run's measure. */
export const scorePointSchema = z.strictObject({ step: z.int().min(0), value: z.number() });
export type ScorePoint = z.infer<typeof scorePointSchema>;

/** A run that is judged by a number other than accuracy; what it measures, and whether it is to be high, follows from the settings. */
export const scoredSchema = z.strictObject({
  outcome: z.literal('scored'),
  /** On the validation part, after the last step. */
  value: z.number(),
  test: z.number().optional(),
  /** Further numbers by name, for people; nothing is decided by them. */
  further: z.record(z.string().max(64), z.number()).optional(),
  scores: z.array(scorePointSchema),
  /** SHA-256 of the final weights, where there are any. */
  weightsDigest: digest.optional(),
});
export type ScoredResult = z.infer<typeof scoredSchema>;

/** A loss that is no longer a number is a result with a reason, not a failure of the machine. */
export const divergedSchema = z.strictObject({
  outcome: z.literal('diverged'),
  /** The evaluation step at which it was noticed. */
  step: z.int().min(0),
  reason: z.string(),
  curve: z.array(curvePointSchema),
});
export type DivergedResult = z.infer<typeof divergedSchema>;

const perGroup = <T extends z.ZodType>(of: T) => z.strictObject({ W1: of, W2: of, b1: of, b2: of });

export const gradientErrorsSchema = z.strictObject({
  /** Largest absolute difference between analytic and numeric gradient, per parameter group. */
  maxError: perGroup(z.number()),
  /** Share (0 … 1) of the group's elements whose difference is below 1e-6. */
  shareBelow1em6: perGroup(z.number()),
});
export type GradientErrors = z.infer<typeof gradientErrorsSchema>;

export const gradientCheckedSchema = z.strictObject({
  outcome: z.literal('gradient-checked'),
  samples: z.int().min(1),
  /** The trainer's float32 gradient against float64 central differences. */
  native: gradientErrorsSchema,
  /** The float64 reference's own analytic gradient against the same central differences. */
  reference: gradientErrorsSchema,
  passed: z.boolean(),
});
export type GradientCheckedResult = z.infer<typeof gradientCheckedSchema>;

/** Points kept of the way of an overfit check: enough to see where it stopped going down. */
export const OVERFIT_POINTS_MAX = 21;

export const overfittedSchema = z.strictObject({
  outcome: z.literal('overfitted'),
  /** Mean cross-entropy of the batch after so many steps; null where not finite. */
  losses: z
    .array(z.strictObject({ step: z.int().min(0), loss: z.number().nullable() }))
    .min(1)
    .max(OVERFIT_POINTS_MAX),
  lossMax: z.number(),
  /** Of the batch itself, after the last step; null when it diverged. */
  accuracy: accuracySchema.nullable(),
  passed: z.boolean(),
});
export type OverfittedResult = z.infer<typeof overfittedSchema>;

export const runResultSchema = z.discriminatedUnion('outcome', [
  trainedSchema,
  scoredSchema,
  divergedSchema,
  gradientCheckedSchema,
  overfittedSchema,
]);
export type RunResult = z.infer<typeof runResultSchema>;

/** Equal results have equal digests; compared between attempts of the same numerics class. */
export function resultDigestOf(result: RunResult): string {
  return sha256(canonicalJson(result));
}

export function accuracyRatio(accuracy: Accuracy): number {
  return accuracy.correct / accuracy.count;
}
