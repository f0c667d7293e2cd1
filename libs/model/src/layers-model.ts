/**
 * A trained network as a layers model of TensorFlow.js, which any of its backends loads, in Node or in a browser.
 *
 *     raw pixels 0 … 255 ─▶ normalise ─▶ hidden (dense, relu) ─▶ output (dense, soft-max) ─▶ class probabilities
 *
 * The normalisation is a layer of its own, so that raw pixels go in and the trained weights are the file's, bit for bit.
 */
import { SEEDBED_VERSION } from '@seedbed/contracts';
import type { Weights } from './initial-weights.js';

/** Of pixels scaled to 0 … 1, one for each input; see libs/data. */
export interface InputNormalisation {
  readonly mean: Float64Array;
  readonly standardDeviation: Float64Array;
}

export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32';
}

export interface LayersModel {
  readonly topology: object;
  readonly weightSpecs: readonly WeightSpec[];
  /** Values in the order of the specs, little-endian. */
  readonly weightData: Uint8Array<ArrayBuffer>;
}

/** Largest pixel: training scales by it before it normalises. */
const PIXEL_MAX = 255;

export function layersModel(weights: Weights, normalisation: InputNormalisation): LayersModel {
  const inputs = normalisation.mean.length;
  const hidden = weights.b1.length;
  const classes = weights.b2.length;
  const vector = (read: (input: number) => number) =>
    Float32Array.from({ length: inputs }, (_, at) => read(at));
  const deviation = (input: number) => PIXEL_MAX * normalisation.standardDeviation[input]!;
  const parts: readonly [name: string, shape: readonly number[], values: Float32Array][] = [
    ['normalise/gamma', [inputs], vector(() => 1)],
    ['normalise/beta', [inputs], vector(() => 0)],
    ['normalise/moving_mean', [inputs], vector((input) => PIXEL_MAX * normalisation.mean[input]!)],
    ['normalise/moving_variance', [inputs], vector((input) => deviation(input) ** 2)],
    ['hidden/kernel', [inputs, hidden], transposed(weights.W1, hidden)],
    ['hidden/bias', [hidden], weights.b1],
    ['output/kernel', [hidden, classes], weights.W2],
    ['output/bias', [classes], weights.b2],
  ];
  return {
    topology: topologyOf(inputs, hidden, classes),
    weightSpecs: parts.map(([name, shape]) => ({ name, shape, dtype: 'float32' })),
    weightData: bytesOf(parts.map(([, , values]) => values)),
  };
}

/** The text of `model.json`, beside a file with the weights. */
export function layersModelJson({ topology, weightSpecs }: LayersModel, weightsFile: string): string {
  const document = {
    format: 'layers-model',
    generatedBy: `Seedbed ${SEEDBED_VERSION}`,
    convertedBy: null,
    modelTopology: topology,
    weightsManifest: [{ paths: [weightsFile], weights: weightSpecs }],
  };
  return `${JSON.stringify(document)}\n`;
}

function topologyOf(inputs: number, hidden: number, classes: number): object {
  const dense = (name: string, units: number, activation: string) => ({
    class_name: 'Dense',
    config: { name, units, activation, use_bias: true, trainable: true, dtype: 'float32' },
  });
  const normalise = {
    class_name: 'BatchNormalization',
    config: {
      name: 'normalise',
      axis: -1,
      // Nothing is added to the variance: it is a standard deviation of at least one level, squared.
      epsilon: 0,
      center: true,
      scale: true,
      trainable: false,
      dtype: 'float32',
      batch_input_shape: [null, inputs],
    },
  };
  return {
    class_name: 'Sequential',
    config: {
      name: 'seedbed_two_layer',
      layers: [normalise, dense('hidden', hidden, 'relu'), dense('output', classes, 'softmax')],
    },
    keras_version: 'tfjs-layers 4.22.0',
    backend: 'tensor_flow.js',
  };
}

/** hidden × inputs → inputs × hidden */
function transposed(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column]!;
    }
  }
  return result;
}

/** Every platform that TensorFlow runs on stores float32 with the least significant byte first. */
function bytesOf(parts: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  return bytes;
}
