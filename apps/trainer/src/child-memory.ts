/**
 * What a training child needs, before it is started: the process with TensorFlow loaded, the images as float32 with their
 * Gram matrices, and the first layers of a pack with everything that training and evaluation keep beside them.
 *
 * Measured (peak resident memory, batches of 100, `npm run bench -- --memory --images … --networks …` with 50 units a network):
 * 0.43 GB with 1,500 images and 50 hidden units together, 0.55 GB with 1,250, 0.64 GB with 2,500; 0.73 GB with 15,000 images and
 * 1,250 units; 1.19 GB with 50,000 and 1,250, 1.27 GB with 2,500. The formula lies above each of them by at most a quarter.
 */
import { parameterCountOf, type RunSettings } from '@seedbed/contracts';

/** CIFAR-10's 3,072 pixels. */
const BYTES_PER_ROW = 4 * 3_072;
/** All of CIFAR-10's training and validation images. */
export const IMAGES_MAX = 50_000;
/** Node, TensorFlow and what glibc keeps in reserve. */
const PROCESS_BYTES = 460e6;
/** The Gram matrices of five batches add 8 % to the images. */
const BYTES_PER_IMAGE = 1.1 * BYTES_PER_ROW;
/** A hidden unit's weights, their change, a copy for evaluation, and activations and updates of a window: ten rows. */
const BYTES_PER_HIDDEN_UNIT = 10 * BYTES_PER_ROW;

/** A weight of a table's network, its two moments, its gradient and what an update makes on the way. */
const BYTES_PER_WEIGHT = 4 * 10;
/** Of a hidden unit and a row of the batch: sums, activations, masks and their gradients. */
const BYTES_PER_ACTIVATION = 4 * 6;

/**
 * Hidden units of the network of images that need as much memory as one network with these settings. A table itself is no
 * larger than all images (LIMITS.tableCellsMax), which are counted for every child.
 */
export function hiddenUnitsOf(settings: RunSettings): number {
  if (settings.task !== 'table') return settings.model.hidden;
  const units = settings.model.layers.reduce((sum, width) => sum + width, settings.data.outputs);
  const bytes =
    BYTES_PER_WEIGHT * parameterCountOf(settings) +
    BYTES_PER_ACTIVATION * units * settings.training.batchSize;
  return Math.ceil(bytes / BYTES_PER_HIDDEN_UNIT);
}

export function childMemoryBytes(hiddenUnits: number, images: number = IMAGES_MAX): number {
  return PROCESS_BYTES + images * BYTES_PER_IMAGE + hiddenUnits * BYTES_PER_HIDDEN_UNIT;
}

/** Hidden units of a pack that fit into so much memory beside all images; at least one, for a child has to train something. */
export function hiddenUnitsWithin(bytes: number): number {
  return Math.max(1, Math.floor((bytes - childMemoryBytes(0)) / BYTES_PER_HIDDEN_UNIT));
}
