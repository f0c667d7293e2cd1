/** The report's gradient check: the backend's float32 gradient, and the float64 reference's, against central differences. */
import type { GradientCheckedResult, GradientCheckSettings, GradientErrors } from '@seedbed/contracts';
import type { Backend } from './backend.js';
import { forwardBackward } from './forward-backward.js';
import { initialWeights, type NetworkShape, type Weights } from './initial-weights.js';
import type { Kernels } from './kernels.js';
import { numericGradients } from './numeric-gradient.js';
import type { TrainingData } from './prepared-data.js';
import { gradients, type ReferenceWeights, referenceWeights, type Samples } from './reference-network.js';

/** The report's threshold for an absolute error. */
const ERROR_MAX = 1e-6;

const GROUPS = ['W1', 'W2', 'b1', 'b2'] as const;

/** Checks the first samples of the training split. Passes when every error of every parameter group is below 1e-6. */
export function checkGradients(
  backend: Backend,
  data: TrainingData,
  settings: GradientCheckSettings,
): GradientCheckedResult {
  const shape = { inputs: data.inputCount, hidden: settings.model.hidden, classes: data.classCount };
  const samples = {
    inputs: data.train.rows(0, settings.samples),
    labels: data.train.labels.subarray(0, settings.samples),
    count: settings.samples,
  };
  const weights = initialWeights(shape, settings.seed);
  const exact = referenceWeights(weights);
  const numeric = numericGradients(shape, exact, samples, settings.lambda);
  const native = errorsOf(
    nativeGradients(backend.kernels, shape, { weights, samples, lambda: settings.lambda }),
    numeric,
  );
  const reference = errorsOf(gradients(shape, exact, samples, settings.lambda), numeric);
  const passed = GROUPS.every(
    (group) => native.maxError[group] < ERROR_MAX && reference.maxError[group] < ERROR_MAX,
  );
  return { outcome: 'gradient-checked', samples: settings.samples, native, reference, passed };
}

/** The gradient as the training engine computes it: the same operations, with every scale at 1. */
export function nativeGradients(
  kernels: Kernels,
  shape: NetworkShape,
  at: { readonly weights: Weights; readonly samples: Samples; readonly lambda: number },
): ReferenceWeights {
  const { inputs, hidden, classes } = shape;
  const { count } = at.samples;
  const oneHot = new Float32Array(classes * count);
  for (let row = 0; row < count; row++) oneHot[(at.samples.labels[row] ?? 0) * count + row] = 1 / count;
  const rows = kernels.upload(Float32Array.from(at.samples.inputs), [count, inputs]);
  const W1 = kernels.upload(at.weights.W1, [hidden, inputs]);
  const W2 = kernels.upload(at.weights.W2, [1, hidden, classes]);
  const b1 = kernels.upload(at.weights.b1, [1, hidden, 1]);
  const b2 = kernels.upload(at.weights.b2, [1, classes, 1]);
  const targets = kernels.upload(oneHot, [classes, count]);
  const batchSize = kernels.upload(Float32Array.of(count), [1]);
  const product = kernels.matMul(W1, rows, { b: true });
  const preActivation = kernels.reshape(product, [1, hidden, count]);
  const {
    hidden: activation,
    logitGradient,
    hiddenGradient,
  } = forwardBackward(kernels, {
    preActivation,
    hiddenBias: b1,
    outputWeights: W2,
    outputBias: b2,
    backwardWeights: W2,
    targets,
    batchSize,
  });
  const flat = kernels.reshape(hiddenGradient, [hidden, count]);
  const tensors = {
    W1: kernels.matMul(flat, rows),
    b1: kernels.sum(hiddenGradient, 2),
    W2: kernels.matMul(activation, logitGradient, { b: true }),
    b2: kernels.sum(logitGradient, 2),
  };
  const result = {
    W1: withPenalty(kernels.download(tensors.W1), at.weights.W1, at.lambda),
    b1: Float64Array.from(kernels.download(tensors.b1)),
    W2: withPenalty(kernels.download(tensors.W2), at.weights.W2, at.lambda),
    b2: Float64Array.from(kernels.download(tensors.b2)),
  };
  kernels.dispose(
    rows,
    W1,
    W2,
    b1,
    b2,
    targets,
    batchSize,
    product,
    preActivation,
    activation,
    logitGradient,
  );
  kernels.dispose(hiddenGradient, flat, tensors.W1, tensors.b1, tensors.W2, tensors.b2);
  return result;
}

/** Adds 2λw in float32, as a decay of the weights in float32 does. */
function withPenalty(gradient: Float32Array, weights: Float32Array, lambda: number): Float64Array {
  return Float64Array.from(gradient, (value, index) =>
    Math.fround(value + Math.fround(2 * lambda * (weights[index] ?? 0))),
  );
}

function errorsOf(analytic: ReferenceWeights, numeric: ReferenceWeights): GradientErrors {
  const maxError = { W1: 0, W2: 0, b1: 0, b2: 0 };
  const shareBelow1em6 = { W1: 0, W2: 0, b1: 0, b2: 0 };
  for (const group of GROUPS) {
    let below = 0;
    numeric[group].forEach((value, index) => {
      const error = Math.abs(value - (analytic[group][index] ?? NaN));
      maxError[group] = Math.max(maxError[group], error);
      if (error < ERROR_MAX) below++;
    });
    shareBelow1em6[group] = below / numeric[group].length;
  }
  return { maxError, shareBelow1em6 };
}
