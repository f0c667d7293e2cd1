/** Data over HTTP into an empty cache: whole, resumed, or not at all. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { RetryableError, TerminalError } from '@seedbed/contracts';
import { coordinatorFiles, type CoordinatorFilesOptions } from './coordinator-files.js';
import { ensureImageFiles } from './ensure.js';
import { digestOf } from './layout.js';
import { type DataProgress, type DataSource, WrongDataError } from './source.js';
import { type FileServer, startFileServer } from './testing/file-server.js';
import { syntheticImages, temporaryDirectory } from './testing/synthetic-images.js';

/** Larger than a socket's buffers, so that a cut comes in the middle. */
const images = syntheticImages({ inputCount: 3_072, recordCount: 1_000 });
const { layout } = images;
const [first] = layout.trainFiles;
const NAMES = ['data_batch_1.bin', 'data_batch_2.bin', 'test_batch.bin'];
const TOKEN = 'the-right-token-is-long';

let root: string;
let cache: string;
let server: FileServer;
let progress: DataProgress[];
beforeEach(async () => {
  root = await temporaryDirectory();
  cache = join(root, 'cifar10');
  server = await startFileServer(images, { token: TOKEN });
  progress = [];
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

const source = (changes: Partial<CoordinatorFilesOptions> = {}): DataSource =>
  coordinatorFiles({ url: server.url, token: TOKEN, patienceMs: 0, busyPatienceMs: 0, ...changes });
const ensure = (downloads: DataSource[] = [source()], signal?: AbortSignal) =>
  ensureImageFiles(layout, {
    cacheDirectory: root,
    downloads,
    onProgress: (event) => progress.push(event),
    ...(signal === undefined ? {} : { signal }),
  });
const messages = (): string => progress.flatMap((event) => event.message ?? []).join('\n');
const fileRequests = () => server.requests.filter(({ path }) => path.includes('/files/'));

async function expectWhole(): Promise<void> {
  for (const name of NAMES) {
    expect((await readFile(join(cache, name))).equals(images.contents.get(name)!)).toBe(true);
  }
  expect((await readdir(cache)).sort()).toEqual([...NAMES.slice(0, 2), 'manifest.json', NAMES[2]].sort());
}

/** Sends so many bytes of the file and then breaks the connection. */
function cut(response: ServerResponse, file: Buffer, sentBytes: number): true {
  response.writeHead(200, { etag: `"${first!.sha256}"`, 'content-length': file.length });
  response.write(file.subarray(0, sentBytes), () => response.destroy());
  return true;
}

it('brings the files by checksum and tells how far it is', async () => {
  expect(await ensure()).toEqual({ layout, directory: cache });
  await expectWhole();
  const digest = digestOf(layout);
  expect(server.requests.map(({ path }) => path)).toEqual([
    `/v1/data-sets/${digest}`,
    ...[...layout.trainFiles, layout.testFile].map(({ sha256 }) => `/v1/data-sets/${digest}/files/${sha256}`),
  ]);
  const bytesTotal = 3 * 3_073_000;
  expect(progress).toContainEqual({
    source: server.url,
    phase: 'download',
    bytesDone: bytesTotal,
    bytesTotal,
  });
  await ensure();
  expect(server.requests).toHaveLength(4);
});

it('asks only for what is missing', async () => {
  await ensure();
  await writeFile(join(cache, 'test_batch.bin'), 'x');
  await ensure();
  expect(fileRequests()).toHaveLength(4);
  await expectWhole();
});

it('goes on after a cut in the middle', async () => {
  server.misbehave = ({ count, file }, response) => count === 2 && cut(response, file!, 1_000_000);
  await ensure();
  await expectWhole();
  const [before, after] = fileRequests();
  expect(before).toMatchObject({ range: undefined });
  expect(Number(/\d+/.exec(after!.range!))).toBeGreaterThan(0);
  expect(after).toMatchObject({ ifRange: `"${first!.sha256}"`, path: before!.path });
  expect(messages()).toMatch(/cannot be downloaded: .*; trying again/);
});

it('goes on with what an earlier process got', async () => {
  const controller = new AbortController();
  server.misbehave = ({ file }, response) => {
    if (file === undefined) return false;
    response.writeHead(200, { etag: `"${first!.sha256}"`, 'content-length': file.length });
    response.write(file.subarray(0, 1_000_000));
    return true;
  };
  const stopped = ensureImageFiles(layout, {
    cacheDirectory: root,
    downloads: [source()],
    signal: controller.signal,
    onProgress: ({ bytesDone }) => {
      if (bytesDone === 1_000_000) controller.abort(new Error('the pod was deleted'));
    },
  });
  await expect(stopped).rejects.toThrow('the pod was deleted');
  server.misbehave = () => false;
  await ensure();
  await expectWhole();
  expect(fileRequests()[1]).toMatchObject({ range: 'bytes=1000000-', ifRange: `"${first!.sha256}"` });
});

it('takes what is whole already as it is, and does not trust what is not', async () => {
  const resume = join(cache, '.resume');
  await mkdir(resume, { recursive: true });
  const whole = images.contents.get('data_batch_1.bin')!;
  const [one, two] = layout.trainFiles.map(({ sha256 }) => join(resume, sha256));
  await writeFile(one!, whole);
  await writeFile(`${one}.validator`, `"${layout.trainFiles[0]!.sha256}"`);
  await writeFile(two!, 'no part of it');
  await writeFile(`${two}.validator`, `"${layout.trainFiles[1]!.sha256}"`);
  await ensure();
  await expectWhole();
  expect(fileRequests().map(({ range }) => range)).toEqual([
    `bytes=${whole.length}-`,
    'bytes=13-',
    undefined,
    undefined,
  ]);
  expect(messages()).toMatch(/delivered other bytes than data_batch_2\.bin's: .*; once more/);
});

it('starts again without a note of what the part belongs to', async () => {
  await mkdir(join(cache, '.resume'), { recursive: true });
  await writeFile(join(cache, '.resume', first!.sha256), 'of unknown origin');
  await ensure();
  await expectWhole();
  expect(fileRequests()[0]).toMatchObject({ range: undefined });
});

describe('never takes other data', () => {
  const spoilt = (change: (file: Buffer) => Buffer) => {
    server.misbehave = ({ file }, response) => {
      if (file === undefined) return false;
      response.writeHead(200, { etag: '"x"' }).end(change(Buffer.from(file)));
      return true;
    };
  };
  it.each<[string, (file: Buffer) => Buffer, RegExp]>([
    [
      'a corrupt byte',
      (file) => {
        file[1_234] = file[1_234]! ^ 1;
        return file;
      },
      /its sha256 is [0-9a-f]{64} instead of/,
    ],
    ['a truncated file', (file) => file.subarray(0, -1), /it has 3072999 bytes instead of 3073000/],
    ['a longer file', (file) => Buffer.concat([file, file]), /it has 6146000 bytes instead of 3073000/],
  ])('%s ends it, twice asked, and no other source is', async (_, change, message) => {
    spoilt(change);
    const other = { name: 'other', deliver: jest.fn() };
    const failure = ensure([source(), other]);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toBeInstanceOf(WrongDataError);
    await expect(failure).rejects.toBeInstanceOf(TerminalError);
    expect(other.deliver).not.toHaveBeenCalled();
    expect(fileRequests()).toHaveLength(2);
    for (const name of NAMES) expect(await readdir(cache)).not.toContain(name);
  });

  it('once corrupt, then right: takes it', async () => {
    server.misbehave = ({ count }, response) => {
      if (count !== 2) return false;
      response.writeHead(200, { etag: '"x"' }).end('garbled');
      return true;
    };
    await ensure();
    await expectWhole();
  });

  it('other files under the digest', async () => {
    server.misbehave = ({ count }, response) => {
      if (count > 1) return false;
      response.end(JSON.stringify({ name: 'cifar10', digest: digestOf(layout), files: [] }));
      return true;
    };
    await expect(ensure()).rejects.toThrow(/has other files under the digest of cifar10/);
    expect(fileRequests()).toEqual([]);
  });
});

describe('a coordinator that cannot give it', () => {
  const answer = (status: number, headers: Record<string, string> = {}) => {
    server.misbehave = (_, response) => {
      response.writeHead(status, headers).end(JSON.stringify({ detail: `because of ${status}` }));
      return true;
    };
  };

  it.each([
    [404, TerminalError],
    [401, TerminalError],
    [500, RetryableError],
    [503, RetryableError],
  ])('HTTP %d: says why, and the next source is asked', async (status, family) => {
    answer(status);
    const failure = ensure();
    await expect(failure).rejects.toThrow(`HTTP ${status}: because of ${status}`);
    await expect(failure).rejects.toBeInstanceOf(family);
    server.misbehave = () => false;
    const next = source();
    answer(status);
    const other: DataSource = {
      name: 'other',
      deliver: (request) => {
        server.misbehave = () => false;
        return next.deliver(request);
      },
    };
    await ensure([source(), other]);
    await expectWhole();
  });

  it('refuses a wrong token', async () => {
    await expect(ensure([source({ token: 'a-wrong-token-of-length' })])).rejects.toThrow(
      'HTTP 401: The token is not the one.',
    );
    await expect(ensure([source({ token: null })])).rejects.toThrow('HTTP 401');
  });

  it('is waited for while it is busy, and while it is started again', async () => {
    server.misbehave = ({ count }, response) => {
      if (count === 2 || count === 3) response.writeHead(503).end();
      else if (count === 4) response.destroy();
      else return false;
      return true;
    };
    await ensure([source({ patienceMs: 5_000, busyPatienceMs: 5_000 })]);
    await expectWhole();
    expect(server.requests).toHaveLength(7);
  });

  it('is given up when it stays away or silent', async () => {
    await server.close();
    await expect(ensure()).rejects.toThrow(/cannot be downloaded: ECONNREFUSED/);
    server = await startFileServer(images);
    server.misbehave = ({ file }, response) => {
      if (file !== undefined) response.writeHead(200, { 'content-length': file.length }).write('x');
      return file !== undefined;
    };
    await expect(ensure([source({ stallTimeoutMs: 20 })])).rejects.toThrow('no answer within 0.02 s');
  });
});

it('uses the fetch that it is given', async () => {
  const own = jest.fn(fetch);
  await ensure([source({ fetch: own })]);
  await expectWhole();
  expect(own).toHaveBeenCalledTimes(4);
});

it('several at once make one fetch', async () => {
  await Promise.all([ensure(), ensure(), ensure()]);
  await expectWhole();
  expect(fileRequests()).toHaveLength(3);
  expect(messages()).toContain('is fetching; waiting for it');
});
