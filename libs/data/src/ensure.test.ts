import { appendFile, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, RetryableError, TerminalError } from '@seedbed/contracts';
import { create } from 'tar';
import { ensureImageFiles, type EnsureOptions } from './ensure.js';
import { type DataProgress, type DataSource } from './source.js';
import { syntheticImages, temporaryDirectory, writeImages } from './testing/synthetic-images.js';

const images = syntheticImages();
const { layout } = images;
const NAMES = ['data_batch_1.bin', 'data_batch_2.bin', 'test_batch.bin'];

/** Delivers the files, after what `spoil` does to them, and notes what was asked for. */
function source(spoil: (name: string, bytes: Buffer) => Buffer = (_, bytes) => bytes): DataSource & {
  readonly requests: string[][];
} {
  const requests: string[][] = [];
  return {
    name: 'a source',
    requests,
    async deliver({ wanted, workDirectory }) {
      requests.push([...wanted]);
      for (const name of wanted) {
        await writeFile(join(workDirectory, name), spoil(name, images.contents.get(name)!));
      }
    },
  };
}

let root: string;
let cache: string;
let progress: DataProgress[];
beforeEach(async () => {
  root = await temporaryDirectory();
  cache = join(root, 'cache', 'cifar10');
  progress = [];
});
afterEach(() => rm(root, { recursive: true }));

const ensure = (options: EnsureOptions): ReturnType<typeof ensureImageFiles> =>
  ensureImageFiles(layout, {
    cacheDirectory: join(root, 'cache'),
    onProgress: (event) => progress.push(event),
    ...options,
  });
const messages = (): string => progress.flatMap((event) => event.message ?? []).join('\n');

describe('the cache', () => {
  it('is filled once and then used', async () => {
    const download = source();
    expect(await ensure({ downloads: [download] })).toEqual({ layout, directory: cache });
    await ensure({ downloads: [download] });
    expect(download.requests).toEqual([NAMES]);
    for (const name of NAMES) expect(await readFile(join(cache, name))).toEqual(images.contents.get(name));
    expect((await readdir(cache)).sort()).toEqual([
      'data_batch_1.bin',
      'data_batch_2.bin',
      'manifest.json',
      'test_batch.bin',
    ]);
  });

  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    [
      'cut off',
      (path) => writeFile(path, Buffer.alloc(3)),
      /data_batch_2\.bin is damaged: it has 3 bytes instead of 91/,
    ],
    [
      'altered',
      (path) => writeFile(path, Buffer.alloc(91)),
      /data_batch_2\.bin is damaged: its sha256 is [0-9a-f]{64} instead/,
    ],
    ['longer', (path) => appendFile(path, 'x'), /data_batch_2\.bin is damaged: it has 92 bytes/],
  ])('names a file that was %s and fetches it alone', async (_, damage, message) => {
    const download = source();
    await ensure({ downloads: [download] });
    await damage(join(cache, 'data_batch_2.bin'));
    await ensure({ downloads: [download] });
    expect(download.requests).toEqual([NAMES, ['data_batch_2.bin']]);
    expect(messages()).toMatch(message);
    expect(messages()).toMatch(/fetched again/);
    expect(await readFile(join(cache, 'data_batch_2.bin'))).toEqual(images.contents.get('data_batch_2.bin'));
  });

  it('finds bytes that changed under the same size and time when asked to verify', async () => {
    const download = source();
    await ensure({ downloads: [download] });
    const path = join(cache, 'test_batch.bin');
    const { atime, mtime } = await stat(path);
    // A whole number of milliseconds, which utimes can restore exactly.
    await utimes(path, atime, mtime);
    await ensure({ downloads: [download] });
    await writeFile(path, Buffer.alloc(91));
    await utimes(path, atime, mtime);
    await ensure({ downloads: [download] });
    expect(download.requests).toHaveLength(1);
    await ensure({ downloads: [download], verify: true });
    expect(download.requests).toEqual([NAMES, ['test_batch.bin']]);
  });

  it('does without a manifest that is damaged', async () => {
    const download = source();
    await ensure({ downloads: [download] });
    await writeFile(join(cache, 'manifest.json'), '{"half');
    await ensure({ downloads: [download] });
    expect(download.requests).toHaveLength(1);
  });

  it('removes what a killed process left', async () => {
    await mkdir(join(cache, '.fetch-left'), { recursive: true });
    await writeFile(join(cache, '.fetch-left', 'half'), 'x');
    await ensure({ downloads: [source()] });
    expect(await readdir(cache)).not.toContain('.fetch-left');
  });
});

describe('downloads', () => {
  it('goes on to the next source after one that fails, and asks it for the rest only', async () => {
    const spoilt = source((name, bytes) => (name === 'data_batch_2.bin' ? Buffer.from('<html>') : bytes));
    const good = source();
    await ensure({ downloads: [spoilt, good] });
    expect(good.requests).toEqual([['data_batch_2.bin', 'test_batch.bin']]);
    expect(messages()).toMatch(/a source delivered: .*data_batch_2\.bin is damaged: it has 6 bytes/);
  });

  const failing = (error: Error): DataSource => ({ name: 'failing', deliver: () => Promise.reject(error) });

  it('says what every source said and what helps when all fail', async () => {
    const sources = [failing(new RetryableError('no route')), failing(new TerminalError('no npm'))];
    const failure = await ensure({ downloads: sources }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RetryableError);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/- no route\n- no npm\nWhat helps: .*SEEDBED_CIFAR10/),
    });
    expect(await readdir(cache)).toEqual([]);
  });

  it('is terminal when waiting cannot help', async () => {
    await expect(ensure({ downloads: [failing(new TerminalError('no npm'))] })).rejects.toBeInstanceOf(
      TerminalError,
    );
  });

  it('stops at a full disk, says so, and does not ask the next source', async () => {
    const next = source();
    const full = Object.assign(new Error('write failed'), { code: 'ENOSPC' });
    const failure = ensure({ downloads: [failing(full), next] });
    await expect(failure).rejects.toThrow(/cifar10: no space left: free about 500 MB or set SEEDBED_CACHE/);
    await expect(failure).rejects.toBeInstanceOf(TerminalError);
    expect(next.requests).toEqual([]);
  });

  it('leaves nothing when it is stopped, and says why it stopped', async () => {
    const controller = new AbortController();
    const stopping: DataSource = {
      name: 'stopping',
      async deliver({ workDirectory }) {
        await writeFile(join(workDirectory, 'data_batch_1.bin'), 'half');
        controller.abort(new Error('the user pressed Ctrl-C'));
        throw new Error('interrupted');
      },
    };
    const next = source();
    await expect(ensure({ downloads: [stopping, next], signal: controller.signal })).rejects.toThrow(
      'Ctrl-C',
    );
    expect(next.requests).toEqual([]);
    expect(await readdir(cache)).toEqual([]);
  });
});

describe('a path that the user names', () => {
  const folder = (): string => join(root, 'mine');

  it('may be a folder with the files, which is used in place', async () => {
    await writeImages(images, folder());
    expect(await ensure({ source: folder(), downloads: [] })).toEqual({ layout, directory: folder() });
    expect((await readdir(folder())).sort()).toEqual(NAMES);
  });

  it('may be the archive, or a folder that holds it', async () => {
    await writeImages(images, join(folder(), 'cifar-10-batches-bin'));
    const file = join(folder(), 'cifar-10-binary.tar.gz');
    await create({ file, gzip: true, cwd: folder() }, ['cifar-10-batches-bin']);
    expect(await ensure({ source: folder(), downloads: [] })).toMatchObject({
      directory: cache,
    });
    await rm(cache, { recursive: true });
    expect(await ensure({ source: file, downloads: [] })).toMatchObject({ directory: cache });
    expect(await readFile(join(cache, 'test_batch.bin'))).toEqual(images.contents.get('test_batch.bin'));
    await rm(file);
    expect(await ensure({ source: folder(), downloads: [] })).toMatchObject({
      directory: join(folder(), 'cifar-10-batches-bin'),
    });
  });

  it('is never passed over silently', async () => {
    const download = source();
    await expect(ensure({ source: folder(), downloads: [download] })).rejects.toThrow(
      /SEEDBED_CIFAR10: .*mine: is not there/,
    );
    await writeImages(images, folder());
    await writeFile(join(folder(), 'test_batch.bin'), 'x');
    const failure = ensure({ source: folder(), downloads: [download] });
    await expect(failure).rejects.toThrow(/test_batch\.bin is damaged: it has 1 bytes/);
    await expect(failure).rejects.toBeInstanceOf(InputError);
    expect(download.requests).toEqual([]);
  });

  it('may not be a damaged archive', async () => {
    await mkdir(folder());
    const file = join(folder(), 'cifar-10-binary.tar.gz');
    await writeFile(file, 'not an archive');
    await expect(ensure({ source: file, downloads: [] })).rejects.toThrow(
      /cifar-10-binary\.tar\.gz cannot be unpacked/,
    );
    expect(await readdir(cache)).toEqual([]);
  });
});
