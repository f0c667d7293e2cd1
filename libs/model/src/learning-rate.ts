import { assertNever, type LearningRateSchedule } from '@seedbed/contracts';

/**
 * Learning rate of update `step` (from 0). Cyclical: for cycle l it rises linearly from η_min to η_max over steps
 * 2l·n_s … (2l+1)·n_s and falls back until 2(l+1)·n_s (Smith, "Cyclical Learning Rates for Training Neural Networks",
 * WACV 2017, the triangular policy).
 */
export function learningRateAt(schedule: LearningRateSchedule, step: number): number {
  switch (schedule.kind) {
    case 'constant':
      return schedule.learningRate;
    case 'cyclical': {
      const { etaMin, etaMax, stepSize } = schedule;
      const position = step % (2 * stepSize);
      const rise = position < stepSize ? position / stepSize : 2 - position / stepSize;
      return etaMin + rise * (etaMax - etaMin);
    }
    default:
      return assertNever(schedule, 'schedule');
  }
}

/** The largest learning rate that the schedule ever gives. */
export function largestLearningRate(schedule: LearningRateSchedule): number {
  return schedule.kind === 'constant' ? schedule.learningRate : Math.max(schedule.etaMin, schedule.etaMax);
}
