/** Racing: seeds added in rounds to the trials that still need them, and what is decided after each round. */
import { z } from 'zod';
import { LIMITS } from './limits.js';

/**
 * When a race has its answer:
 * - `every-trial`: each trial is excluded, or choosing it costs at most δ
 * - `choice`: choosing the one that the stage would choose costs at most δ; others may be left unresolved
 */
export const RACE_GOALS = ['every-trial', 'choice'] as const;
export const raceGoalSchema = z.enum(RACE_GOALS);
export type RaceGoal = z.infer<typeof raceGoalSchema>;

/** What a sweep file may say about a race. Its largest number of seeds is the stage's `seeds`. */
export const racingSpecSchema = z.strictObject({
  looks: z
    .array(z.int().min(2).max(LIMITS.seedsPerTrialMax))
    .min(2)
    .max(LIMITS.raceLooksMax)
    .optional()
    .describe(
      'seeds that a trial has when the race is judged, rising, the last one equal to `seeds`; default 3, 6, 12, 24 … up to `seeds`',
    ),
  until: raceGoalSchema
    .optional()
    .describe(
      'every-trial (default): until each trial is excluded or within answer.delta of the best; choice: until the trial to choose is',
    ),
});
export type RacingSpec = z.infer<typeof racingSpecSchema>;

/** The same with its defaults. */
export interface RacingPolicy {
  /** Rising; the last is the most seeds that a trial gets. */
  readonly looks: readonly number[];
  readonly until: RaceGoal;
}

/**
 * Why a race is over:
 * - `one-left`: all but one are excluded
 * - `within-delta`: its goal is reached
 * - `last-look`: there are no more seeds to be had
 * - `nothing-to-compare`: fewer than two trials trained to the end
 */
export const RACE_ENDS = ['one-left', 'within-delta', 'last-look', 'nothing-to-compare'] as const;
export const raceEndSchema = z.enum(RACE_ENDS);
export type RaceEnd = z.infer<typeof raceEndSchema>;

const indices = z.array(z.int().min(0));

/** What one look at a race decides: every trial of the stage is in one of the lists, by rising index. */
export const raceDecisionSchema = z.strictObject({
  /** Counted from 0. */
  look: z.int().min(0),
  /** Seeds that each trial which was still racing has now. */
  seeds: z.int().min(1),
  /** Seeds that `racing` are to have next; null when the race is over. */
  nextSeeds: z.int().min(2).nullable(),
  end: raceEndSchema.nullable(),
  /** Those that get more seeds; empty when the race is over. */
  racing: indices,
  /** Not the best. Final: an exclusion stands whatever later seeds bring. */
  excluded: indices,
  /** Choosing one costs at most δ, and no trial still racing needs it to be compared with. */
  equivalent: indices,
  /** Neither, when the race is over. */
  unresolved: indices,
  /** A seed of theirs diverged, so they have no mean to compare. */
  notCompared: indices,
});
export type RaceDecision = z.infer<typeof raceDecisionSchema>;
