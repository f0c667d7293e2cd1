/** What the numbers of a stage measure, where that is not accuracy. */
import { z } from 'zod';
import type { RunSettings } from './run-settings.js';

export const GOALS = ['maximise', 'minimise'] as const;
export const goalSchema = z.enum(GOALS);
export type Goal = z.infer<typeof goalSchema>;

export const measureSchema = z.strictObject({
  /** As people read it, e.g. `mean squared error`. */
  name: z.string().min(1).max(64),
  goal: goalSchema,
});
export type Measure = z.infer<typeof measureSchema>;

/** What runs with these settings are judged by; null for validation accuracy, which is to be high. */
export function measureOf(settings: RunSettings): Measure | null {
  return settings.task === 'table' && settings.data.task === 'regression' ? MEAN_SQUARED_ERROR : null;
}

const MEAN_SQUARED_ERROR: Measure = { name: 'mean squared error', goal: 'minimise' };

/**
 * Validation rows ÷ training rows where the runs of a trial train on overlapping parts of one table (folds), which makes
 * them alike; 0 where runs are independent given the data.
 */
export function overlapOf(settings: RunSettings): number {
  if (settings.task !== 'table' || settings.data.split.kind !== 'folds') return 0;
  return 1 / (settings.data.split.folds - 1);
}
