/**
 * Central differences of the cost in float64: (cost(w + h) − cost(w − h)) / 2h for every single parameter. Changing one
 * weight of W1 or b1 changes one hidden unit only, so its effect on the logits is updated instead of redoing the pass;
 * the L2 term's difference quotient is 2λw exactly.
 */
import type { NetworkShape } from './initial-weights.js';
import { crossEntropy, forward, type ReferenceWeights, type Samples } from './reference-network.js';

/** Truncation error is of order h², cancellation of order 1e-16 / h: both about 1e-10 here. */
const STEP = 1e-5;

export function numericGradients(
  shape: NetworkShape,
  weights: ReferenceWeights,
  samples: Samples,
  lambda: number,
): ReferenceWeights {
  const { inputs, hidden, classes } = shape;
  const base = forward(shape, weights, samples);
  const W1 = new Float64Array(hidden * inputs);
  const b1 = new Float64Array(hidden);
  const W2 = new Float64Array(hidden * classes);
  const b2 = new Float64Array(classes);
  const scratch = new Float64Array(classes);

  /** Difference quotient when every row's pre-activation of `unit` moves by ±h·slope(row). */
  const throughUnit = (unit: number, slope: (row: number) => number): number => {
    let difference = 0;
    for (let row = 0; row < samples.count; row++) {
      const z = base.preActivation[row * hidden + unit]!;
      const label = samples.labels[row]!;
      for (const sign of [1, -1]) {
        const change = Math.max(0, z + sign * STEP * slope(row)) - Math.max(0, z);
        if (change === 0) scratch.set(base.logits.subarray(row * classes, (row + 1) * classes));
        else {
          for (let k = 0; k < classes; k++) {
            scratch[k] = base.logits[row * classes + k]! + change * weights.W2[unit * classes + k]!;
          }
        }
        difference += sign * crossEntropy(scratch, 0, classes, label);
      }
    }
    return difference / (2 * STEP * samples.count);
  };

  /** Difference quotient when every row's logit `k` moves by ±h·slope(row). */
  const throughLogit = (k: number, slope: (row: number) => number): number => {
    let difference = 0;
    for (let row = 0; row < samples.count; row++) {
      for (const sign of [1, -1]) {
        scratch.set(base.logits.subarray(row * classes, (row + 1) * classes));
        scratch[k]! += sign * STEP * slope(row);
        difference += sign * crossEntropy(scratch, 0, classes, samples.labels[row]!);
      }
    }
    return difference / (2 * STEP * samples.count);
  };

  for (let unit = 0; unit < hidden; unit++) {
    b1[unit] = throughUnit(unit, () => 1);
    for (let i = 0; i < inputs; i++) {
      const quotient = throughUnit(unit, (row) => samples.inputs[row * inputs + i]!);
      W1[unit * inputs + i] = quotient + 2 * lambda * weights.W1[unit * inputs + i]!;
    }
    for (let k = 0; k < classes; k++) {
      const quotient = throughLogit(k, (row) => Math.max(0, base.preActivation[row * hidden + unit]!));
      W2[unit * classes + k] = quotient + 2 * lambda * weights.W2[unit * classes + k]!;
    }
  }
  for (let k = 0; k < classes; k++) b2[k] = throughLogit(k, () => 1);
  return { W1, b1, W2, b2 };
}
