// A lock between processes that survives its owner's death.
// The lock is a file that names its owner: process id, the time at which that process started (ids are reused), and the
// host (a cache may lie on a shared disk, or in a volume that several containers mount). An owner on this host is
// dead when no such process exists; one elsewhere, when it has not touched the file for a while.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from './failure.mjs';
import { undoOnExit } from './processes.mjs';

/** How often a waiting process looks again. */
const LOOK_AGAIN_MS = 200;
/** How often an owner shows that it lives. */
const TOUCH_EVERY_MS = 5_000;
/** An owner on another host that is silent for this long is dead: twelve touches missed. */
const SILENT_OWNER_MS = 60_000;
/** A takeover is two system calls long; one older than this was itself cut off. */
const TAKEOVER_MS = 10_000;

/**
 * @typedef {{pid: number, startedAt: string, host: string}} Owner
 */

/**
 * Waits until the lock is ours.
 * @param {string} path
 * @param {(owner: Owner) => void} [onWait] called once if another process has it
 * @returns {Promise<() => void>} release
 */
export async function acquireLock(path, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = { pid: process.pid, startedAt: processStart(process.pid) ?? '', host: hostname() };
  let told = false;
  for (;;) {
    if (createExclusively(path, mine)) return hold(path);
    const owner = readOwner(path);
    if (owner && !isAlive(owner, path)) {
      takeOver(path, owner, mine);
      continue;
    }
    if (owner && !told) {
      told = true;
      onWait?.(owner);
    }
    await delay(LOOK_AGAIN_MS);
  }
}

/**
 * @param {string} path
 * @returns {() => void}
 */
function hold(path) {
  const timer = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // Someone removed the cache; the work under way will say so.
    }
  }, TOUCH_EVERY_MS);
  timer.unref();
  const remove = () => rmSync(path, { force: true });
  const moot = undoOnExit(remove);
  return () => {
    clearInterval(timer);
    moot();
    remove();
  };
}

/**
 * @param {string} path
 * @param {Owner} owner
 * @returns {boolean} false when the file exists
 */
function createExclusively(path, owner) {
  try {
    writeFileSync(path, JSON.stringify(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * @param {string} path
 * @returns {Owner | undefined} undefined when it has just been released, or is being written
 */
function readOwner(path) {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > 0) return JSON.parse(text);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  // Empty or cut off: its writer is between two system calls, or died there.
  return ageMs(path) > TAKEOVER_MS ? { pid: 0, startedAt: '', host: hostname() } : undefined;
}

/**
 * @param {Owner} owner
 * @param {string} path
 */
function isAlive(owner, path) {
  if (owner.host !== hostname()) return ageMs(path) < SILENT_OWNER_MS;
  if (owner.pid <= 0) return false;
  const startedAt = processStart(owner.pid);
  return startedAt !== undefined && startedAt === owner.startedAt;
}

/**
 * Removes a dead owner's lock. Guarded by a second file, because between "it is dead" and "remove it" another process
 * may have taken over, and its lock would be removed.
 * @param {string} path
 * @param {Owner} dead
 * @param {Owner} mine
 */
function takeOver(path, dead, mine) {
  const guard = `${path}.takeover`;
  if (!createExclusively(guard, mine)) {
    if (ageMs(guard) > TAKEOVER_MS) rmSync(guard, { force: true });
    return;
  }
  try {
    const owner = readOwner(path);
    if (owner && owner.pid === dead.pid && owner.startedAt === dead.startedAt) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * When a process started, in whatever form the system gives: equal for the same process, different for another with
 * the same id.
 * @param {number} pid
 * @returns {string | undefined} undefined when there is no such process
 */
export function processStart(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return undefined;
  }
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    }
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold blanks; start time is field 22.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : `${boot}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
