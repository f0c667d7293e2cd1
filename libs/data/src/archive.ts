/** The official archive `cifar-10-binary.tar.gz`: from its home, or from a path that the user names. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { coerceError, RetryableError, TerminalError } from '@seedbed/contracts';
import { extract } from 'tar';
import { type DataSource, type SourceRequest } from './source.js';
import { errorCode, storageError } from './storage-error.js';

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
      const path = join(request.workDirectory, 'archive.tar.gz');
      const md5 = await download(options, path, request);
      if (md5 !== options.md5) {
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

/** @returns hex md5 of what was downloaded */
async function download(options: DownloadOptions, path: string, request: SourceRequest): Promise<string> {
  const { answerTimeoutMs = 8_000, stallTimeoutMs = 15_000 } = options;
  const clock = new AbortController();
  let timer = setTimeout(() => clock.abort(silence(answerTimeoutMs)), answerTimeoutMs);
  const md5 = createHash('md5');
  let bytesDone = 0;
  try {
    const response = await fetch(options.url, { signal: AbortSignal.any([request.signal, clock.signal]) });
    if (!response.ok || response.body === null) throw refusal(options.url, response.status);
    const length = Number(response.headers.get('content-length'));
    const bytesTotal = length > 0 ? length : null;
    const restart = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => clock.abort(silence(stallTimeoutMs)), stallTimeoutMs);
    };
    const measured = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of body) {
        restart();
        md5.update(piece);
        bytesDone += piece.length;
        request.report({ phase: 'download', bytesDone, bytesTotal });
        yield piece;
      }
    };
    restart();
    await pipeline(Readable.fromWeb(response.body), measured, createWriteStream(path));
    return md5.digest('hex');
  } catch (error) {
    request.signal.throwIfAborted();
    throw networkError(options.url, clock.signal.aborted ? clock.signal.reason : error, request);
  } finally {
    clearTimeout(timer);
  }
}

function silence(limitMs: number): RetryableError {
  return new RetryableError(`no answer within ${limitMs / 1_000} s`);
}

function refusal(url: string, status: number): Error {
  const message = `${url} answered HTTP ${status}`;
  return status >= 500 || status === 429 ? new RetryableError(message) : new TerminalError(message);
}

function networkError(url: string, error: unknown, request: SourceRequest): Error {
  if (error instanceof TerminalError) return error;
  const why = errorCode(error) ?? coerceError(error).message;
  return (
    storageError(error, request.workDirectory) ??
    new RetryableError(`${url} cannot be downloaded: ${why}`, { cause: error })
  );
}
