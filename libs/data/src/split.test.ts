import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataSettings } from '@seedbed/contracts';
import { type ImageFiles, recordBytesOf } from './layout.js';
import { type LabelledImages } from './labelled-images.js';
import { shuffledIndices } from './pcg32.js';
import { batchesOf, loadFirstSamples, loadSplit, loadTest } from './split.js';
import {
  settingsFor,
  syntheticImages,
  type SyntheticImages,
  temporaryDirectory,
  writeImages,
} from './testing/synthetic-images.js';

describe('loading a split', () => {
  // 2,600 records a file: several pieces are read, the last of them short, and ranges cross the file's end.
  const images = syntheticImages({ inputCount: 12, recordCount: 2_600 });
  let files: ImageFiles;
  beforeAll(async () => {
    files = { layout: images.layout, directory: await temporaryDirectory() };
    await writeImages(images, files.directory);
  });
  afterAll(() => rm(files.directory, { recursive: true }));

  const settings: DataSettings = {
    ...settingsFor(images.layout, { train: 4_000, validation: 1_000 }),
    train: { first: 150, count: 4_000 },
    validation: { first: 4_200, count: 1_000 },
  };

  it('normalises as the textbook formula does in float64, rounded once', async () => {
    const split = await loadSplit(files, settings);
    const oracle = naiveStatistics(images, settings);
    expect(split).toMatchObject({ inputCount: 12, classCount: 10 });
    for (let input = 0; input < 12; input += 1) {
      expect(split.normalisation.mean[input]).toBeCloseTo(oracle.mean[input]!, 13);
      expect(split.normalisation.standardDeviation[input]).toBeCloseTo(oracle.standardDeviation[input]!, 13);
    }
    expectImages(split.train, { images, indices: range(150, 4_000), statistics: split.normalisation });
    expectImages(split.validation, { images, indices: range(4_200, 1_000), statistics: split.normalisation });
  });

  it('normalises the test images with the statistics of the training images', async () => {
    const { normalisation } = await loadSplit(files, settings);
    const test = await loadTest(files, normalisation);
    expect(test.count).toBe(2_600);
    expectImages(test, { images, indices: range(5_200, 2_600), statistics: normalisation });
  });

  it('shuffles the training images once by the data seed and leaves the rest alone', async () => {
    const order = { kind: 'shuffled', dataSeed: 3 } as const;
    const inOrder = await loadSplit(files, settings);
    const shuffled = await loadSplit(files, { ...settings, order });
    const indices = [...shuffledIndices(4_000, 3)].map((index) => 150 + index);
    expect(shuffled.normalisation).toEqual(inOrder.normalisation);
    expectImages(shuffled.train, { images, indices, statistics: inOrder.normalisation });
    expect(contentOf(shuffled.validation)).toEqual(contentOf(inOrder.validation));
    const again = await loadSplit(files, { ...settings, order });
    expect(contentOf(again.train)).toEqual(contentOf(shuffled.train));
  });

  it.each([{ kind: 'file' } as const, { kind: 'shuffled', dataSeed: 9 } as const])(
    'loads the first samples as the whole split has them, order %j',
    async (order) => {
      const split = await loadSplit(files, { ...settings, order });
      const samples = await loadFirstSamples(files, { ...settings, order }, 20);
      expect(samples.rows(0, 20)).toEqual(split.train.rows(0, 20));
      expect(samples.labels).toEqual(split.train.labels.subarray(0, 20));
      expect(samples).toMatchObject({ count: 20 });
      await expect(loadFirstSamples(files, settings, 4_001)).rejects.toThrow('samples: is 4001');
    },
  );

  it('refuses ranges that overlap, without reading', async () => {
    const bad = { ...settings, validation: settings.train };
    await expect(loadSplit(files, bad)).rejects.toMatchObject({
      name: 'InputError',
      problems: [{ path: 'data.validation' }],
    });
  });
});

describe('unusual files', () => {
  let directory: string;
  beforeEach(async () => (directory = await temporaryDirectory()));
  afterEach(() => rm(directory, { recursive: true }));

  it('turns an input that never varies into zeros, not NaN', async () => {
    const images = syntheticImages({ inputCount: 3 });
    for (const bytes of images.contents.values()) {
      for (let at = 2; at < bytes.length; at += 4) bytes[at] = 77;
    }
    await writeImages(images, directory);
    const split = await loadSplit(
      { layout: images.layout, directory },
      settingsFor(images.layout, { train: 10, validation: 4 }),
    );
    expect(split.normalisation.standardDeviation[1]).toBe(1);
    expect([...split.train.rows(0, split.train.count)].filter((_, at) => at % 3 === 1)).toEqual(
      new Array(10).fill(0),
    );
    expect(split.train.rows(0, split.train.count).every(Number.isFinite)).toBe(true);
  });

  it('names a file that became shorter or went away after the split was loaded', async () => {
    const images = syntheticImages();
    await writeImages(images, directory);
    const files = { layout: images.layout, directory };
    const { train } = await loadSplit(files, settingsFor(images.layout, { train: 10, validation: 4 }));
    await truncate(join(directory, 'data_batch_1.bin'), 5);
    expect(() => train.rows(0, 4)).toThrow('data_batch_1.bin became shorter');
    await rm(join(directory, 'data_batch_1.bin'));
    expect(() => train.rows(0, 4)).toThrow('data_batch_1.bin cannot be read any more');
  });

  it('writes rows to the beginning of a given array, and refuses one that is too short', async () => {
    const images = syntheticImages();
    await writeImages(images, directory);
    const files = { layout: images.layout, directory };
    const { train } = await loadSplit(files, settingsFor(images.layout, { train: 10, validation: 4 }));
    const target = new Float32Array(6 * images.layout.inputCount);
    expect(train.rows(3, 4, target)).toEqual(train.rows(3, 4));
    expect(target.subarray(0, 4 * images.layout.inputCount)).toEqual(train.rows(3, 4));
    expect(() => train.rows(0, 7, target)).toThrow('7 images do not fit the target');
  });

  it('names a file that became shorter', async () => {
    const images = syntheticImages();
    await writeImages(images, directory);
    await truncate(join(directory, 'data_batch_2.bin'), 5);
    const load = loadSplit(
      { layout: images.layout, directory },
      settingsFor(images.layout, { train: 10, validation: 4 }),
    );
    await expect(load).rejects.toMatchObject({
      name: 'RetryableError',
      message: expect.stringContaining('data_batch_2.bin became shorter'),
    });
  });

  it('names an image whose label is no class', async () => {
    const images = syntheticImages();
    await writeImages(images, directory);
    const bytes = Buffer.from(images.contents.get('data_batch_1.bin')!);
    bytes[3 * recordBytesOf(images.layout)] = 10;
    await writeFile(join(directory, 'data_batch_1.bin'), bytes);
    const load = loadSplit(
      { layout: images.layout, directory },
      settingsFor(images.layout, { train: 10, validation: 4 }),
    );
    await expect(load).rejects.toThrow('data_batch_1.bin: image 3 has label 10; labels are 0 to 9');
  });
});

describe('batchesOf', () => {
  it('counts full batches only', () => {
    expect(batchesOf({ count: 45_000 }, 100)).toBe(450);
    expect(batchesOf({ count: 199 }, 100)).toBe(1);
  });

  it('refuses a batch that cannot be filled', () => {
    expect(() => batchesOf({ count: 99 }, 100)).toThrow('training.batchSize: is 100; there are only 99');
  });
});

interface Statistics {
  readonly mean: ArrayLike<number>;
  readonly standardDeviation: ArrayLike<number>;
}

const contentOf = (images: LabelledImages) => ({
  labels: images.labels,
  rows: images.rows(0, images.count),
});

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

/** All records in order, test images last, as [label, pixels]. */
function recordsOf(images: SyntheticImages): [number, number[]][] {
  const recordBytes = recordBytesOf(images.layout);
  return [...images.contents.values()].flatMap((bytes) =>
    range(0, bytes.length / recordBytes).map((record): [number, number[]] => {
      const [label, ...pixels] = bytes.subarray(record * recordBytes, (record + 1) * recordBytes);
      return [label!, pixels];
    }),
  );
}

function naiveStatistics(images: SyntheticImages, settings: DataSettings): Statistics {
  const { first, count } = settings.train;
  const train = recordsOf(images).slice(first, first + count);
  const inputs = range(0, images.layout.inputCount);
  const mean = inputs.map((input) => train.reduce((sum, [, x]) => sum + x[input]! / 255, 0) / count);
  const standardDeviation = inputs.map((input) =>
    Math.sqrt(train.reduce((sum, [, x]) => sum + (x[input]! / 255 - mean[input]!) ** 2, 0) / count),
  );
  return { mean, standardDeviation };
}

function expectImages(
  actual: LabelledImages,
  expected: { images: SyntheticImages; indices: number[]; statistics: Statistics },
): void {
  const { mean, standardDeviation } = expected.statistics;
  const records = recordsOf(expected.images);
  const wanted = expected.indices.map((index) => records[index]!);
  expect(actual.count).toBe(wanted.length);
  expect([...actual.labels]).toEqual(wanted.map(([label]) => label));
  const inputs = wanted.flatMap(([, pixels]) =>
    pixels.map((pixel, input) => Math.fround((pixel / 255 - mean[input]!) / standardDeviation[input]!)),
  );
  expect(actual.rows(0, actual.count)).toEqual(Float32Array.from(inputs));
}
