/** The learning rate over training as the corners of a broken line, for drawing. */
import { type LearningRateSchedule, assertNever } from '@seedbed/contracts';
import type { CyclicalOrConstant } from './model.js';

export function learningRateTrace(schedule: LearningRateSchedule): CyclicalOrConstant {
  switch (schedule.kind) {
    case 'cyclical':
      return {
        kind: 'cyclical',
        // A cycle rises for n_s steps and falls for n_s: a corner every n_s steps, alternately low and high.
        corners: Array.from({ length: 2 * schedule.cycles + 1 }, (_, corner) => ({
          step: corner * schedule.stepSize,
          learningRate: corner % 2 === 0 ? schedule.etaMin : schedule.etaMax,
        })),
      };
    case 'constant':
      return {
        kind: 'constant',
        corners: [0, schedule.steps].map((step) => ({ step, learningRate: schedule.learningRate })),
      };
    default:
      return assertNever(schedule, 'learning rate schedule');
  }
}
