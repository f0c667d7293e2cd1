/** Pruning: trials that look poor part of the way are not trained to the end. In synchronous rungs, so the same at any scale. */
import { z } from 'zod';
import { nameSchema } from './ids.js';
import { LIMITS } from './limits.js';

const rungs = z
  .array(z.int().min(1).max(LIMITS.stepsMax))
  .min(1)
  .max(LIMITS.rungsMax)
  .describe('steps after which all trials that are left are compared, rising, fewer than any trial trains');

export const PRUNING_KINDS = ['successive-halving', 'median'] as const;

/** What a sweep file may say; off without it. */
export const pruningSpecSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('successive-halving'),
      rungs,
      factor: z
        .int()
        .min(2)
        .max(LIMITS.pruningFactorMax)
        .optional()
        .describe('one trial in so many goes on from each rung, rounded up; default 3'),
    })
    .describe('the best third (or another share) goes on from each rung'),
  z
    .strictObject({ kind: z.literal('median'), rungs })
    .describe('trials below the median of all that came to a rung do not go on from it'),
]);
export type PruningSpec = z.infer<typeof pruningSpecSchema>;

/** How a rung decides, without anything left open. */
export const pruningRuleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('successive-halving'), factor: z.int().min(2) }),
  z.strictObject({ kind: z.literal('median') }),
]);
export type PruningRule = z.infer<typeof pruningRuleSchema>;

/** Of a planned stage whose runs are the beginnings of another stage's. */
export const rungSchema = z.strictObject({
  /** The stage whose trials these are. */
  of: nameSchema,
  /** From 1. */
  number: z.int().min(1),
  /** Steps that its runs train. */
  until: z.int().min(1),
  rule: pruningRuleSchema,
});
export type Rung = z.infer<typeof rungSchema>;

/** A trial that did not go on: never averaged with those that did. */
export const prunedTrialSchema = z.strictObject({
  index: z.int().min(0),
  parameters: z.record(z.string(), z.number()),
  /** Steps that it was trained. */
  step: z.int().min(1),
});
export type PrunedTrial = z.infer<typeof prunedTrialSchema>;

/** What a stage, planned or summarised, says about pruning; nothing in most. */
export const pruningShape = {
  /** Given where the stage is a rung of another. */
  rung: rungSchema.optional(),
  /** Given where the stage was pruned: its trials that did not come to the end. Its own are the others, with their indices. */
  pruned: z.array(prunedTrialSchema).max(LIMITS.prunedTrialsMax).optional(),
};

export interface PruningFacts {
  readonly rung?: Rung | undefined;
  readonly pruned?: PrunedTrial[] | undefined;
}

/** Of any of these, and nothing else of it. */
export function pruningFactsOf({ rung, pruned }: PruningFacts): { rung?: Rung; pruned?: PrunedTrial[] } {
  return { ...(rung !== undefined && { rung }), ...(pruned !== undefined && { pruned }) };
}
