/** Whether anybody who is there could train a sweep. Pure. */
import type { TrainerStatus } from '@seedbed/contracts';
import type { SweepRecord } from '@seedbed/queue';

/**
 * False where only trainers of other numerics classes than the sweep's are alive: its blocks would be claimed and put back
 * by them for ever. With nobody alive, whoever comes first shall find work.
 */
export function isTrainable(
  { numericsClass, spec }: Pick<SweepRecord, 'numericsClass' | 'spec'>,
  trainers: readonly Pick<TrainerStatus, 'numericsClass'>[],
): boolean {
  if (numericsClass === null || spec.mixed === true || trainers.length === 0) return true;
  return trainers.some(
    (trainer) => trainer.numericsClass === null || trainer.numericsClass === numericsClass,
  );
}
