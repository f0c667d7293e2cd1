/**
 * How a parameter follows its gradient: plain descent, momentum (heavy-ball and Nesterov) and Adam, with coupled or
 * decoupled decay. Every operation works element by element on the networks' tensors, so bits do not depend on company.
 */
import type { Optimizer, TableTrainSettings } from '@seedbed/contracts';
import type { Kernels, Tensor } from '../kernels.js';

/** Tensors of one parameter of all networks: its values and the optimiser's state (velocity, or the two moments). */
export interface ParameterState {
  value: Tensor;
  state: Tensor[];
  /** Biases do not decay. */
  readonly decays: boolean;
}

/** What one network needs of a step, in float64. */
export interface StepRates {
  readonly learningRate: number;
  /** Steps done before, counted from 0. */
  readonly step: number;
}

/** Which update a network has: networks of a group have the same. */
export function ruleKeyOf({ training }: TableTrainSettings): string {
  const { optimizer, weightDecay, decoupled } = training;
  const decay = weightDecay === 0 ? 'none' : decoupled ? 'decoupled' : 'coupled';
  if (optimizer.kind === 'adam') return `adam/${decay}`;
  const momentum = optimizer.momentum === 0 ? 'plain' : optimizer.nesterov ? 'nesterov' : 'momentum';
  return `${momentum}/${decay}`;
}

/** Tensors of state beside a parameter. */
export function stateCountOf(optimizer: Optimizer): number {
  if (optimizer.kind === 'adam') return 2;
  return optimizer.momentum === 0 ? 0 : 1;
}

/** Names of the numbers that an update multiplies by. */
type CoefficientName = 'rate' | 'decay' | 'first' | 'second' | 'shift';
export type CoefficientValues = Readonly<Record<CoefficientName, number>>;

/**
 * Adam keeps M = m / (1 − β1) and V = v / (1 − β2), which saves two passes:
 *
 *   η·m̂ / (√v̂ + ε) = rate · M / (√V + shift)
 *   with κ = √((1 − β2) / (1 − β2ᵗ)), rate = η (1 − β1) / (1 − β1ᵗ) / κ, shift = ε / κ
 */
export function coefficientsOf(
  settings: TableTrainSettings,
  { learningRate, step }: StepRates,
): CoefficientValues {
  const { optimizer, weightDecay, decoupled } = settings.training;
  const decay = decoupled ? 1 - learningRate * weightDecay : weightDecay;
  if (optimizer.kind === 'sgd') {
    return { rate: -learningRate, decay, first: optimizer.momentum, second: 0, shift: 0 };
  }
  const { beta1, beta2, epsilon } = optimizer;
  const t = step + 1;
  const kappa = Math.sqrt((1 - beta2) / (1 - beta2 ** t));
  const rate = (-learningRate * (1 - beta1)) / (1 - beta1 ** t) / kappa;
  return { rate, decay, first: beta1, second: beta2, shift: epsilon / kappa };
}

/** Changes the parameter by its gradient; frees what it replaces, and not the gradient. */
export function applyUpdate(
  kernels: Kernels,
  settings: TableTrainSettings,
  {
    parameter,
    gradient,
    of,
  }: {
    readonly parameter: ParameterState;
    readonly gradient: Tensor;
    readonly of: (name: CoefficientName) => Tensor;
  },
): void {
  const { optimizer, weightDecay, decoupled } = settings.training;
  const decays = parameter.decays && weightDecay !== 0;
  const slope = decays && !decoupled ? withDecay(kernels, parameter.value, gradient, of('decay')) : gradient;
  const direction =
    optimizer.kind === 'adam'
      ? adamDirection(kernels, parameter, slope, of)
      : momentumDirection(kernels, { parameter, slope, nesterov: optimizer.nesterov }, of);
  const change = kernels.multiply(direction, of('rate'));
  if (direction !== slope && !parameter.state.includes(direction)) kernels.dispose(direction);
  if (slope !== gradient) kernels.dispose(slope);
  if (decays && decoupled) replaceValue(kernels, parameter, kernels.multiply(parameter.value, of('decay')));
  replaceValue(kernels, parameter, kernels.add(parameter.value, change));
  kernels.dispose(change);
}

function withDecay(kernels: Kernels, value: Tensor, gradient: Tensor, decay: Tensor): Tensor {
  const pull = kernels.multiply(value, decay);
  const sum = kernels.add(gradient, pull);
  kernels.dispose(pull);
  return sum;
}

/** The gradient itself without momentum. */
function momentumDirection(
  kernels: Kernels,
  {
    parameter,
    slope,
    nesterov,
  }: {
    readonly parameter: ParameterState;
    readonly slope: Tensor;
    readonly nesterov: boolean;
  },
  of: (name: CoefficientName) => Tensor,
): Tensor {
  if (parameter.state.length === 0) return slope;
  const velocity = follow(kernels, { parameter, index: 0, add: slope, factor: of('first') });
  if (!nesterov) return velocity;
  const ahead = kernels.multiply(velocity, of('first'));
  const direction = kernels.add(slope, ahead);
  kernels.dispose(ahead);
  return direction;
}

function adamDirection(
  kernels: Kernels,
  parameter: ParameterState,
  slope: Tensor,
  of: (name: CoefficientName) => Tensor,
): Tensor {
  const first = follow(kernels, { parameter, index: 0, add: slope, factor: of('first') });
  const square = kernels.multiply(slope, slope);
  const second = follow(kernels, { parameter, index: 1, add: square, factor: of('second') });
  const root = kernels.sqrt(second);
  const divisor = kernels.add(root, of('shift'));
  const direction = kernels.divide(first, divisor);
  kernels.dispose(square, root, divisor);
  return direction;
}

/** state ← factor · state + add */
function follow(
  kernels: Kernels,
  {
    parameter,
    index,
    add,
    factor,
  }: {
    readonly parameter: ParameterState;
    readonly index: number;
    readonly add: Tensor;
    readonly factor: Tensor;
  },
): Tensor {
  const before = parameter.state[index];
  if (before === undefined) throw new RangeError(`this optimiser has no state ${index}`);
  const faded = kernels.multiply(before, factor);
  const after = kernels.add(faded, add);
  kernels.dispose(faded, before);
  parameter.state[index] = after;
  return after;
}

function replaceValue(kernels: Kernels, parameter: ParameterState, value: Tensor): void {
  kernels.dispose(parameter.value);
  parameter.value = value;
}
