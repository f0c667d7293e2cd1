/** Data on a volume: found by the environment, read where it lies, nothing written. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@seedbed/contracts';
import { ensureImageFiles, findImageFiles } from './ensure.js';
import { environmentSource } from './local-source.js';
import { servedDataSet } from './served-data-set.js';
import { syntheticImages, temporaryDirectory, writeImages } from './testing/synthetic-images.js';

const images = syntheticImages();
const { layout } = images;

let volume: string;
beforeEach(async () => (volume = await temporaryDirectory()));
afterEach(() => rm(volume, { recursive: true }));

/** Where nobody can write: below a file. */
const NOWHERE = '/dev/null/cache';
const named = (environment: NodeJS.ProcessEnv) => ({
  ...environmentSource(environment),
  cacheDirectory: NOWHERE,
  downloads: [],
});

it('a volume that holds the set is used in place, without a cache', async () => {
  const directory = join(volume, 'cifar10');
  await writeImages(images, directory);
  const options = named({ SEEDBED_DATA_DIR: volume });
  expect(await ensureImageFiles(layout, options)).toEqual({ layout, directory });
  expect(await findImageFiles(layout, options)).toEqual({ layout, directory });
  expect(await readdir(volume)).toEqual(['cifar10']);
  expect((await readdir(directory)).sort()).toEqual([...images.contents.keys()].sort());
});

it('a volume without the set names nothing; one with a damaged set is an error that names the variable', async () => {
  expect(environmentSource({ SEEDBED_DATA_DIR: volume }).source).toBe('');
  await mkdir(join(volume, 'cifar10'));
  await writeFile(join(volume, 'cifar10', 'data_batch_1.bin'), 'x');
  const failure = ensureImageFiles(layout, named({ SEEDBED_DATA_DIR: volume }));
  await expect(failure).rejects.toBeInstanceOf(InputError);
  await expect(failure).rejects.toThrow(
    /SEEDBED_DATA_DIR: .*data_batch_1\.bin is damaged.*unset SEEDBED_DATA_DIR/,
  );
});

it('the set’s own variable wins', () => {
  const environment = { SEEDBED_DATA_DIR: volume, SEEDBED_CIFAR10: '/data/here' };
  expect(environmentSource(environment)).toEqual({ source: '/data/here', sourceVariable: 'SEEDBED_CIFAR10' });
  expect(environmentSource({}).source).toBe('');
});

it('a coordinator serves what lies whole here, and nothing else', async () => {
  const options = { cacheDirectory: volume };
  expect(await servedDataSet(layout, options)).toBeNull();
  expect(await readdir(volume)).toEqual([]);
  await writeImages(images, join(volume, 'cifar10'));
  const served = await servedDataSet(layout, options);
  expect(served?.dataSet.files.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual(
    [...images.contents].map(([name, bytes]) => [name, bytes.length]),
  );
  expect(served?.file(layout.testFile.sha256)?.path).toBe(join(volume, 'cifar10', 'test_batch.bin'));
  expect(served?.file('toString')).toBeUndefined();
  await writeFile(join(volume, 'cifar10', 'test_batch.bin'), 'x');
  expect(await servedDataSet(layout, options)).toBeNull();
});
