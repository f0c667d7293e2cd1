/** A data set from a coordinator: files by checksum, each whole before the next is asked for. */
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataSet, dataSetSchema, TerminalError } from '@seedbed/contracts';
import { fullCheck } from './file-check.js';
import { discardDownload, downloadFile, type Fetch, type HttpDownload } from './http-download.js';
import { digestOf, fileBytesOf, filesOf, type ImageFile } from './layout.js';
import { type DataSource, type SourceRequest, WrongDataError } from './source.js';

export interface CoordinatorFilesOptions {
  /** `http://host:port` or `https://host:port` */
  readonly url: string;
  /** Bearer token, null where the coordinator has none. */
  readonly token: string | null;
  /** @default the global fetch; a caller that pins the coordinator's certificate brings its own */
  readonly fetch?: Fetch;
  /** @default 30000 longest time without an answer: a coordinator that is started again takes seconds */
  readonly patienceMs?: number;
  /** @default 600000 longest time in which the coordinator only says that it is busy with other trainers */
  readonly busyPatienceMs?: number;
  /** @default 15000 longest pause between two pieces of a file */
  readonly stallTimeoutMs?: number;
}

const PATIENCE_MS = 30_000;
/** 50 trainers at 184 MB each take 80 s over 1 Gbit/s; ten minutes are 370 of them. */
const BUSY_PATIENCE_MS = 600_000;
/** A file is fetched twice at most: once more, from its first byte, when the bytes were other ones. */
const FETCHES_MAX = 2;

/** The data set of the layout that is asked for, from `GET /v1/data-sets/<digest>` and its files. */
export function coordinatorFiles(options: CoordinatorFilesOptions): DataSource {
  return {
    name: options.url,
    async deliver(request) {
      const { layout, wanted, workDirectory } = request;
      await requireSameSet(options, request);
      const files = filesOf(layout).filter((file) => wanted.includes(file.name));
      const bytesTotal = files.reduce((total, file) => total + fileBytesOf(layout, file), 0);
      let bytesBefore = 0;
      for (const file of files) {
        const path = await fetchWhole(options, request, { file, bytesBefore, bytesTotal });
        await rename(path, join(workDirectory, file.name));
        bytesBefore += fileBytesOf(layout, file);
      }
    },
  };
}

/** One small question first: who has not got the set says so at once, and who has another one is not asked for files. */
async function requireSameSet(options: CoordinatorFilesOptions, request: SourceRequest): Promise<void> {
  const { layout, workDirectory } = request;
  const path = join(workDirectory, 'data-set.json');
  await downloadFile(
    downloadOf(options, request, { path, resource: digestOf(layout), onBytes: () => undefined }),
  );
  const served = parseDataSet(await readFile(path, 'utf8'), options.url);
  const same = filesOf(layout).every((file) =>
    served.files.some(
      ({ sha256, sizeBytes }) => sha256 === file.sha256 && sizeBytes === fileBytesOf(layout, file),
    ),
  );
  if (same) return;
  throw new TerminalError(
    `${options.url} has other files under the digest of ${layout.name}; they are not used`,
  );
}

function parseDataSet(text: string, url: string): DataSet {
  try {
    return dataSetSchema.parse(JSON.parse(text));
  } catch (thrown) {
    throw new TerminalError(`${url} answered something that is no data set: is it a Seedbed coordinator?`, {
      cause: thrown,
    });
  }
}

/** @returns path of the file, checked */
async function fetchWhole(
  options: CoordinatorFilesOptions,
  request: SourceRequest,
  subject: { readonly file: ImageFile; readonly bytesBefore: number; readonly bytesTotal: number },
): Promise<string> {
  const { layout, resumeDirectory, signal } = request;
  const { file, bytesBefore, bytesTotal } = subject;
  // Named by its content: what an earlier process left under this name is a part of the same file.
  const path = join(resumeDirectory, file.sha256);
  const resource = `${digestOf(layout)}/files/${file.sha256}`;
  const onBytes = (bytesDone: number): void =>
    request.report({ phase: 'download', bytesDone: bytesBefore + bytesDone, bytesTotal });
  for (let fetches = 1; ; fetches += 1) {
    await downloadFile(downloadOf(options, request, { path, resource, onBytes }));
    const problem = await fullCheck(layout, { file, path, signal });
    if (problem === undefined) return path;
    await discardDownload(path);
    const message = `${options.url} delivered other bytes than ${file.name}'s: ${problem.message}`;
    if (fetches === FETCHES_MAX) throw new WrongDataError(message);
    request.report({
      phase: 'download',
      bytesDone: bytesBefore,
      bytesTotal,
      message: `${message}; once more`,
    });
  }
}

function downloadOf(
  options: CoordinatorFilesOptions,
  request: SourceRequest,
  what: Pick<HttpDownload, 'path' | 'onBytes'> & { readonly resource: string },
): HttpDownload {
  const { token, patienceMs = PATIENCE_MS, busyPatienceMs = BUSY_PATIENCE_MS } = options;
  return {
    url: new URL(`/v1/data-sets/${what.resource}`, options.url).href,
    path: what.path,
    onBytes: what.onBytes,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    signal: request.signal,
    patienceMs,
    busyPatienceMs,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    ...(options.stallTimeoutMs === undefined ? {} : { stallTimeoutMs: options.stallTimeoutMs }),
    onRetry: (reason) =>
      request.report({ phase: 'wait', bytesDone: 0, bytesTotal: null, message: `${reason}; trying again` }),
  };
}
