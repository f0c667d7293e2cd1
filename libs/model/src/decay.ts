/**
 * L2 regularisation multiplies the weights by d_t = 1 − 2·η_t·λ at every step. Rather than pass over W1 each step, the
 * stored weights stay as they were at the window's start and a scale c_t = d_0 · … · d_{t−1} is kept beside them.
 */
import type { TrainSettings } from '@seedbed/contracts';
import { stepsOf } from '@seedbed/contracts';
import { largestLearningRate, learningRateAt } from './learning-rate.js';

/**
 * Below this the scale is folded into the stored weights, by a power of two (exact in floating point) and at a window's
 * end only, so that when it happens depends on the network's own settings and on nothing else.
 */
const FOLD_BELOW = 0.5;

/**
 * A network whose weights may shrink to a tenth or less in one step (2ηλ ≥ 0.9: a diverging or absurd choice) is updated
 * directly each step, because dividing by its scale would lose the numbers' range.
 */
const DEFERRED_DECAY_MIN = 0.1;

export function isDeferred(settings: TrainSettings): boolean {
  const { lambda, schedule } = settings.training;
  return 1 - 2 * largestLearningRate(schedule) * lambda > DEFERRED_DECAY_MIN;
}

/** What one network needs to know of one step, in float64. */
export interface StepCoefficients {
  /** η; 0 once the network has finished. */
  readonly eta: number;
  /** d = 1 − 2ηλ; 1 once the network has finished. */
  readonly decay: number;
  /** c before the step, and after it. */
  readonly scale: number;
  readonly nextScale: number;
}

/** The coefficients of `count` steps from `firstStep`, beginning at scale `scale`; `deferred: false` keeps the scale at 1. */
export function stepCoefficients(
  settings: TrainSettings,
  window: { readonly firstStep: number; readonly count: number; readonly scale: number },
): StepCoefficients[] {
  const { lambda, schedule } = settings.training;
  const steps = stepsOf(schedule);
  const deferred = isDeferred(settings);
  const coefficients: StepCoefficients[] = [];
  let scale = window.scale;
  for (let step = window.firstStep; step < window.firstStep + window.count; step++) {
    const eta = step < steps ? learningRateAt(schedule, step) : 0;
    const decay = 1 - 2 * eta * lambda;
    const nextScale = deferred ? scale * decay : 1;
    coefficients.push({ eta, decay, scale, nextScale });
    scale = nextScale;
  }
  return coefficients;
}

/** The power of two by which to fold a scale (1 when there is no need): stored weights times it, scale divided by it. */
export function foldingFactor(scale: number): number {
  if (scale >= FOLD_BELOW) return 1;
  return 2 ** Math.floor(Math.log2(scale));
}
