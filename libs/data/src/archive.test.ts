import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { RetryableError, TerminalError } from '@seedbed/contracts';
import { create } from 'tar';
import { archiveDownload, type DownloadOptions } from './archive.js';
import { type SourceRequest } from './source.js';
import { syntheticImages, temporaryDirectory, writeImages } from './testing/synthetic-images.js';

const images = syntheticImages();

describe('archiveDownload', () => {
  let root: string;
  let archive: Buffer;
  let md5: string;
  let servers: Server[] = [];
  beforeAll(async () => {
    root = await temporaryDirectory();
    await writeImages(images, join(root, 'cifar-10-batches-bin'));
    const file = join(root, 'archive.tar.gz');
    await create({ file, gzip: true, cwd: root }, ['cifar-10-batches-bin']);
    archive = await readFile(file);
    md5 = createHash('md5').update(archive).digest('hex');
  });
  afterEach(() => {
    for (const server of servers) server.close().closeAllConnections();
    servers = [];
  });
  afterAll(() => rm(root, { recursive: true }));

  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/archive`;
  };
  const deliver = async (options: DownloadOptions, changes: Partial<SourceRequest> = {}): Promise<string> => {
    const workDirectory = join(root, `work-${Math.random()}`);
    await mkdir(workDirectory);
    const { signal } = new AbortController();
    const { layout } = images;
    const request = {
      layout,
      wanted: ['test_batch.bin'],
      workDirectory,
      resumeDirectory: join(workDirectory, 'resume'),
      signal,
      report: () => undefined,
    };
    await archiveDownload(options).deliver({ ...request, ...changes });
    return workDirectory;
  };

  it('downloads and unpacks what is wanted, telling how far it is', async () => {
    const url = await serve((_, response) =>
      response.setHeader('content-length', archive.length).end(archive),
    );
    const report = jest.fn();
    const workDirectory = await deliver({ url, md5 }, { report });
    expect(await readFile(join(workDirectory, 'test_batch.bin'))).toEqual(
      images.contents.get('test_batch.bin'),
    );
    await expect(readFile(join(workDirectory, 'data_batch_1.bin'))).rejects.toThrow('ENOENT');
    expect(report).toHaveBeenCalledWith({
      phase: 'download',
      bytesDone: archive.length,
      bytesTotal: archive.length,
    });
  });

  it('goes on where an earlier process was cut off', async () => {
    const ranges: unknown[] = [];
    let isWhole = false;
    let breakOff = (): void => undefined;
    const url = await serve((request, response) => {
      const { range } = request.headers;
      ranges.push(range);
      const first = Number(/\d+/.exec(range ?? '0')?.[0]);
      const headers = { etag: '"one"', 'content-length': archive.length - first };
      response.writeHead(range === undefined ? 200 : 206, {
        ...headers,
        ...(range === undefined ? {} : { 'content-range': `bytes ${first}-${archive.length - 1}/*` }),
      });
      if (isWhole) response.end(archive.subarray(first));
      else if (first > 0) response.destroy();
      else {
        breakOff = () => response.destroy();
        response.write(archive.subarray(0, 100));
      }
    });
    const resumeDirectory = join(root, 'resume');
    const cut = deliver({ url, md5 }, { resumeDirectory, report: () => breakOff() });
    await expect(cut).rejects.toBeInstanceOf(RetryableError);
    isWhole = true;
    const workDirectory = await deliver({ url, md5 }, { resumeDirectory });
    expect(await readFile(join(workDirectory, 'test_batch.bin'))).toEqual(
      images.contents.get('test_batch.bin'),
    );
    expect(ranges).toEqual([undefined, 'bytes=100-', 'bytes=100-']);
  });

  it('refuses other bytes than the archive', async () => {
    const url = await serve((_, response) => response.end('<html>Please log in</html>'));
    await expect(deliver({ url, md5 })).rejects.toThrow(/answered other bytes: md5 [0-9a-f]{32} instead/);
  });

  it.each([
    [404, TerminalError],
    [503, RetryableError],
  ])('judges HTTP %d', async (status, family) => {
    const url = await serve((_, response) => response.writeHead(status).end());
    const failure = deliver({ url, md5 });
    await expect(failure).rejects.toThrow(`HTTP ${status}`);
    await expect(failure).rejects.toBeInstanceOf(family);
  });

  it('gives up on a server that never answers', async () => {
    const url = await serve(() => undefined);
    const failure = deliver({ url, md5, answerTimeoutMs: 20 });
    await expect(failure).rejects.toThrow('cannot be downloaded: no answer within 0.02 s');
    await expect(failure).rejects.toBeInstanceOf(RetryableError);
  });

  it('gives up on a body that stalls or breaks off', async () => {
    const stalled = await serve((_, response) => response.writeHead(200).write('x'));
    await expect(deliver({ url: stalled, md5, stallTimeoutMs: 20 })).rejects.toThrow(
      'no answer within 0.02 s',
    );
    const broken = await serve((_, response) => {
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, 10), () => response.destroy());
    });
    await expect(deliver({ url: broken, md5 })).rejects.toBeInstanceOf(RetryableError);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const url = await serve(() => controller.abort(new Error('stopped by the user')));
    await expect(deliver({ url, md5 }, { signal: controller.signal })).rejects.toThrow('stopped by the user');
  });

  it('says why nobody could be reached', async () => {
    const url = await serve(() => undefined);
    servers[0]?.close();
    await expect(deliver({ url, md5 })).rejects.toThrow(/cannot be downloaded: ECONNREFUSED/);
  });
});
