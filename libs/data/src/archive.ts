/** The official archive `cifar-10-binary.tar.gz`: from its home, or from a path that the user names. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { coerceError, RetryableError, TerminalError } from '@seedbed/contracts';
import { extract } from 'tar';
import { discardDownload, downloadFile } from './http-download.js';
import { type DataSource, type SourceRequest } from './source.js';
import { storageError } from './storage-error.js';

export interface DownloadOptions {
  readonly url: string;
  /** Hex md5 as the data's home page gives it. */
  readonly md5: string;
  /** @default 8000 longest wait for the answer's headers: an unreachable host must not hold up the next source */
  readonly answerTimeoutMs?: number;
  /** @default 15000 longest pause between two pieces of the body */
  readonly stallTimeoutMs?: number;
}

const OFFICIAL: DownloadOptions = {
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
};

/** Downloads the archive and unpacks it. */
export function archiveDownload(options: DownloadOptions = OFFICIAL): DataSource {
  return {
    name: options.url,
    async deliver(request) {
      // Named by its content: what an earlier process left under this name is a part of the same archive.
      const path = join(request.resumeDirectory, `${options.md5}.tar.gz`);
      const { signal } = request;
      const onBytes = (bytesDone: number, bytesTotal: number | null): void =>
        request.report({ phase: 'download', bytesDone, bytesTotal });
      await downloadFile({ ...options, path, signal, onBytes });
      const md5 = await md5OfFile(path, signal);
      if (md5 !== options.md5) {
        await discardDownload(path);
        throw new RetryableError(`${options.url} answered other bytes: md5 ${md5} instead of ${options.md5}`);
      }
      await unpack(path, request);
    },
  };
}

/** An archive on this machine. */
export function archiveFile(path: string): DataSource {
  return { name: path, deliver: (request) => unpack(path, request) };
}

async function unpack(path: string, request: SourceRequest): Promise<void> {
  request.report({ phase: 'unpack', bytesDone: 0, bytesTotal: null });
  try {
    // The files lie in a folder of the archive (cifar-10-batches-bin/), which `strip` takes off.
    await extract({
      file: path,
      cwd: request.workDirectory,
      strip: 1,
      strict: true,
      filter: (name) => request.wanted.includes(name.split('/').at(-1) ?? ''),
    });
  } catch (error) {
    throw (
      storageError(error, request.workDirectory) ??
      new TerminalError(`${path} cannot be unpacked: ${coerceError(error).message}`, { cause: error })
    );
  }
}

async function md5OfFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('md5');
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) {
    hash.update(piece as Buffer);
  }
  return hash.digest('hex');
}
