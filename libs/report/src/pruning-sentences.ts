/** What was not trained to the end, in words. */
import type { StageSummary } from '@seedbed/contracts';
import { formatCount } from './numbers.js';

/** Of a rung: what its numbers are, so that nobody takes them for a result. */
export function rungSentence({ rung, planned, committed }: StageSummary): string[] {
  if (rung === undefined || committed < planned) return [];
  const who =
    rung.rule.kind === 'median'
      ? 'the trials that are not below the median go on'
      : `the best of each ${rung.rule.factor} trials go on`;
  return [
    `A rung of ${rung.of}: accuracies after ${formatCount(rung.until)} steps, by which ${who}. It chooses none.`,
  ];
}

export function prunedSentence({ pruned }: StageSummary): string[] {
  if (pruned === undefined || pruned.length === 0) return [];
  const counts = new Map<number, number>();
  for (const { step } of pruned) counts.set(step, (counts.get(step) ?? 0) + 1);
  const parts = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([step, count]) => `${count === 1 ? '1 trial' : `${count} trials`} at step ${formatCount(step)}`);
  return [
    `Pruned, and in none of these numbers: ${parts.join('; ')}. What is said here is about the trials that were left.`,
  ];
}
