/**
 * States of long runs that trainers leave here, so that a run whose trainer dies goes on where it was. Nothing rests on
 * them: what is lost is trained again. So the shelf is bounded, forgets the oldest first, and a failure of it is only told.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { coerceError, type NumericsClass, type RunId, type SweepId } from '@seedbed/contracts';
import type { FastifyBaseLogger } from 'fastify';
import { type CheckpointKey, checkpointPath, parseCheckpointPath } from './checkpoint-file.js';

/** The newest of all runs of a block may still be on its way when its trainer dies: then the one before is common to them. */
const KEPT_PER_RUN = 2;
/** Of a checkpoint that is being written; never a checkpoint's name. */
const PART_PREFIX = '.part-';

export interface StoredCheckpoint extends CheckpointKey {
  readonly sizeBytes: number;
}

/** `other`: another one is known for this run and step, which training the same way twice cannot give. */
export type PutOutcome = 'stored' | 'known' | 'other';

export interface CheckpointShelfOptions {
  readonly directory: string;
  /** All checkpoints together. */
  readonly bytesMax: number;
  readonly logger: FastifyBaseLogger;
}

export class CheckpointShelf {
  /** Oldest first. */
  #stored: StoredCheckpoint[] = [];
  /** Room taken by checkpoints that are being written. */
  #arrivingBytes = 0;

  private constructor(private readonly options: CheckpointShelfOptions) {}

  /** @throws what the system says when the directory cannot be used */
  static async open(options: CheckpointShelfOptions): Promise<CheckpointShelf> {
    const shelf = new CheckpointShelf(options);
    await shelf.#scan();
    return shelf;
  }

  get sizeBytes(): number {
    return this.#arrivingBytes + this.#stored.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  all(): readonly StoredCheckpoint[] {
    return this.#stored;
  }

  of(runId: RunId, numericsClass: NumericsClass): readonly StoredCheckpoint[] {
    return this.#stored.filter((one) => one.runId === runId && one.numericsClass === numericsClass);
  }

  /** Null when it is not, or no longer, whole. */
  async openFile(stored: StoredCheckpoint): Promise<FileHandle | null> {
    const handle = await open(this.#pathOf(stored), 'r').catch(() => null);
    if ((await handle?.stat())?.size === stored.sizeBytes) return handle;
    await handle?.close();
    await this.#remove([stored], 'not whole any more');
    return null;
  }

  /**
   * Keeps a checkpoint when its bytes have arrived, are as many as announced and have the SHA-256 that its key names.
   *
   * @throws ChecksumError when they are others; RangeError when they are more than the shelf holds; what the system says
   *   when they cannot be written
   */
  async put(key: CheckpointKey, sizeBytes: number, bytes: AsyncIterable<Uint8Array>): Promise<PutOutcome> {
    const same = this.of(key.runId, key.numericsClass).find(({ step }) => step === key.step);
    if (same !== undefined) return same.sha256 === key.sha256 ? 'known' : 'other';
    if (sizeBytes > this.options.bytesMax) throw new RangeError(`a checkpoint of ${sizeBytes} bytes`);
    this.#arrivingBytes += sizeBytes;
    try {
      await this.#makeRoom();
      await this.#write(key, sizeBytes, bytes);
    } finally {
      this.#arrivingBytes -= sizeBytes;
    }
    // The same may have come twice at once.
    const isNew = !this.#stored.some((one) => this.#pathOf(one) === this.#pathOf(key));
    if (isNew) this.#stored.push({ ...key, sizeBytes });
    const older = [...this.of(key.runId, key.numericsClass)].sort((a, b) => b.step - a.step);
    await this.#remove(older.slice(KEPT_PER_RUN), 'replaced');
    return 'stored';
  }

  /** Removes those that the predicate says are of no more use. */
  async forget(isOver: (stored: StoredCheckpoint) => boolean): Promise<void> {
    await this.#remove(this.#stored.filter(isOver), 'over');
    const used = new Set<SweepId>(this.#stored.map(({ sweepId }) => sweepId));
    for (const name of await readdir(this.options.directory)) {
      // Not recursive: a directory that a checkpoint has just come into stays.
      if (!used.has(name as SweepId)) await rmdirEmpty(join(this.options.directory, name));
    }
  }

  async #makeRoom(): Promise<void> {
    let surplus = this.sizeBytes - this.options.bytesMax;
    const oldest = this.#stored.filter(({ sizeBytes }) => {
      if (surplus <= 0) return false;
      surplus -= sizeBytes;
      return true;
    });
    await this.#remove(oldest, 'room for newer ones');
  }

  async #write(key: CheckpointKey, sizeBytes: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const [directory] = checkpointPath(key);
    const home = join(this.options.directory, directory);
    await mkdir(home, { recursive: true, mode: 0o700 });
    const part = join(home, `${PART_PREFIX}${randomUUID()}`);
    try {
      const handle = await open(part, 'wx', 0o600);
      try {
        const hash = createHash('sha256');
        let written = 0;
        for await (const piece of bytes) {
          written += piece.length;
          if (written > sizeBytes) break;
          hash.update(piece);
          await handle.write(piece);
        }
        if (written !== sizeBytes || hash.digest('hex') !== key.sha256) throw new ChecksumError();
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(part, this.#pathOf(key));
      await syncDirectory(home);
    } catch (thrown) {
      await rm(part, { force: true }).catch(() => undefined);
      throw thrown;
    }
  }

  async #remove(stored: readonly StoredCheckpoint[], why: string): Promise<void> {
    if (stored.length === 0) return;
    // Off the list first: what cannot be removed now is not offered, and found again at the next start.
    this.#stored = this.#stored.filter((one) => !stored.includes(one));
    for (const one of stored) {
      await rm(this.#pathOf(one), { force: true }).catch((thrown: unknown) => {
        this.options.logger.warn({ err: coerceError(thrown) }, 'a checkpoint could not be removed');
      });
    }
    this.options.logger.debug({ checkpoints: stored.length, why }, 'checkpoints removed');
  }

  async #scan(): Promise<void> {
    const { directory } = this.options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const found: (StoredCheckpoint & { readonly atMs: number })[] = [];
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      for (const file of await readdir(join(directory, entry.name))) {
        const path = join(directory, entry.name, file);
        const key = parseCheckpointPath(entry.name, file);
        if (key !== null) {
          const { size, mtimeMs } = await stat(path);
          found.push({ ...key, sizeBytes: size, atMs: mtimeMs });
        } else if (file.startsWith(PART_PREFIX)) await rm(path, { force: true });
      }
    }
    found.sort((a, b) => a.atMs - b.atMs);
    this.#stored = found.map(({ atMs: _, ...stored }) => stored);
    await this.#makeRoom();
  }

  #pathOf(key: CheckpointKey): string {
    return join(this.options.directory, ...checkpointPath(key));
  }
}

/** The bytes that arrived are not those that were announced. */
export class ChecksumError extends Error {
  override readonly name = 'ChecksumError';
}

/** A rename is durable when the directory is. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function rmdirEmpty(path: string): Promise<void> {
  await rmdir(path).catch(() => undefined);
}
