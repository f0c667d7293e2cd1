/**
 * Networks of equal layers and equal update rule, trained side by side. The first layers stand below one another as one
 * matrix (K·m) × inputs, because all networks read the same batch; every further layer is a batched product over the K
 * networks. Where the engine of images defers updates of a window of batches, which rests on plain gradient descent, here
 * every step is applied at once. No operation mixes two networks.
 */
import type { TableTrainSettings } from '@seedbed/contracts';
import type { Kernels, Tensor } from '../kernels.js';
import { learningRateAt } from '../learning-rate.js';
import { dropoutNumbers, fillMask } from './dropout.js';
import { initialLayers, type LayerWeights } from './mlp-weights.js';
import {
  applyUpdate,
  type CoefficientValues,
  coefficientsOf,
  type ParameterState,
  ruleKeyOf,
  stateCountOf,
} from './update-rules.js';

/** One batch, on the backend. */
export interface StepBatch {
  /** batch × inputs */
  readonly rows: Tensor;
  /** outputs × batch: classes as ones divided by the batch size, or standardised targets. */
  readonly targets: Tensor;
}

/** What all networks of a pack on one table have in common. */
export interface GroupShape {
  readonly inputCount: number;
  readonly outputCount: number;
  readonly isRegression: boolean;
  readonly batchSize: number;
}

interface Layer {
  readonly units: number;
  readonly inputs: number;
  readonly weights: ParameterState;
  readonly biases: ParameterState;
}

/** Networks with equal keys can stand in one group. */
export function groupKeyOf(settings: TableTrainSettings): string {
  const { layers, activation } = settings.model;
  return `${layers.join('×')}/${activation}/${ruleKeyOf(settings)}/${settings.training.dropout > 0}`;
}

/** What the tensors of a forward pass hold until the backward pass has used them. */
interface Pass {
  /** Output of every hidden layer as the next one reads it: after dropout. */
  readonly outputs: readonly Tensor[];
  /** Before dropout; the same tensor where there is none. */
  readonly activations: readonly Tensor[];
  readonly masks: readonly Tensor[];
  /** K × outputs × batch */
  readonly logits: Tensor;
}

export class MlpGroup {
  /** Index into `members` of the settings that still train, in the order of the tensors. */
  private alive: number[];
  private readonly layers: readonly Layer[];
  private readonly gradientScale: Tensor;
  private readonly first: TableTrainSettings;

  constructor(
    private readonly kernels: Kernels,
    private readonly shape: GroupShape,
    private readonly members: readonly TableTrainSettings[],
  ) {
    const [first] = members;
    if (first === undefined) throw new RangeError('a group has at least one network');
    this.first = first;
    this.alive = members.map((_, index) => index);
    const widths = [shape.inputCount, ...first.model.layers, shape.outputCount];
    // The trials of a sweep share their seeds.
    const bySeed = new Map<number, LayerWeights[]>();
    const drawn = members.map(({ seed }) => {
      const weights = bySeed.get(seed) ?? initialLayers(widths, first.model.activation, seed);
      bySeed.set(seed, weights);
      return weights;
    });
    this.layers = widths
      .slice(1)
      .map((units, layer) => this.upload(drawn, { layer, units, inputs: widths[layer] ?? 0 }));
    // Of the mean over the batch; squares bring a factor of two.
    this.gradientScale = kernels.upload(
      Float32Array.of(shape.isRegression ? 2 / shape.batchSize : shape.batchSize),
      [1],
    );
  }

  get size(): number {
    return this.alive.length;
  }

  /** One update of every network; `step` counts from 0. */
  train(batch: StepBatch, step: number): void {
    const kernels = this.kernels;
    const pass = this.forward(batch.rows, { step });
    let gradient = this.logitGradient(pass.logits, batch.targets);
    kernels.dispose(pass.logits);
    const coefficients = this.coefficientsAt(step);
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const layer = this.layer(index);
      const input = pass.outputs[index - 1];
      const weightGradient =
        input === undefined
          ? this.wideGradient(layer, gradient, batch.rows)
          : kernels.matMul(gradient, input, { b: true });
      const biasGradient = kernels.sum(gradient, 2);
      const below = index === 0 ? null : this.backward(layer, gradient, { pass, index: index - 1 });
      this.update(layer.weights, weightGradient, coefficients);
      this.update(layer.biases, biasGradient, coefficients);
      kernels.dispose(gradient, weightGradient, biasGradient);
      if (below !== null) gradient = below;
    }
    coefficients.dispose();
    this.release(pass);
  }

  /** Outputs of the networks that still train, K × outputs × rows, without dropout; the caller frees them. */
  outputsOf(rows: Tensor): Tensor {
    const pass = this.forward(rows, null);
    this.release(pass);
    return pass.logits;
  }

  /** Place of a member's network in `outputsOf`. */
  placeOf(member: number): number {
    return this.alive.indexOf(member);
  }

  /** The layers of one member's network, on the host. */
  weightsOf(member: number): LayerWeights[] {
    const place = this.placeOf(member);
    const part = ({ value }: ParameterState): Float32Array => {
      const [rows = 0, ...rest] = value.shape;
      const own = rows / this.size;
      const slice = this.kernels.slice(value, [place * own, ...rest.map(() => 0)], [own, ...rest]);
      const values = this.kernels.download(slice);
      this.kernels.dispose(slice);
      return values;
    };
    return this.layers.map(({ weights, biases }) => ({ weights: part(weights), biases: part(biases) }));
  }

  /** Keeps these members (indices into the group's settings) and frees the others. */
  keep(members: ReadonlySet<number>): void {
    const places = this.alive.flatMap((member, place) => (members.has(member) ? [place] : []));
    if (places.length === this.alive.length) return;
    for (const { weights, biases } of this.layers) {
      for (const parameter of [weights, biases]) {
        parameter.value = this.kept(parameter.value, places);
        parameter.state = parameter.state.map((tensor) => this.kept(tensor, places));
      }
    }
    this.alive = places.map((place) => this.alive[place] ?? 0);
  }

  dispose(): void {
    for (const { weights, biases } of this.layers) {
      for (const { value, state } of [weights, biases]) this.kernels.dispose(value, ...state);
    }
    this.kernels.dispose(this.gradientScale);
  }

  private upload(
    drawn: readonly (readonly LayerWeights[])[],
    { layer, units, inputs }: { readonly layer: number; readonly units: number; readonly inputs: number },
  ): Layer {
    const count = drawn.length;
    const shape = layer === 0 ? [count * units, inputs] : [count, units, inputs];
    const of = (part: 'weights' | 'biases'): Float32Array => {
      const size = part === 'weights' ? units * inputs : units;
      const joined = new Float32Array(count * size);
      drawn.forEach((layers, place) => joined.set(layers[layer]?.[part] ?? [], place * size));
      return joined;
    };
    const parameter = (values: Float32Array, itsShape: number[], decays: boolean): ParameterState => ({
      value: this.kernels.upload(values, itsShape),
      state: Array.from({ length: stateCountOf(this.first.training.optimizer) }, () =>
        this.kernels.upload(new Float32Array(values.length), itsShape),
      ),
      decays,
    });
    return {
      units,
      inputs,
      weights: parameter(of('weights'), shape, true),
      biases: parameter(of('biases'), [count, units, 1], false),
    };
  }

  private layer(index: number): Layer {
    const layer = this.layers[index];
    if (layer === undefined)
      throw new RangeError(`a network of ${this.layers.length} layers has no layer ${index}`);
    return layer;
  }

  /** @param training null for an evaluation, which leaves no unit out */
  private forward(rows: Tensor, training: { readonly step: number } | null): Pass {
    const kernels = this.kernels;
    const outputs: Tensor[] = [];
    const activations: Tensor[] = [];
    const masks: Tensor[] = [];
    for (const [index, layer] of this.layers.entries()) {
      const input = outputs[index - 1];
      const product =
        input === undefined ? this.wideProduct(layer, rows) : kernels.matMul(layer.weights.value, input);
      const sum = kernels.add(product, layer.biases.value);
      kernels.dispose(product);
      if (index === this.layers.length - 1) return { outputs, activations, masks, logits: sum };
      const activation = this.first.model.activation === 'relu' ? kernels.relu(sum) : kernels.tanh(sum);
      kernels.dispose(sum);
      activations.push(activation);
      if (training === null || this.first.training.dropout === 0) {
        outputs.push(activation);
        continue;
      }
      const mask = this.maskOf(layer.units, { layer: index, step: training.step });
      masks.push(mask);
      outputs.push(kernels.multiply(activation, mask));
    }
    throw new RangeError('a network has an output layer');
  }

  private release({ outputs, activations, masks }: Pass): void {
    this.kernels.dispose(...new Set([...outputs, ...activations, ...masks]));
  }

  /** (K·m) × inputs by batch × inputs → K × m × batch, one product for all networks. */
  private wideProduct({ weights, units }: Layer, rows: Tensor): Tensor {
    const product = this.kernels.matMul(weights.value, rows, { b: true });
    const grouped = this.kernels.reshape(product, [this.size, units, rows.shape[0] ?? 0]);
    this.kernels.dispose(product);
    return grouped;
  }

  private wideGradient({ units }: Layer, gradient: Tensor, rows: Tensor): Tensor {
    const flat = this.kernels.reshape(gradient, [this.size * units, rows.shape[0] ?? 0]);
    const product = this.kernels.matMul(flat, rows);
    this.kernels.dispose(flat);
    return product;
  }

  /** ∂cost/∂outputs, K × outputs × batch. */
  private logitGradient(logits: Tensor, targets: Tensor): Tensor {
    const kernels = this.kernels;
    if (this.shape.isRegression) {
      const difference = kernels.subtract(logits, targets);
      const gradient = kernels.multiply(difference, this.gradientScale);
      kernels.dispose(difference);
      return gradient;
    }
    // Soft-max, with the largest output taken off so that e^x cannot overflow.
    const largest = kernels.max(logits, 1);
    const shifted = kernels.subtract(logits, largest);
    const raised = kernels.exp(shifted);
    const total = kernels.sum(raised, 1);
    const divisor = kernels.multiply(total, this.gradientScale);
    const probability = kernels.divide(raised, divisor);
    const gradient = kernels.subtract(probability, targets);
    kernels.dispose(largest, shifted, raised, total, divisor, probability);
    return gradient;
  }

  /** The gradient at the pre-activations of the hidden layer below. */
  private backward(
    { weights }: Layer,
    gradient: Tensor,
    { pass, index }: { readonly pass: Pass; readonly index: number },
  ): Tensor {
    const kernels = this.kernels;
    const activation = pass.activations[index];
    if (activation === undefined) throw new RangeError(`no activation of layer ${index}`);
    const back = kernels.matMul(weights.value, gradient, { a: true });
    const mask = pass.masks[index];
    const masked = mask === undefined ? back : kernels.multiply(back, mask);
    const below =
      this.first.model.activation === 'relu'
        ? kernels.reluGradient(masked, activation)
        : kernels.tanhGradient(masked, activation);
    kernels.dispose(...new Set([back, masked]));
    return below;
  }

  /** K × units × batch */
  private maskOf(units: number, { layer, step }: { readonly layer: number; readonly step: number }): Tensor {
    const size = units * this.shape.batchSize;
    const values = new Float32Array(this.size * size);
    const bySeed = new Map<number, Uint32Array>();
    for (const [place, member] of this.alive.entries()) {
      const settings = this.settingsOf(member);
      const { dropout, dropoutSeed } = settings.training;
      const seed = dropoutSeed ?? settings.seed;
      const numbers = bySeed.get(seed) ?? dropoutNumbers({ seed, layer, step }, size);
      bySeed.set(seed, numbers);
      fillMask(values.subarray(place * size, (place + 1) * size), numbers, dropout);
    }
    return this.kernels.upload(values, [this.size, units, this.shape.batchSize]);
  }

  private update(parameter: ParameterState, gradient: Tensor, coefficients: StepCoefficients): void {
    applyUpdate(this.kernels, this.first, {
      parameter,
      gradient,
      of: (name) => coefficients.tensorOf(name, parameter.value.shape),
    });
  }

  private coefficientsAt(step: number): StepCoefficients {
    const values = this.alive.map((member) => {
      const settings = this.settingsOf(member);
      return coefficientsOf(settings, {
        step,
        learningRate: learningRateAt(settings.training.schedule, step),
      });
    });
    return new StepCoefficients(this.kernels, values);
  }

  private settingsOf(member: number): TableTrainSettings {
    const settings = this.members[member];
    if (settings === undefined)
      throw new RangeError(`a group of ${this.members.length} has no member ${member}`);
    return settings;
  }

  private kept(tensor: Tensor, places: readonly number[]): Tensor {
    const [rows = 0] = tensor.shape;
    const own = rows / this.size;
    const chosen = places.flatMap((place) => Array.from({ length: own }, (_, row) => place * own + row));
    const result = this.kernels.gather(tensor, Int32Array.from(chosen));
    this.kernels.dispose(tensor);
    return result;
  }
}

/**
 * The numbers that a step's updates multiply by, one for each network. Where all networks have the same, a tensor of one
 * element does, which is faster; a product's bits are the same either way.
 */
class StepCoefficients {
  private readonly tensors = new Map<string, Tensor>();

  constructor(
    private readonly kernels: Kernels,
    private readonly values: readonly CoefficientValues[],
  ) {}

  /** @param shape of the parameter: (K·m) × inputs or K × … */
  tensorOf(name: keyof CoefficientValues, shape: readonly number[]): Tensor {
    const own = this.values.map((each) => each[name]);
    const isSame = own.every((value) => value === own[0]);
    const rows = isSame ? 1 : (shape[0] ?? 1);
    const itsShape = isSame ? [1] : [rows, ...shape.slice(1).map(() => 1)];
    const key = `${name}/${itsShape.join('×')}`;
    const known = this.tensors.get(key);
    if (known !== undefined) return known;
    const numbers = new Float32Array(rows);
    const repeats = rows / (isSame ? 1 : own.length);
    if (isSame) numbers[0] = own[0] ?? 0;
    else own.forEach((value, place) => numbers.fill(value, place * repeats, (place + 1) * repeats));
    const tensor = this.kernels.upload(numbers, itsShape);
    this.tensors.set(key, tensor);
    return tensor;
  }

  dispose(): void {
    this.kernels.dispose(...this.tensors.values());
    this.tensors.clear();
  }
}
