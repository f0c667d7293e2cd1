/**
 * Networks of equal hidden size, trained side by side. The first layers stand below one another as one matrix
 * (K·m) × inputs, so that a window of T batches costs two large products for all of them:
 *
 *   pre-activation at step t = c_t · (W·X_tᵀ + A_{<t} · X_{<t}·X_tᵀ) + b1     with A_t = −(η_t / c_{t+1}) · D_t
 *   at the window's end        W ← W + A · X
 *
 * where D_t is the gradient at the pre-activations and c_t the networks' scales (decay.ts). ReLU is positively
 * homogeneous: relu(c·u + b) = c·relu(u + b/c), so the scale moves into the small second layer. In exact arithmetic this
 * is plain mini-batch gradient descent; in float32 it differs from it by rounding only (delayed updates, as in blocked
 * Householder transformations).
 */
import type { RunState, TrainSettings } from '@seedbed/contracts';
import { foldingFactor, isDeferred, type StepCoefficients, stepCoefficients } from './decay.js';
import { forwardBackward } from './forward-backward.js';
import { initialWeights, type Weights } from './initial-weights.js';
import type { Kernels, Tensor } from './kernels.js';
import type { PreparedData, Window } from './prepared-data.js';

/** True weights of some networks of a group, ready for evaluation; freed by whoever asked for them. */
export interface WeightSnapshot {
  /** (K·m) × inputs */
  readonly W1: Tensor;
  /** K × m × 1 */
  readonly b1: Tensor;
  /** K × m × classes */
  readonly W2: Tensor;
  /** K × classes × 1 */
  readonly b2: Tensor;
}

/** What a network was exported as, and begins from again with the same bits. */
export type NetworkState = Pick<RunState, 'scale' | 'W1' | 'b1' | 'W2' | 'b2'>;

/** Called after a step that is a member's evaluation point; `snapshot` gives the members' weights as they are then. */
export type AtStep = (step: number, snapshot: (members: readonly number[]) => WeightSnapshot) => void;

const COEFFICIENTS_PER_STEP = 7;

export class NetworkGroup {
  /** Index into `members` of the settings that still train, in the order of the tensors. */
  private alive: number[];
  private scales: number[];
  private W1: Tensor;
  private b1: Tensor;
  private W2: Tensor;
  private b2: Tensor;
  private readonly batchSizeTensor: Tensor;
  readonly deferred: boolean;
  private readonly hidden: number;

  /**
   * All members have equal hidden size and equal `isDeferred`.
   *
   * @param states where each member begins; null for the initial weights of its seed
   */
  constructor(
    private readonly data: PreparedData,
    private readonly members: readonly TrainSettings[],
    states: readonly (NetworkState | null)[] = members.map(() => null),
  ) {
    const [first] = members;
    if (first === undefined) throw new RangeError('a group has at least one network');
    this.hidden = first.model.hidden;
    this.deferred = isDeferred(first);
    this.alive = members.map((_, index) => index);
    this.scales = members.map((_, index) => states[index]?.scale ?? 1);
    const { kernels, inputCount: inputs, classCount: classes } = data;
    // The trials of a sweep share their seeds, and drawing a network takes as long as twenty of its steps.
    const bySeed = new Map<number, Weights>();
    const weights = members.map(({ seed }, index) => {
      const state = states[index] ?? null;
      if (state !== null) return state;
      const drawn = bySeed.get(seed) ?? initialWeights({ inputs, hidden: this.hidden, classes }, seed);
      bySeed.set(seed, drawn);
      return drawn;
    });
    const count = members.length;
    this.W1 = kernels.upload(joined(weights.map(({ W1 }) => W1)), [count * this.hidden, inputs]);
    this.b1 = kernels.upload(joined(weights.map(({ b1 }) => b1)), [count, this.hidden, 1]);
    this.W2 = kernels.upload(joined(weights.map(({ W2 }) => W2)), [count, this.hidden, classes]);
    this.b2 = kernels.upload(joined(weights.map(({ b2 }) => b2)), [count, classes, 1]);
    this.batchSizeTensor = kernels.upload(Float32Array.of(data.batchSize), [1]);
  }

  get size(): number {
    return this.alive.length;
  }

  /** Trains one window; `atStep` is called after every step of it, before the next one. */
  trainWindow(window: Window, firstStep: number, atStep: AtStep): void {
    if (this.deferred) {
      this.trainBatches(window, firstStep, atStep, this.data.gramOf(window));
      return;
    }
    for (let batch = 0; batch < window.batches; batch++) {
      const rows = this.kernels.slice(
        window.rows,
        [batch * window.batchSize, 0],
        [window.batchSize, this.data.inputCount],
      );
      const target = window.targets[batch];
      if (target === undefined) throw new RangeError('a window has targets for each batch');
      this.trainBatches({ ...window, rows, batches: 1, targets: [target] }, firstStep + batch, atStep, [
        null,
      ]);
      this.kernels.dispose(rows);
    }
  }

  /** True weights of members (indices into the group's settings), as of now. */
  snapshot(members: readonly number[]): WeightSnapshot {
    return this.scaledCopy(members, this.W1, this.scales);
  }

  /** All that a member's training needs to go on from the end of a window. */
  stateOf(member: number): NetworkState {
    const row = this.alive.indexOf(member);
    const part = (tensor: Tensor): Float32Array => {
      const [rows = 0, ...rest] = tensor.shape;
      const own = rows / this.size;
      const slice = this.kernels.slice(tensor, [row * own, ...rest.map(() => 0)], [own, ...rest]);
      const values = this.kernels.download(slice);
      this.kernels.dispose(slice);
      return values;
    };
    return {
      scale: at(this.scales, row),
      W1: part(this.W1),
      b1: part(this.b1),
      W2: part(this.W2),
      b2: part(this.b2),
    };
  }

  /** Keeps these members (indices into the group's settings) and frees the others. */
  keep(members: ReadonlySet<number>): void {
    const rows = this.alive.flatMap((member, row) => (members.has(member) ? [row] : []));
    if (rows.length === this.alive.length) return;
    const kept = this.upperRowsOf(rows);
    this.replace('W1', this.unitsOf(rows, this.W1));
    this.replace('b1', kept.b1);
    this.replace('W2', kept.W2);
    this.replace('b2', kept.b2);
    this.scales = rows.map((row) => at(this.scales, row));
    this.alive = rows.map((row) => at(this.alive, row));
  }

  dispose(): void {
    this.kernels.dispose(this.W1, this.b1, this.W2, this.b2, this.batchSizeTensor);
  }

  private get kernels(): Kernels {
    return this.data.kernels;
  }

  private trainBatches(
    window: Window,
    firstStep: number,
    atStep: AtStep,
    gram: readonly (Tensor | null)[],
  ): void {
    const kernels = this.kernels;
    const count = this.size;
    const { batches, batchSize } = window;
    const perNetwork = this.alive.map((member, row) =>
      stepCoefficients(at(this.members, member), { firstStep, count: batches, scale: at(this.scales, row) }),
    );
    const coefficients = this.uploadCoefficients(perNetwork, batches);

    const product = kernels.matMul(this.W1, window.rows, { b: true });
    const grouped = kernels.reshape(product, [count, this.hidden, batches, batchSize]);
    const preActivations = kernels.unstack(grouped, 2);
    kernels.dispose(product, grouped);

    // A of the window so far, (K·m) × (steps · batch).
    let updates: Tensor | null = null;
    for (let t = 0; t < batches; t++) {
      const update = this.trainBatch(window, t, {
        preActivation: this.corrected(at(preActivations, t), updates, gram[t] ?? null),
        coefficients: coefficients.slice(t * COEFFICIENTS_PER_STEP, (t + 1) * COEFFICIENTS_PER_STEP),
      });
      updates = this.appended(updates, update);
      if (t + 1 < batches) {
        const scales = perNetwork.map((steps) => at(steps, t).nextScale);
        const soFar = updates;
        atStep(firstStep + t + 1, (members) => this.midWindow(members, window, soFar, scales));
      }
    }
    kernels.dispose(...coefficients);
    if (updates !== null) this.applyUpdates(window, updates, perNetwork);
    atStep(firstStep + batches, (members) => this.snapshot(members));
  }

  /** Adds to a batch's pre-activations what the window's earlier updates change in them; frees the operand. */
  private corrected(preActivation: Tensor, updates: Tensor | null, gram: Tensor | null): Tensor {
    if (updates === null || gram === null) return preActivation;
    const kernels = this.kernels;
    const product = kernels.matMul(updates, gram);
    const grouped = kernels.reshape(product, preActivation.shape);
    const sum = kernels.add(preActivation, grouped);
    kernels.dispose(product, grouped, preActivation);
    return sum;
  }

  private trainBatch(
    window: Window,
    t: number,
    step: { readonly preActivation: Tensor; readonly coefficients: readonly Tensor[] },
  ): Tensor {
    const kernels = this.kernels;
    const [scale, inverseScale, backwardScale, nextScale, negativeEta, decay, outputFactor] =
      step.coefficients;
    if (!scale || !inverseScale || !backwardScale || !nextScale || !negativeEta || !decay || !outputFactor) {
      throw new RangeError('a step has seven coefficients');
    }
    const hiddenBias = kernels.multiply(this.b1, inverseScale);
    const outputWeights = kernels.multiply(this.W2, scale);
    const backwardWeights = kernels.multiply(this.W2, backwardScale);
    const { hidden, logitGradient, hiddenGradient } = forwardBackward(kernels, {
      preActivation: step.preActivation,
      hiddenBias,
      outputWeights,
      outputBias: this.b2,
      backwardWeights,
      targets: at(window.targets, t),
      batchSize: this.batchSizeTensor,
    });

    const hiddenSum = kernels.sum(hiddenGradient, 2);
    this.accumulate('b1', hiddenSum, nextScale);
    const logitSum = kernels.sum(logitGradient, 2);
    this.accumulate('b2', logitSum, negativeEta);
    const outputGradient = kernels.matMul(hidden, logitGradient, { b: true });
    this.replace('W2', kernels.multiply(this.W2, decay));
    this.accumulate('W2', outputGradient, outputFactor);

    kernels.dispose(step.preActivation, hiddenBias, outputWeights, backwardWeights, hidden, logitGradient);
    kernels.dispose(hiddenSum, logitSum, outputGradient);
    return hiddenGradient;
  }

  /** parameter ← parameter + gradient · factor */
  private accumulate(parameter: 'b1' | 'b2' | 'W2', gradient: Tensor, factor: Tensor): void {
    const change = this.kernels.multiply(gradient, factor);
    this.replace(parameter, this.kernels.add(this[parameter], change));
    this.kernels.dispose(change);
  }

  private appended(updates: Tensor | null, update: Tensor): Tensor {
    const kernels = this.kernels;
    const flat = kernels.reshape(update, [this.size * this.hidden, this.data.batchSize]);
    kernels.dispose(update);
    if (updates === null) return flat;
    const joinedUpdates = kernels.concat([updates, flat], 1);
    kernels.dispose(updates, flat);
    return joinedUpdates;
  }

  private applyUpdates(
    window: Window,
    updates: Tensor,
    perNetwork: readonly (readonly StepCoefficients[])[],
  ): void {
    const kernels = this.kernels;
    const change = kernels.matMul(updates, window.rows);
    if (!this.deferred) this.multiplyRows(perNetwork.map((steps) => at(steps, 0).decay));
    this.replace('W1', kernels.add(this.W1, change));
    kernels.dispose(change, updates);
    this.scales = perNetwork.map((steps) => at(steps, steps.length - 1).nextScale);
    const folds = this.scales.map(foldingFactor);
    if (folds.some((fold) => fold !== 1)) {
      this.multiplyRows(folds);
      this.scales = this.scales.map((scale, row) => scale / at(folds, row));
    }
  }

  /** W1 ← W1 with each network's rows multiplied by its factor. */
  private multiplyRows(factors: readonly number[]): void {
    const column = this.rowFactors(factors);
    this.replace('W1', this.kernels.multiply(this.W1, column));
    this.kernels.dispose(column);
  }

  private midWindow(
    members: readonly number[],
    window: Window,
    updates: Tensor,
    scales: readonly number[],
  ): WeightSnapshot {
    const kernels = this.kernels;
    const rows = kernels.slice(window.rows, [0, 0], [updates.shape[1] ?? 0, this.data.inputCount]);
    const change = kernels.matMul(updates, rows);
    const W1 = kernels.add(this.W1, change);
    const copy = this.scaledCopy(members, W1, scales);
    kernels.dispose(rows, change, W1);
    return copy;
  }

  private scaledCopy(members: readonly number[], W1: Tensor, scales: readonly number[]): WeightSnapshot {
    const rows = members.map((member) => this.alive.indexOf(member));
    const column = this.rowFactors(rows.map((row) => at(scales, row)));
    // Usually all are wanted: then the first layers, the one large tensor, need no copy besides the scaled one.
    const all = rows.length === this.size && rows.every((row, index) => row === index);
    const chosen = all ? W1 : this.unitsOf(rows, W1);
    const scaled = this.kernels.multiply(chosen, column);
    this.kernels.dispose(column, ...(all ? [] : [chosen]));
    return { ...this.upperRowsOf(rows), W1: scaled };
  }

  /** Rows of W1 that belong to these networks. */
  private unitsOf(rows: readonly number[], W1: Tensor): Tensor {
    const units = rows.flatMap((row) =>
      Array.from({ length: this.hidden }, (_, unit) => row * this.hidden + unit),
    );
    return this.kernels.gather(W1, Int32Array.from(units));
  }

  private upperRowsOf(rows: readonly number[]): Omit<WeightSnapshot, 'W1'> {
    const networks = Int32Array.from(rows);
    const of = (tensor: Tensor) => this.kernels.gather(tensor, networks);
    return { b1: of(this.b1), W2: of(this.W2), b2: of(this.b2) };
  }

  private rowFactors(factors: readonly number[]): Tensor {
    const values = new Float32Array(factors.length * this.hidden);
    factors.forEach((factor, row) => values.fill(factor, row * this.hidden, (row + 1) * this.hidden));
    return this.kernels.upload(values, [values.length, 1]);
  }

  /** Per step, in the order in which `trainBatch` takes them, tensors K × 1 × 1. */
  private uploadCoefficients(
    perNetwork: readonly (readonly StepCoefficients[])[],
    batches: number,
  ): Tensor[] {
    const count = this.size;
    const values = new Float32Array(batches * COEFFICIENTS_PER_STEP * count);
    perNetwork.forEach((steps, row) =>
      steps.forEach(({ eta, decay, scale, nextScale }, t) => {
        const entries = [scale, 1 / scale, -eta / nextScale, nextScale, -eta, decay, -eta * scale];
        entries.forEach(
          (entry, index) => (values[(t * COEFFICIENTS_PER_STEP + index) * count + row] = entry),
        );
      }),
    );
    const all = this.kernels.upload(values, [batches * COEFFICIENTS_PER_STEP, count, 1, 1]);
    const single = this.kernels.unstack(all, 0);
    this.kernels.dispose(all);
    return single;
  }

  private replace(parameter: 'W1' | 'b1' | 'W2' | 'b2', tensor: Tensor): void {
    this.kernels.dispose(this[parameter]);
    this[parameter] = tensor;
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`index ${index} is outside a list of ${list.length}`);
  return item;
}
