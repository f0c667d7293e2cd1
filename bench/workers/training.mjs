// What the one-at-a-time workers share: the schedule, and how a round of networks is timed and judged.
import { learningRateAt } from '@seedbed/model';

/**
 * @typedef {{lambda: number, seed: number}} NetworkChoice
 *
 * @typedef {object} TrainRequest a round of work
 * @property {NetworkChoice[]} networks
 * @property {number} hidden
 * @property {number} steps even: one triangular cycle
 * @property {boolean} judge whether to evaluate on the validation images afterwards
 * @property {'end' | 'epoch'} [cadence] of the engine's own evaluation; `epoch` includes the training images
 *
 * @typedef {object} TrainAnswer
 * @property {number} seconds of the training steps counted in `networkSteps`, without start and evaluation
 * @property {number} networkSteps
 * @property {number[]} accuracies one a network; empty without `judge`
 */

export const ETA_MIN = 1e-5;
export const ETA_MAX = 1e-1;

/**
 * @param {number} steps
 * @returns {import('@seedbed/contracts').LearningRateSchedule}
 */
export function scheduleOf(steps) {
  return { kind: 'cyclical', etaMin: ETA_MIN, etaMax: ETA_MAX, stepSize: steps / 2, cycles: 1 };
}

/**
 * The learning rates of a training.
 * @param {number} steps
 * @returns {number[]}
 */
export function learningRatesOf(steps) {
  const schedule = scheduleOf(steps);
  return Array.from({ length: steps }, (_, step) => learningRateAt(schedule, step));
}
