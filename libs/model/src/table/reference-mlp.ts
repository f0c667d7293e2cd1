/** A network of several layers in plain float64, one row after another, written for clarity: what the engine is tested against. */
import { stepsOf, type TableTrainSettings } from '@seedbed/contracts';
import { learningRateAt } from '../learning-rate.js';
import { dropoutNumbers } from './dropout.js';
import { initialLayers } from './mlp-weights.js';
import type { TableData, TableFold } from './table-data.js';

export interface ReferenceLayer {
  /** units × inputs */
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

interface Gradients {
  readonly layers: readonly ReferenceLayer[];
}

/** Textbook formulas: first and second moment are kept as published, with bias correction. */
export function trainReferenceMlp(settings: TableTrainSettings, data: TableData): ReferenceLayer[] {
  const fold = data.foldOf(settings.seed);
  const widths = [data.inputCount, ...settings.model.layers, data.outputCount];
  const layers = initialLayers(widths, settings.model.activation, settings.seed).map((layer) => ({
    weights: Float64Array.from(layer.weights),
    biases: Float64Array.from(layer.biases),
  }));
  const zeros = () =>
    layers.map(({ weights, biases }) => ({ weights: weights.map(() => 0), biases: biases.map(() => 0) }));
  const [first, second] = [zeros(), zeros()];
  for (let step = 0; step < stepsOf(settings.training.schedule); step++) {
    const { layers: gradients } = batchGradients(settings, { layers, data, fold, step });
    layers.forEach((layer, index) => {
      for (const part of ['weights', 'biases'] as const) {
        update(settings, {
          values: layer[part],
          gradient: gradients[index]![part],
          first: first[index]![part],
          second: second[index]![part],
          decays: part === 'weights',
          step,
        });
      }
    });
  }
  return layers;
}

interface BatchPlace {
  readonly layers: readonly ReferenceLayer[];
  readonly data: TableData;
  readonly fold: TableFold;
  readonly step: number;
}

function batchGradients(settings: TableTrainSettings, { layers, data, fold, step }: BatchPlace): Gradients {
  const { batchSize } = settings.training;
  const gradients = layers.map(({ weights, biases }) => ({
    weights: weights.map(() => 0),
    biases: biases.map(() => 0),
  }));
  const perEpoch = Math.floor(fold.train.count / batchSize);
  const order = fold.orderOf(Math.floor(step / perEpoch));
  for (let place = 0; place < batchSize; place++) {
    const row = order[(step % perEpoch) * batchSize + place]!;
    const input = Float64Array.from(
      fold.train.inputs.subarray(row * data.inputCount, (row + 1) * data.inputCount),
    );
    addRowGradient(settings, { layers, data, fold, step, row, place, input, gradients });
  }
  return { layers: gradients };
}

interface RowPlace extends BatchPlace {
  readonly row: number;
  readonly place: number;
  readonly input: Float64Array;
  readonly gradients: readonly ReferenceLayer[];
}

function addRowGradient(settings: TableTrainSettings, at: RowPlace): void {
  const { layers, data, fold, step, row, place, input, gradients } = at;
  const { batchSize, dropout, dropoutSeed } = settings.training;
  const isTanh = settings.model.activation === 'tanh';
  const outputs = [input];
  const slopes: Float64Array[] = [];
  for (const [index, { weights, biases }] of layers.entries()) {
    const from = outputs[index]!;
    const sums = biases.map((bias, unit) =>
      from.reduce((sum, x, i) => sum + weights[unit * from.length + i]! * x, bias),
    );
    if (index === layers.length - 1) {
      outputs.push(sums);
      break;
    }
    const numbers = dropoutNumbers(
      { seed: dropoutSeed ?? settings.seed, layer: index, step },
      sums.length * batchSize,
    );
    const mask = sums.map((_, unit) =>
      numbers[unit * batchSize + place]! < dropout * 2 ** 32 ? 0 : 1 / (1 - dropout),
    );
    outputs.push(sums.map((z, unit) => mask[unit]! * (isTanh ? Math.tanh(z) : Math.max(0, z))));
    slopes.push(sums.map((z, unit) => mask[unit]! * (isTanh ? 1 - Math.tanh(z) ** 2 : z > 0 ? 1 : 0)));
  }
  let gradient = outputGradient(outputs[layers.length]!, { data, fold, row }).map(
    (value) => value / batchSize,
  );
  for (let index = layers.length - 1; index >= 0; index--) {
    const { weights } = layers[index]!;
    const from = outputs[index]!;
    gradient.forEach((value, unit) => {
      gradients[index]!.biases[unit]! += value;
      from.forEach((x, i) => (gradients[index]!.weights[unit * from.length + i]! += value * x));
    });
    if (index === 0) return;
    gradient = from.map(
      (_, i) =>
        slopes[index - 1]![i]! *
        gradient.reduce((sum, value, unit) => sum + value * weights[unit * from.length + i]!, 0),
    );
  }
}

function outputGradient(
  outputs: Float64Array,
  { data, fold, row }: { readonly data: TableData; readonly fold: TableFold; readonly row: number },
): Float64Array {
  if (data.task === 'regression') return outputs.map((value) => 2 * (value - fold.train.targets[row]!));
  const largest = Math.max(...outputs);
  const raised = outputs.map((value) => Math.exp(value - largest));
  const total = raised.reduce((sum, value) => sum + value, 0);
  return raised.map((value, output) => value / total - (fold.train.labels[row] === output ? 1 : 0));
}

function update(
  settings: TableTrainSettings,
  at: {
    readonly values: Float64Array;
    readonly gradient: Float64Array;
    readonly first: Float64Array;
    readonly second: Float64Array;
    readonly decays: boolean;
    readonly step: number;
  },
): void {
  const { optimizer, weightDecay, decoupled, schedule } = settings.training;
  const { values, gradient, first, second, decays, step } = at;
  const eta = learningRateAt(schedule, step);
  values.forEach((value, i) => {
    const slope = gradient[i]! + (decays && !decoupled ? weightDecay * value : 0);
    const kept = decays && decoupled ? value * (1 - eta * weightDecay) : value;
    if (optimizer.kind === 'sgd') {
      first[i] = optimizer.momentum * first[i]! + slope;
      const direction = optimizer.nesterov ? slope + optimizer.momentum * first[i]! : first[i]!;
      values[i] = kept - eta * direction;
      return;
    }
    const { beta1, beta2, epsilon } = optimizer;
    first[i] = beta1 * first[i]! + (1 - beta1) * slope;
    second[i] = beta2 * second[i]! + (1 - beta2) * slope ** 2;
    const mean = first[i]! / (1 - beta1 ** (step + 1));
    const square = second[i]! / (1 - beta2 ** (step + 1));
    values[i] = kept - (eta * mean) / (Math.sqrt(square) + epsilon);
  });
}
