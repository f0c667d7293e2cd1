/** One stage's progress in words, shared by bars and lines so that both say the same. */
import { assertNever } from '@seedbed/contracts';
import { formatCount, formatDuration, formatPercent, formatQuantity } from '../output/format.js';
import type { StageView } from './progress-display.js';

/** E.g. `13 trials, 29/65 runs, 104,400/234,000 steps, in training 41.30 % right (best 44.02 %), 3,120 steps/s, 42 s left` */
export function stageWords({ progress, stepsPerSecond, secondsLeft }: StageView): string {
  if (progress.state === 'waiting') return 'not planned yet';
  const parts = [
    formatQuantity(progress.trials, 'trial'),
    `${formatCount(progress.committed)}/${formatQuantity(progress.planned, 'run')}`,
  ];
  // A gradient check trains nothing, so it has no steps to count.
  if (progress.stepsPlanned > 0) {
    parts.push(`${formatCount(progress.stepsDone)}/${formatCount(progress.stepsPlanned)} steps`);
  }
  if (progress.deadLetters > 0) parts.push(`${formatQuantity(progress.deadLetters, 'block')} given up`);
  if (progress.state === 'running' && progress.inTraining !== null) {
    const { mean, best } = progress.inTraining;
    parts.push(`in training ${formatPercent(mean)} right (best ${formatPercent(best)})`);
  }
  if (stepsPerSecond !== null) parts.push(`${formatCount(stepsPerSecond)} steps/s`);
  if (secondsLeft !== null) parts.push(`${formatDuration(secondsLeft)} left`);
  return parts.join(', ');
}

/** Between 0 and 1: by steps where there are any, else by runs. */
export function shareDone({ progress }: StageView): number {
  switch (progress.state) {
    case 'waiting':
      return 0;
    case 'completed':
      return 1;
    case 'running':
    case 'incomplete': {
      const [done, planned] =
        progress.stepsPlanned > 0
          ? [progress.stepsDone, progress.stepsPlanned]
          : [progress.committed, progress.planned];
      return planned === 0 ? 0 : Math.min(1, done / planned);
    }
    default:
      return assertNever(progress.state, 'stage state');
  }
}
