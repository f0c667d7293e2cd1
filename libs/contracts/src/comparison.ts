/** How the trials of a stage compare with its best, and how sure that is. All of it over paired seeds, at 95 %. */
import { z } from 'zod';
import { LIMITS } from './limits.js';
import { type RacingPolicy, raceEndSchema } from './racing.js';

export const CHOICE_RULES = ['highest-mean', 'one-standard-error'] as const;
export const choiceRuleSchema = z.enum(CHOICE_RULES);
export type ChoiceRule = z.infer<typeof choiceRuleSchema>;

/** What a sweep file may say about its answer. */
export const answerSpecSchema = z.strictObject({
  delta: z
    .number()
    .positive()
    .max(LIMITS.deltaMax)
    .optional()
    .describe(
      'differences of accuracy up to this do not matter, 0.005 is half a point: trials shown to be that close to the best are called equivalent; default none',
    ),
  rule: choiceRuleSchema
    .optional()
    .describe(
      'which trial a stage chooses: the highest mean (default), or the largest λ whose mean is within one standard error of the highest',
    ),
});

/** The same with its defaults. */
export interface AnswerSettings {
  readonly delta: number | null;
  readonly rule: ChoiceRule;
  /** Absent or null where every trial gets the same seeds. */
  readonly racing?: RacingPolicy | null;
}

/**
 * - `best`: the highest mean
 * - `equivalent`: choosing it costs at most δ, whichever trial truly is the best
 * - `unresolved`: neither equivalent nor excluded: more seeds would tell. With fewer seeds more trials are unresolved
 * - `excluded`: not the truly best one
 */
export const VERDICTS = ['best', 'equivalent', 'unresolved', 'excluded'] as const;
export const verdictSchema = z.enum(VERDICTS);
export type Verdict = z.infer<typeof verdictSchema>;

export const trialComparisonSchema = z.strictObject({
  index: z.int().min(0),
  verdict: verdictSchema,
  /** By how much its mean is below the highest; in a race over the seeds that it has. */
  gap: z.number().min(0),
  /**
   * Choosing it costs at most this against any other trial: 95 % for all trials at once, so for a picked one as well.
   * Null with one seed or one trial, and far down a long ranking.
   */
  regretBound: z.number().min(0).nullable(),
  /** Share (0 … 1) of redraws of the seeds in which it has the highest mean. */
  winShare: z.number().min(0).max(1),
});
export type TrialComparison = z.infer<typeof trialComparisonSchema>;

/** What so many seeds would bring if means and spreads stayed as they are. */
export const seedsProjectionSchema = z.strictObject({
  seeds: z.int().min(2),
  /** Of the chosen trial. */
  regretBound: z.number().min(0),
  /** How many trials would still be unresolved. */
  unresolved: z.int().min(0),
});
export type SeedsProjection = z.infer<typeof seedsProjectionSchema>;

export const stageComparisonSchema = z.strictObject({
  /** Hsu's comparisons with the best, one-sided, over paired seeds; see docs/statistics.md. */
  method: z.literal('multiple-comparisons-with-the-best'),
  confidence: z.number(),
  delta: z.number().nullable(),
  /** Seeds that every compared trial has; in a race, those of the last look. */
  seeds: z.int().min(1),
  chosen: z.strictObject({
    trialIndex: z.int().min(0),
    rule: choiceRuleSchema,
    /** Of its mean, allowing for its having been chosen from all of these. */
    interval95: z.tuple([z.number(), z.number()]).nullable(),
  }),
  /** By falling mean. Trials with a diverged seed are not compared. */
  trials: z.array(trialComparisonSchema).min(1),
  /** The spread that comparisons rest on; null with one seed or one trial. */
  spread: z
    .strictObject({
      /** Standard deviation of what is left when trial and seed are taken out; null when no two spreads may be pooled. */
      residual: z.number().nullable(),
      degreesOfFreedom: z.int().nullable(),
      /** Trials whose own spread is too different to be pooled; they are compared by their own. */
      apart: z.array(z.int()),
      /** Brown and Forsythe's p value for equal spread of those pooled; small means: pooling is in doubt. */
      equalSpreadP: z.number().nullable(),
      /** Share of the variance that trials have in common by seed, which pairing takes out. */
      seedCorrelation: z.number().nullable(),
    })
    .nullable(),
  /** Of a raced stage: its looks so far, each of which took its part of the 5 % that all of them together may be wrong. */
  race: z
    .strictObject({
      looks: z
        .array(
          z.strictObject({
            seeds: z.int().min(2),
            /** Trials that had so many seeds. */
            trials: z.int().min(1),
            /** Probability that this look says something false. */
            error: z.number(),
          }),
        )
        .min(1),
      /** Null while it is going on. */
      end: raceEndSchema.nullable(),
    })
    .optional(),
  /** Redraws of the seeds behind `winShare`. */
  redraws: z.int(),
  moreSeeds: z.array(seedsProjectionSchema),
  /**
   * Seeds say nothing about other images. How far the chosen trial's accuracy on new images may lie from that on these,
   * as a standard error, is at most √(p (1 − p) / count). Null where trials were validated on different numbers of images.
   */
  images: z
    .strictObject({
      count: z.int().min(1),
      standardErrorMax: z.number(),
      /** That part's share of the variance of seeds and images together, at most; null with one seed. */
      varianceShareMax: z.number().nullable(),
    })
    .nullable(),
});
export type StageComparison = z.infer<typeof stageComparisonSchema>;
