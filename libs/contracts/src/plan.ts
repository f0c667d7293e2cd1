/** A planned stage: what will be trained, written durably before anything is enqueued. */
import { z } from 'zod';
import { choiceRuleSchema } from './comparison.js';
import { nameSchema, runIdSchema } from './ids.js';
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
});
export type PlannedTrial = z.infer<typeof plannedTrialSchema>;

export const plannedStageSchema = z.strictObject({
  stage: nameSchema,
  /** Preflight stages must pass before any search stage is enqueued. */
  kind: z.enum(['preflight', 'search']),
  trials: z.array(plannedTrialSchema).min(1),
});
export type PlannedStage = z.infer<typeof plannedStageSchema>;

/** A numbered, replayable decision of the coordinator: a pure function of its inputs, written once. */
export const decisionSchema = z.strictObject({
  number: z.int().min(0),
  kind: z.enum(['stage-best', 'preflight']),
  stage: nameSchema,
  /** SHA-256 over the digests of all the results that it was computed from. */
  inputsDigest: z.string(),
  /** For `stage-best`: the chosen trial; for `preflight`: whether it passed. */
  outcome: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('best'),
      trialIndex: z.int().min(0),
      parameters: parameterValuesSchema,
      mean: z.number(),
      rule: choiceRuleSchema,
    }),
    z.strictObject({ kind: z.literal('none'), reason: z.string() }),
    z.strictObject({ kind: z.literal('passed') }),
    z.strictObject({ kind: z.literal('failed'), reason: z.string() }),
  ]),
});
export type Decision = z.infer<typeof decisionSchema>;
