/**
 * A planned stage: what will be trained, written durably before anything is enqueued. A stage may grow in rounds: round 0 is its
 * first plan; each later one adds runs to trials, or trials, and moves nothing.
 */
import { z } from 'zod';
import { choiceRuleSchema } from './comparison.js';
import { nameSchema, runIdSchema } from './ids.js';
import { LIMITS } from './limits.js';
import { pruningShape } from './pruning.js';
import { raceDecisionSchema } from './racing.js';
import { runSettingsSchema } from './run-settings.js';

/** Parameter name → value as the person gave it. */
export const parameterValuesSchema = z.record(z.string(), z.number());
export type ParameterValues = z.infer<typeof parameterValuesSchema>;

export const plannedRunSchema = z.strictObject({ seed: z.int().min(0), runId: runIdSchema });
export type PlannedRun = z.infer<typeof plannedRunSchema>;

/** A trial is identified by its index, which never moves; `settings` hold seed 0 and are completed by each run's seed. */
export const plannedTrialSchema = z.strictObject({
  index: z.int().min(0),
  parameters: parameterValuesSchema,
  settings: runSettingsSchema,
  runs: z.array(plannedRunSchema).min(1),
  /** Where the runs of later rounds begin (places in `runs`, rising); absent where all are of round 0. */
  grown: z
    .array(z.strictObject({ round: z.int().min(1), at: z.int().min(0) }))
    .min(1)
    .optional(),
});
export type PlannedTrial = z.infer<typeof plannedTrialSchema>;

export const plannedStageSchema = z.strictObject({
  stage: nameSchema,
  /** Preflight stages must pass before any search stage is enqueued. */
  kind: z.enum(['preflight', 'search']),
  trials: z.array(plannedTrialSchema).min(1),
  /** How many later rounds are in `trials`; absent while there is none. */
  rounds: z.int().min(1).max(LIMITS.roundsPerStageMax).optional(),
  ...pruningShape,
});
export type PlannedStage = z.infer<typeof plannedStageSchema>;

/** What a later round adds to a stage, written once, before anything of it is enqueued. */
export const plannedRoundSchema = z.strictObject({
  stage: nameSchema,
  round: z.int().min(1).max(LIMITS.roundsPerStageMax),
  /** Trials that the stage has, by their indices, with their further runs; and new ones, with the next indices. */
  trials: z.array(plannedTrialSchema.omit({ grown: true })).min(1),
});
export type PlannedRound = z.infer<typeof plannedRoundSchema>;

/** Why a stage grows. */
export const ROUND_CAUSES = ['extension', 'racing'] as const;
export type RoundCause = (typeof ROUND_CAUSES)[number];

/** How many runs a round adds to a trial; `parameters` are given for a new trial. */
export const roundAdditionSchema = z.strictObject({
  index: z.int().min(0),
  runs: z.int().min(1),
  parameters: parameterValuesSchema.optional(),
});
export type RoundAddition = z.infer<typeof roundAdditionSchema>;

/** A numbered, replayable decision of the coordinator: a pure function of its inputs, written once. */
export const decisionSchema = z.strictObject({
  number: z.int().min(0),
  kind: z.enum(['stage-best', 'preflight', 'round', 'rung']),
  stage: nameSchema,
  /** Of a decision about a whole stage: the stage's rounds so far; absent before its first. */
  round: z.int().min(1).optional(),
  /** SHA-256 over the digests of all the results that it was computed from; of an extension, the sweep file's digest. */
  inputsDigest: z.string(),
  /**
   * For `stage-best`: the chosen trial; for `preflight`: whether it passed; for `round`: what the stage grows by; for `rung`: the
   * trials that go on.
   */
  outcome: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('best'),
      trialIndex: z.int().min(0),
      parameters: parameterValuesSchema,
      mean: z.number(),
      rule: choiceRuleSchema,
    }),
    z.strictObject({ kind: z.literal('kept'), trials: z.array(z.int().min(0)).min(1) }),
    z.strictObject({ kind: z.literal('none'), reason: z.string() }),
    z.strictObject({ kind: z.literal('passed') }),
    z.strictObject({ kind: z.literal('failed'), reason: z.string() }),
    z.strictObject({
      kind: z.literal('round'),
      round: z.int().min(1).max(LIMITS.roundsPerStageMax),
      /** `extension`: the sweep file asks for more than it did; `racing`: a look at the race left trials open. */
      cause: z.enum(ROUND_CAUSES),
      additions: z.array(roundAdditionSchema).min(1),
      /** Of a race: where every trial stood. */
      race: raceDecisionSchema.optional(),
    }),
  ]),
});
export type Decision = z.infer<typeof decisionSchema>;
