/**
 * One system per directory. The lock is a file that names its owner; it appears whole (written aside, then linked), so
 * no reader ever sees half of one. A dead owner's lock is taken over: power loss and SIGKILL leave nothing to clean up.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive } from '../client/connection.js';
import { FailedError } from '../errors.js';
import { fileError } from '../output/atomic-file.js';
import { systemCodeOf } from '../system-code.js';

const ownerSchema = z.object({
  processId: z.int().positive(),
  /** Tells a process from a later one with the same id; null where the system does not say. */
  processStart: z.string().nullable(),
  host: z.string(),
  nonce: z.string(),
});
type Owner = z.infer<typeof ownerSchema>;

export interface DirectoryLock {
  /** May be called twice. */
  release(): void;
}

/** Two takeovers may meet once or twice; more means that something else writes this file. */
const TRIES_MAX = 20;

/** @throws FailedError when a living process holds the directory; the message names it */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, 'seedbed.lock');
  const mine: Owner = {
    processId: process.pid,
    processStart: processStart(process.pid),
    host: hostname(),
    nonce: randomUUID(),
  };
  const draft = join(directory, `.seedbed.lock.${mine.nonce}`);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(draft, JSON.stringify(mine), { flag: 'wx', mode: 0o600 });
    acquire(path, draft, directory);
  } catch (thrown: unknown) {
    throw thrown instanceof FailedError ? thrown : fileError(path, thrown);
  } finally {
    removeQuietly(draft);
  }
  const release = (): void => {
    process.off('exit', release);
    if (readOwner(path)?.nonce === mine.nonce) rmSync(path, { force: true });
  };
  process.on('exit', release);
  return { release };
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Not even its directory could be made.
  }
}

function acquire(path: string, draft: string, directory: string): void {
  for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
    if (linkExclusively(draft, path)) return;
    const owner = readOwner(path);
    if (owner !== null && isOwnerAlive(owner)) {
      const where = owner.host === hostname() ? '' : ` on ${owner.host}`;
      throw new FailedError(
        `${directory} is in use by process ${owner.processId}${where}: wait for it, end it, or choose another directory` +
          (where === '' ? '' : `; if that machine is gone, delete ${path}`),
      );
    }
    setAside(path, owner);
  }
  throw new FailedError(`cannot take the lock ${path}: it keeps changing hands; delete it and try again`);
}

/**
 * Moves a dead owner's lock away. Another process may have taken over between our look and our move; then what we moved
 * is a living lock, and it is put back.
 */
function setAside(path: string, dead: Owner | null): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // released or taken over meanwhile: look again
  }
  const moved = readOwner(aside);
  if (moved !== null && moved.nonce !== dead?.nonce && isOwnerAlive(moved)) linkExclusively(aside, path);
  rmSync(aside, { force: true });
}

function linkExclusively(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (thrown: unknown) {
    if (systemCodeOf(thrown) === 'EEXIST') return false;
    throw fileError(to, thrown);
  }
}

function readOwner(path: string): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null; // absent, or no lock of ours: nobody to respect
  }
}

function isOwnerAlive(owner: Owner): boolean {
  // Another machine's processes (a shared disk) cannot be looked at: believe that it lives.
  if (owner.host !== hostname()) return true;
  return isAlive(owner.processId) && owner.processStart === processStart(owner.processId);
}

/**
 * Boot id and start time in clock ticks since boot, as Linux tells; null elsewhere and for a process that is dead but not
 * yet reaped (a container's first process may never do it).
 */
function processStart(processId: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold blanks; the start time is field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : `${boot}/${fields[19] ?? ''}`;
  } catch {
    return null;
  }
}
