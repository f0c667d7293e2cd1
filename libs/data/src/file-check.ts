/**
 * Tells whole files from damaged ones. A full check reads every byte; afterwards size and modification time are noted
 * in a manifest, and as long as both agree the file counts as checked. (A disk that changes bytes without changing the
 * time is only found by a full check, `verify: true`.)
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileBytesOf, filesOf, type ImageFile, type ImageFileLayout } from './layout.js';
import { errorCode } from './storage-error.js';

export interface FileProblem {
  readonly file: ImageFile;
  readonly kind: 'missing' | 'damaged';
  /** A sentence that begins with the file's path. */
  readonly message: string;
}

export interface CheckOptions {
  readonly directory: string;
  readonly manifestPath: string;
  /** Read every byte even where the manifest vouches for a file. */
  readonly verify: boolean;
  readonly signal: AbortSignal;
  readonly onFile?: (bytesDone: number, bytesTotal: number) => void;
}

/** The files of a layout that are missing or damaged in a folder, in the layout's order. */
export async function findFileProblems(
  layout: ImageFileLayout,
  options: CheckOptions,
): Promise<readonly FileProblem[]> {
  const { directory, manifestPath, signal, onFile } = options;
  const files = filesOf(layout);
  const bytesTotal = files.reduce((total, file) => total + fileBytesOf(layout, file), 0);
  const known = await readManifest(manifestPath);
  const newlyWhole: Record<string, ManifestEntry> = {};
  const problems: FileProblem[] = [];
  let bytesDone = 0;
  for (const file of files) {
    signal.throwIfAborted();
    const path = join(directory, file.name);
    const entry = await entryOf(path, file);
    const vouched = entry !== undefined && !options.verify && sameEntry(known[path], entry);
    const problem = vouched ? undefined : await fullCheck(layout, { file, path, signal });
    if (problem !== undefined) problems.push(problem);
    else if (!vouched && entry !== undefined) newlyWhole[path] = entry;
    bytesDone += fileBytesOf(layout, file);
    onFile?.(bytesDone, bytesTotal);
  }
  if (Object.keys(newlyWhole).length > 0) await writeManifest(manifestPath, { ...known, ...newlyWhole });
  return problems;
}

/** Reads the whole file. @returns what is wrong with it, undefined when nothing is */
export async function fullCheck(
  layout: ImageFileLayout,
  subject: { readonly file: ImageFile; readonly path: string; readonly signal: AbortSignal },
): Promise<FileProblem | undefined> {
  const { file, path, signal } = subject;
  const found = await stat(path).catch(ignoreMissing);
  if (found === undefined) return { file, kind: 'missing', message: `${path} is missing` };
  const expectedBytes = fileBytesOf(layout, file);
  if (found.size !== expectedBytes) {
    const message = `${path} is damaged: it has ${found.size} bytes instead of ${expectedBytes}`;
    return { file, kind: 'damaged', message };
  }
  const digest = await sha256OfFile(path, signal);
  if (digest === file.sha256) return undefined;
  const message = `${path} is damaged: its sha256 is ${digest} instead of ${file.sha256}`;
  return { file, kind: 'damaged', message };
}

async function sha256OfFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  // 1 MB at a time: the default of 64 KB spends as much time on system calls as on hashing.
  const stream = createReadStream(path, { highWaterMark: 1024 * 1024, signal });
  for await (const piece of stream) hash.update(piece as Buffer);
  return hash.digest('hex');
}

interface ManifestEntry {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly sha256: string;
}

async function entryOf(path: string, file: ImageFile): Promise<ManifestEntry | undefined> {
  const found = await stat(path).catch(ignoreMissing);
  return found && { sizeBytes: found.size, modifiedMs: found.mtimeMs, sha256: file.sha256 };
}

function sameEntry(a: ManifestEntry | undefined, b: ManifestEntry): boolean {
  return (
    a !== undefined && a.sizeBytes === b.sizeBytes && a.modifiedMs === b.modifiedMs && a.sha256 === b.sha256
  );
}

/** A manifest that is missing or unreadable vouches for nothing; the files are then checked in full. */
async function readManifest(path: string): Promise<Record<string, ManifestEntry>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, ManifestEntry>) : {};
  } catch {
    return {};
  }
}

async function writeManifest(path: string, manifest: Record<string, ManifestEntry>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(manifest, null, 2)}\n`);
    await rename(temporary, path);
  } catch {
    // The manifest only saves time. A read-only cache with whole files works without one.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
  throw error;
}
