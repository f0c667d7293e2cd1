/** How long and how fast a run trains, and when it is evaluated: shared by runs on images and on tables. */
import { z } from 'zod';

const count = z.int().min(1);
const positive = z.number().positive();

export const scheduleSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('cyclical'),
      etaMin: positive,
      etaMax: positive,
      stepSize: count.describe('steps of half a cycle, n_s'),
      cycles: count,
    })
    .describe('triangular cyclical learning rate (Smith 2017); trains 2·stepSize·cycles steps'),
  z
    .strictObject({ kind: z.literal('constant'), learningRate: positive, steps: count })
    .describe('the same learning rate for a number of steps'),
]);
export type LearningRateSchedule = z.infer<typeof scheduleSchema>;

export const evaluationSettingsSchema = z.strictObject({
  cadence: z
    .enum(['end', 'cycle', 'epoch'])
    .describe('when to evaluate: after the last step only, after every cycle, or after every epoch'),
  train: z.boolean().describe('also evaluate on the training split (figures need it)'),
  test: z.boolean().describe('evaluate once on the untouched test set after the last step'),
});
export type EvaluationSettings = z.infer<typeof evaluationSettingsSchema>;

/** Steps that a schedule trains. */
export function stepsOf(schedule: LearningRateSchedule): number {
  return schedule.kind === 'cyclical' ? 2 * schedule.stepSize * schedule.cycles : schedule.steps;
}
