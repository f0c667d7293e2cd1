/** What evaluating cost beside training, in words. */
import type { RunTime } from '@seedbed/contracts';
import { formatDuration, formatShare } from '../numbers.js';

/** E.g. `evaluation took 2.04 % of the training time (1.5 s beside 1 min 13 s on the cores)`; null where no time is known. */
export function evaluationCost({ trainingMs, evaluationMs }: RunTime): string | null {
  if (trainingMs === 0) return null;
  const share = formatShare(evaluationMs / trainingMs);
  const [evaluation, training] = [formatDuration(evaluationMs), formatDuration(trainingMs)];
  return `evaluation took ${share} of the training time (${evaluation} beside ${training} on the cores)`;
}
