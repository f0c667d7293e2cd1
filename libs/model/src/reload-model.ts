/** Loads a layers model with TensorFlow.js, as whoever gets it will, and lets it classify. */
import type { Accuracy } from '@seedbed/contracts';
import type { LayersModel } from './layers-model.js';

/** Images as they are in the data set: a row of pixels from 0 to 255 each, with its class. */
export interface RawImages {
  readonly labels: Uint8Array;
  readonly count: number;
  /** count × inputs */
  pixels(first: number, count: number): Float32Array;
}

/** 6 MB of CIFAR-10's pixels at a time. */
const ROWS_AT_ONCE = 500;

/**
 * How many the loaded model gets right. Runs on the backend that this process has open, or on any that is registered.
 */
export async function reloadedAccuracy(model: LayersModel, images: RawImages): Promise<Accuracy> {
  const [{ io, tensor2d }, { loadLayersModel }] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@tensorflow/tfjs-layers'),
  ]);
  const loaded = await loadLayersModel(
    io.fromMemory({
      modelTopology: model.topology,
      weightSpecs: model.weightSpecs.map(({ name, shape, dtype }) => ({ name, shape: [...shape], dtype })),
      weightData: model.weightData.buffer,
    }),
  );
  let correct = 0;
  try {
    for (let first = 0; first < images.count; first += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, images.count - first);
      const pixels = images.pixels(first, count);
      const rows = tensor2d(pixels, [count, pixels.length / count]);
      const output = loaded.predict(rows) as ReturnType<typeof tensor2d>;
      const probabilities = await output.data();
      correct += correctIn(probabilities, images.labels.subarray(first, first + count));
      rows.dispose();
      output.dispose();
    }
  } finally {
    loaded.dispose();
  }
  return { correct, count: images.count };
}

/** The first of the largest probabilities is the answer, as in training. */
function correctIn(probabilities: ArrayLike<number>, labels: Uint8Array): number {
  const classes = probabilities.length / labels.length;
  return labels.reduce((correct, label, row) => {
    let predicted = 0;
    for (let index = 1; index < classes; index++) {
      if (probabilities[row * classes + index]! > probabilities[row * classes + predicted]!)
        predicted = index;
    }
    return predicted === label ? correct + 1 : correct;
  }, 0);
}
