/**
 * One file over HTTP, going on where an earlier attempt was cut off, also one of a process that was killed: what has
 * arrived stays beside a note of the server's validator (ETag or date), and `If-Range` makes a server whose file is
 * another one by now send the whole.
 */
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { coerceError, RetryableError, TerminalError } from '@seedbed/contracts';
import { errorCode, storageError } from './storage-error.js';

/** `fetch`, or what behaves like it: a caller that pins certificates brings its own. */
export type Fetch = (
  url: string,
  init: { readonly headers: Record<string, string>; readonly signal: AbortSignal },
) => Promise<Response>;

export interface HttpDownload {
  readonly url: string;
  /** Where the bytes go; a shorter file there is what an earlier attempt left. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onBytes: (bytesDone: number, bytesTotal: number | null) => void;
  /** @default {} */
  readonly headers?: Record<string, string>;
  /** @default the global fetch */
  readonly fetch?: Fetch;
  /** Longest wait for the answer's headers. @default 8000 an unreachable host must not hold up the next source */
  readonly answerTimeoutMs?: number;
  /** Longest pause between two pieces of the body. @default STALL_TIMEOUT_MS */
  readonly stallTimeoutMs?: number;
  /** How long to go on trying without a byte more. @default 0 only a try that brought bytes is followed by another */
  readonly patienceMs?: number;
  /** The same while the server answers that it is busy (HTTP 429 and 503). @default patienceMs */
  readonly busyPatienceMs?: number;
  /** Told before each pause. */
  readonly onRetry?: (reason: string) => void;
}

const STALL_TIMEOUT_MS = 15_000;
/** Between tries; doubled each time without progress, with jitter so that a fleet does not return in step. */
const PAUSE_FIRST_MS = 200;
const PAUSE_MAX_MS = 5_000;

/**
 * Brings the whole file to `path`. Its bytes are not checked here.
 *
 * @throws RetryableError when patience has ended, TerminalError when the server refuses or the disk is full
 */
export async function downloadFile(download: HttpDownload): Promise<void> {
  await mkdir(dirname(download.path), { recursive: true });
  let pauseMs = PAUSE_FIRST_MS;
  let progressAtMs = Date.now();
  for (;;) {
    const before = await sizeOf(download.path);
    try {
      return await attempt(download, before);
    } catch (thrown) {
      download.signal.throwIfAborted();
      const error = asDownloadError(download, thrown);
      if (error instanceof TerminalError) throw error;
      const progressed = (await sizeOf(download.path)) > before;
      if (progressed) [pauseMs, progressAtMs] = [PAUSE_FIRST_MS, Date.now()];
      const { patienceMs = 0, busyPatienceMs = patienceMs } = download;
      const limitMs = error instanceof BusyError ? busyPatienceMs : patienceMs;
      const nextMs = pauseMs * (0.75 + Math.random() / 2);
      if (!progressed && Date.now() + nextMs > progressAtMs + limitMs) throw error;
      download.onRetry?.(error.message);
      await delay(nextMs, undefined, { signal: download.signal });
      pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
    }
  }
}

/** Deletes a file that was downloaded, or a part of one. */
export async function discardDownload(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(validatorPath(path), { force: true });
}

/** The server is there and asks for patience. */
class BusyError extends RetryableError {}

async function attempt(download: HttpDownload, sizeBytes: number): Promise<void> {
  const { url, path, answerTimeoutMs = 8_000, stallTimeoutMs = STALL_TIMEOUT_MS } = download;
  const validator = sizeBytes > 0 ? await readFile(validatorPath(path), 'utf8').catch(() => '') : '';
  const clock = new SilenceClock(answerTimeoutMs);
  try {
    const headers = {
      ...download.headers,
      'accept-encoding': 'identity',
      ...resumeFrom(sizeBytes, validator),
    };
    const signal = AbortSignal.any([download.signal, clock.signal]);
    const response = await (download.fetch ?? fetch)(url, { headers, signal });
    clock.heard(stallTimeoutMs);
    if (response.status === 416 && validator !== '')
      return await endOrStartAgain(download, response, sizeBytes);
    const first = response.status === 206 ? firstByteOf(response) : 0;
    if (!response.ok || response.body === null) throw await refusal(url, response);
    if (first !== 0 && first !== sizeBytes) {
      await discardDownload(path);
      throw new RetryableError(`${url} answered from byte ${first} instead of ${sizeBytes}`);
    }
    if (first === 0) await noteValidator(path, response);
    const length = Number(response.headers.get('content-length'));
    const bytesTotal = length > 0 ? first + length : null;
    const bytesDone = await write(download, { body: response.body, first, bytesTotal, clock });
    if (bytesTotal !== null && bytesDone !== bytesTotal) {
      throw new RetryableError(`${url} broke off after ${bytesDone} of ${bytesTotal} bytes`);
    }
  } catch (thrown) {
    throw clock.signal.aborted ? clock.signal.reason : thrown;
  } finally {
    clock.stop();
  }
}

interface Body {
  readonly body: AsyncIterable<Uint8Array>;
  readonly first: number;
  readonly bytesTotal: number | null;
  readonly clock: SilenceClock;
}

/** Piece by piece, each written before the next is asked for, so that the file's length is what has arrived. */
async function write(download: HttpDownload, { body, first, bytesTotal, clock }: Body): Promise<number> {
  const { path, stallTimeoutMs = STALL_TIMEOUT_MS } = download;
  let bytesDone = first;
  const target = await open(path, first === 0 ? 'w' : 'a');
  try {
    for await (const piece of body) {
      clock.heard(stallTimeoutMs);
      await target.appendFile(piece);
      bytesDone += piece.length;
      download.onBytes(bytesDone, bytesTotal);
    }
    return bytesDone;
  } finally {
    await target.close();
  }
}

/** Without a validator nobody can tell whether the rest belongs to what is there: then from the start. */
function resumeFrom(sizeBytes: number, validator: string): Record<string, string> {
  return validator === '' ? {} : { range: `bytes=${sizeBytes}-`, 'if-range': validator };
}

/** What is there is the whole file already, or longer than it. */
async function endOrStartAgain(download: HttpDownload, response: Response, sizeBytes: number): Promise<void> {
  await response.body?.cancel();
  if (response.headers.get('content-range') === `bytes */${sizeBytes}`) return;
  await discardDownload(download.path);
  return attempt(download, 0);
}

function firstByteOf(response: Response): number {
  const first = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  return first === undefined ? Number.NaN : Number(first);
}

/** Only a strong ETag or a date may stand in `If-Range` (RFC 9110, 13.1.5). */
async function noteValidator(path: string, response: Response): Promise<void> {
  const etag = response.headers.get('etag');
  const validator = etag?.startsWith('"') ? etag : (response.headers.get('last-modified') ?? '');
  // First the note of the old bytes goes, then the bytes, then comes the new note: a crash in between costs a resume only.
  await rm(validatorPath(path), { force: true });
  await writeFile(path, '');
  await writeFile(validatorPath(path), validator);
}

function validatorPath(path: string): string {
  return `${path}.validator`;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  );
}

/** Characters of a refusal's body that are read: a problem document has a few hundred. */
const REFUSAL_TEXT_MAX = 4_096;

async function refusal(url: string, response: Response): Promise<Error> {
  const text = (await response.text().catch(() => '')).slice(0, REFUSAL_TEXT_MAX);
  const message = `${url} answered HTTP ${response.status}${detailOf(text)}`;
  if (response.status === 429 || response.status === 503) return new BusyError(message);
  return response.status >= 500 || response.status === 408
    ? new RetryableError(message)
    : new TerminalError(message);
}

/** The sentence of problem details (RFC 9457), where the answer is such a document. */
function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? `: ${detail}` : '';
  } catch {
    return '';
  }
}

function asDownloadError(download: HttpDownload, thrown: unknown): Error {
  if (thrown instanceof TerminalError || thrown instanceof BusyError) return thrown;
  const why = errorCode(thrown) ?? coerceError(thrown).message;
  return (
    storageError(thrown, dirname(download.path)) ??
    new RetryableError(`${download.url} cannot be downloaded: ${why}`, { cause: thrown })
  );
}

/** Aborts its signal when nothing was heard for the time that was last given. */
class SilenceClock {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private limitMs = 0;
  readonly signal = this.controller.signal;

  constructor(limitMs: number) {
    this.heard(limitMs);
  }

  heard(limitMs: number): void {
    if (limitMs === this.limitMs) {
      this.timer?.refresh();
      return;
    }
    clearTimeout(this.timer);
    this.limitMs = limitMs;
    this.timer = setTimeout(
      () => this.controller.abort(new RetryableError(`no answer within ${limitMs / 1_000} s`)),
      limitMs,
    );
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
