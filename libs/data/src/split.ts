/**
 * Loads what a run trains, validates and tests on. One pass over the files for labels and statistics; pixels stay in the
 * files until rows of them are asked for.
 */
import {
  assertNever,
  type BatchOrder,
  type DataSettings,
  type ImageRange,
  InputError,
} from '@seedbed/contracts';
import { type ImageFiles } from './layout.js';
import { type Normalisation, normalisedLevels, PixelStatistics } from './normalisation.js';
import { LabelledImages } from './labelled-images.js';
import { shuffledIndices } from './pcg32.js';
import { PixelReader } from './pixel-reader.js';
import { requireLoadable } from './ranges.js';
import { readTestRecords, readTrainRecords, type RecordPiece } from './records.js';

export interface Split {
  readonly inputCount: number;
  readonly classCount: number;
  readonly train: LabelledImages;
  readonly validation: LabelledImages;
  /** Statistics of the training images; the test set is normalised with them too. */
  readonly normalisation: Normalisation;
}

/**
 * @throws InputError when ranges overlap, leave the files, or the digest names other data
 * @throws RetryableError when a file was changed since it was checked
 */
export async function loadSplit(files: ImageFiles, settings: DataSettings): Promise<Split> {
  requireLoadable(settings, files.layout);
  const { inputCount, classCount } = files.layout;
  const reader = new PixelReader(files, files.layout.trainFiles);
  const { labels: trainLabels, normalisation } = await surveyed(files, settings.train);
  const levels = normalisedLevels(normalisation);
  const order = orderOf(settings.train, settings.order);
  const train = new LabelledImages(reader, order, labelsOf(trainLabels, order, settings.train), levels);
  const validationLabels = await labelsIn(
    readTrainRecords(files, settings.validation),
    settings.validation.count,
  );
  const validationOrder = fileOrder(settings.validation);
  const validation = new LabelledImages(reader, validationOrder, validationLabels, levels);
  return { inputCount, classCount, train, validation, normalisation };
}

/**
 * The first training images only, as `loadSplit` would order and normalise them: what a gradient check needs, without
 * the memory of a whole split.
 *
 * @throws InputError as `loadSplit`, and when the split has fewer images
 */
export async function loadFirstSamples(
  files: ImageFiles,
  settings: DataSettings,
  count: number,
): Promise<LabelledImages> {
  requireLoadable(settings, files.layout);
  if (count < 1 || count > settings.train.count) {
    const message = `is ${count}; the training split has ${settings.train.count} images`;
    throw new InputError([{ path: 'samples', message }]);
  }
  const { labels, normalisation } = await surveyed(files, settings.train);
  const order = orderOf(settings.train, settings.order).slice(0, count);
  const reader = new PixelReader(files, files.layout.trainFiles);
  return new LabelledImages(
    reader,
    order,
    labelsOf(labels, order, settings.train),
    normalisedLevels(normalisation),
  );
}

/** The test images in file order, normalised with the statistics of a training split. */
export async function loadTest(files: ImageFiles, normalisation: Normalisation): Promise<LabelledImages> {
  const { testFile } = files.layout;
  const labels = await labelsIn(readTestRecords(files), testFile.recordCount);
  const order = fileOrder({ first: 0, count: testFile.recordCount });
  return new LabelledImages(
    new PixelReader(files, [testFile]),
    order,
    labels,
    normalisedLevels(normalisation),
  );
}

/**
 * Full batches of an epoch. The images after the last full batch are not trained on, so that every step averages over
 * the same number of images.
 *
 * @throws InputError when not even one batch can be filled
 */
export function batchesOf(images: { readonly count: number }, batchSize: number): number {
  const batches = Math.floor(images.count / batchSize);
  if (batches >= 1) return batches;
  const message = `is ${batchSize}; there are only ${images.count} training images`;
  throw new InputError([{ path: 'training.batchSize', message }]);
}

/** Labels of a range of training images in file order, and the statistics of their pixels. */
async function surveyed(
  files: ImageFiles,
  range: ImageRange,
): Promise<{ labels: Uint8Array; normalisation: Normalisation }> {
  const statistics = new PixelStatistics(files.layout.inputCount);
  const labels = await labelsIn(readTrainRecords(files, range), range.count, (piece) =>
    statistics.add(piece),
  );
  return { labels, normalisation: statistics.finish() };
}

async function labelsIn(
  pieces: AsyncIterable<RecordPiece>,
  count: number,
  visit?: (piece: RecordPiece) => void,
): Promise<Uint8Array> {
  const labels = new Uint8Array(count);
  for await (const piece of pieces) {
    const recordBytes = piece.bytes.length / piece.recordCount;
    for (let record = 0; record < piece.recordCount; record += 1) {
      labels[piece.offset + record] = piece.bytes[record * recordBytes]!;
    }
    visit?.(piece);
  }
  return labels;
}

/** Which image stands at each place of the training order. */
function orderOf(range: ImageRange, order: BatchOrder): Uint32Array {
  switch (order.kind) {
    case 'file':
      return fileOrder(range);
    case 'shuffled':
      return shuffledIndices(range.count, order.dataSeed).map((index) => range.first + index);
    default:
      return assertNever(order, 'order of images');
  }
}

function fileOrder(range: ImageRange): Uint32Array {
  return Uint32Array.from({ length: range.count }, (_, index) => range.first + index);
}

function labelsOf(labels: Uint8Array, order: Uint32Array, range: ImageRange): Uint8Array {
  return Uint8Array.from(order, (image) => labels[image - range.first]!);
}
