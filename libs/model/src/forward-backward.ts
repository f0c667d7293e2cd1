/**
 * One batch through K networks of m hidden units at once: activations, softmax cross-entropy and the gradients at the
 * layers' inputs. Networks stand along the first axis of every tensor, so that no operation mixes two of them.
 */
import type { Kernels, Tensor } from './kernels.js';

export interface BatchInputs {
  /** Pre-activations of the hidden layer without bias, K × m × batch. */
  readonly preActivation: Tensor;
  /** K × m × 1 */
  readonly hiddenBias: Tensor;
  /** Second layer as the forward pass uses it, K × m × classes. */
  readonly outputWeights: Tensor;
  /** K × classes × 1 */
  readonly outputBias: Tensor;
  /** Second layer as the backward pass uses it (scaled by what the hidden gradient is to be scaled by), K × m × classes. */
  readonly backwardWeights: Tensor;
  /** One-hot labels divided by the batch size, classes × batch. */
  readonly targets: Tensor;
  /** The batch size as a tensor of one element. */
  readonly batchSize: Tensor;
}

export interface BatchGradients {
  /** K × m × batch, after ReLU. */
  readonly hidden: Tensor;
  /** ∂cost/∂logits, K × classes × batch. */
  readonly logitGradient: Tensor;
  /** ∂cost/∂pre-activation times the scale within `backwardWeights`, K × m × batch. */
  readonly hiddenGradient: Tensor;
}

/** The caller frees the three tensors returned. */
export function forwardBackward(kernels: Kernels, inputs: BatchInputs): BatchGradients {
  const biased = kernels.add(inputs.preActivation, inputs.hiddenBias);
  const hidden = kernels.relu(biased);
  const product = kernels.matMul(inputs.outputWeights, hidden, { a: true });
  const logits = kernels.add(product, inputs.outputBias);

  // Softmax, with the largest logit taken off so that e^x cannot overflow.
  const largest = kernels.max(logits, 1);
  const shifted = kernels.subtract(logits, largest);
  const raised = kernels.exp(shifted);
  const total = kernels.sum(raised, 1);
  const divisor = kernels.multiply(total, inputs.batchSize);
  const probability = kernels.divide(raised, divisor);
  const logitGradient = kernels.subtract(probability, inputs.targets);

  const backward = kernels.matMul(inputs.backwardWeights, logitGradient);
  const hiddenGradient = kernels.reluGradient(backward, hidden);
  kernels.dispose(biased, product, logits, largest, shifted, raised, total, divisor, probability, backward);
  return { hidden, logitGradient, hiddenGradient };
}
