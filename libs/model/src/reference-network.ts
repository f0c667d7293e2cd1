/**
 * The two-layer network in plain float64, written for clarity: the oracle that the native engine is tested against, and
 * the numeric side of the gradient check.
 */
import type { LearningRateSchedule } from '@seedbed/contracts';
import type { NetworkShape, Weights } from './initial-weights.js';
import { learningRateAt } from './learning-rate.js';

/** As `Weights`, in float64. */
export interface ReferenceWeights {
  readonly W1: Float64Array;
  readonly b1: Float64Array;
  readonly W2: Float64Array;
  readonly b2: Float64Array;
}

/** Rows (count × inputs) with labels. */
export interface Samples {
  readonly inputs: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  readonly count: number;
}

export function referenceWeights(weights: Weights): ReferenceWeights {
  return {
    W1: Float64Array.from(weights.W1),
    b1: Float64Array.from(weights.b1),
    W2: Float64Array.from(weights.W2),
    b2: Float64Array.from(weights.b2),
  };
}

/** Pre-activations z (count × hidden) and logits (count × classes). */
export function forward(
  shape: NetworkShape,
  weights: ReferenceWeights,
  samples: Samples,
): { preActivation: Float64Array; logits: Float64Array } {
  const { inputs, hidden, classes } = shape;
  const preActivation = new Float64Array(samples.count * hidden);
  const logits = new Float64Array(samples.count * classes);
  for (let row = 0; row < samples.count; row++) {
    for (let k = 0; k < classes; k++) logits[row * classes + k] = weights.b2[k]!;
    for (let unit = 0; unit < hidden; unit++) {
      let z = weights.b1[unit]!;
      for (let i = 0; i < inputs; i++)
        z += weights.W1[unit * inputs + i]! * samples.inputs[row * inputs + i]!;
      preActivation[row * hidden + unit] = z;
      if (z <= 0) continue;
      for (let k = 0; k < classes; k++) logits[row * classes + k]! += z * weights.W2[unit * classes + k]!;
    }
  }
  return { preActivation, logits };
}

/** −log softmax(logits)[label] of one row of logits starting at `offset`. */
export function crossEntropy(logits: Float64Array, offset: number, classes: number, label: number): number {
  let largest = -Infinity;
  for (let k = 0; k < classes; k++) largest = Math.max(largest, logits[offset + k]!);
  let total = 0;
  for (let k = 0; k < classes; k++) total += Math.exp(logits[offset + k]! - largest);
  return Math.log(total) + largest - logits[offset + label]!;
}

/** Mean cross-entropy + λ(‖W1‖² + ‖W2‖²). */
export function cost(
  shape: NetworkShape,
  weights: ReferenceWeights,
  samples: Samples,
  lambda: number,
): number {
  const { logits } = forward(shape, weights, samples);
  let loss = 0;
  for (let row = 0; row < samples.count; row++) {
    loss += crossEntropy(logits, row * shape.classes, shape.classes, samples.labels[row]!);
  }
  const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
  return loss / samples.count + lambda * (squares(weights.W1) + squares(weights.W2));
}

/** Gradient of `cost` by back-propagation. */
export function gradients(
  shape: NetworkShape,
  weights: ReferenceWeights,
  samples: Samples,
  lambda: number,
): ReferenceWeights {
  const { inputs, hidden, classes } = shape;
  const { preActivation, logits } = forward(shape, weights, samples);
  const W1 = weights.W1.map((value) => 2 * lambda * value);
  const W2 = weights.W2.map((value) => 2 * lambda * value);
  const b1 = new Float64Array(hidden);
  const b2 = new Float64Array(classes);
  const delta = new Float64Array(classes);
  for (let row = 0; row < samples.count; row++) {
    softmaxGradient(logits.subarray(row * classes, (row + 1) * classes), samples.labels[row]!, delta);
    for (let k = 0; k < classes; k++) {
      delta[k]! /= samples.count;
      b2[k]! += delta[k]!;
    }
    for (let unit = 0; unit < hidden; unit++) {
      const z = preActivation[row * hidden + unit]!;
      if (z <= 0) continue;
      let back = 0;
      for (let k = 0; k < classes; k++) {
        back += delta[k]! * weights.W2[unit * classes + k]!;
        W2[unit * classes + k]! += delta[k]! * z;
      }
      b1[unit]! += back;
      for (let i = 0; i < inputs; i++) W1[unit * inputs + i]! += back * samples.inputs[row * inputs + i]!;
    }
  }
  return { W1, b1, W2, b2 };
}

/** Plain mini-batch gradient descent for `steps` steps; batches of `batchSize` rows in order, over and over. In place. */
export function trainReference(
  shape: NetworkShape,
  weights: ReferenceWeights,
  samples: Samples,
  training: { lambda: number; batchSize: number; schedule: LearningRateSchedule; steps: number },
): void {
  const batches = Math.floor(samples.count / training.batchSize);
  const { batchSize } = training;
  const inputs = Float64Array.from(samples.inputs);
  const labels = Uint8Array.from(samples.labels);
  for (let step = 0; step < training.steps; step++) {
    const first = (step % batches) * batchSize;
    const batch = {
      inputs: inputs.subarray(first * shape.inputs, (first + batchSize) * shape.inputs),
      labels: labels.subarray(first, first + batchSize),
      count: batchSize,
    };
    const gradient = gradients(shape, weights, batch, training.lambda);
    const eta = learningRateAt(training.schedule, step);
    for (const group of ['W1', 'b1', 'W2', 'b2'] as const) {
      gradient[group].forEach((value, index) => (weights[group][index]! -= eta * value));
    }
  }
}

/** target ← softmax(logits) − one-hot(label) */
function softmaxGradient(logits: Float64Array, label: number, target: Float64Array): void {
  const largest = Math.max(...logits);
  let total = 0;
  logits.forEach((logit, k) => (total += target[k] = Math.exp(logit - largest)));
  for (let k = 0; k < target.length; k++) target[k] = target[k]! / total - (k === label ? 1 : 0);
}
