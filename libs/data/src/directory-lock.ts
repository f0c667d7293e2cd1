/**
 * A lock across processes, so that two that need the data at once make one download. It saves work and is not what
 * keeps files whole: they are checked and renamed into place, so the rare case of two owners (a process stopped for
 * longer than HEARTBEAT_LOST_MS) costs a second download and nothing else.
 *
 * The lock is a file that names its owner and that the owner touches every HEARTBEAT_MS. It is taken over when the
 * owner's process on this host is gone, or when it was not touched for HEARTBEAT_LOST_MS (owner on another host).
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from './storage-error.js';

const HEARTBEAT_MS = 2_000;
/** Fifteen heartbeats: long enough for a machine under load and for the clocks of a shared file system. */
const HEARTBEAT_LOST_MS = 30_000;
/** How often a waiting process looks again; a download takes seconds at least. */
const LOOK_AGAIN_MS = 200;

interface LockOwner {
  readonly token: string;
  readonly processId: number;
  readonly host: string;
}

/** Runs the action while no other process runs one under the same lock file. */
export async function withLock<T>(
  path: string,
  options: { readonly signal: AbortSignal; readonly onWait: (message: string) => void },
  action: () => Promise<T>,
): Promise<T> {
  const owner: LockOwner = { token: randomUUID(), processId: process.pid, host: hostname() };
  await acquire(path, owner, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined); // taken over meanwhile: harmless, see above
  }, HEARTBEAT_MS);
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    if ((await readOwner(path))?.token === owner.token) await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  owner: LockOwner,
  options: { readonly signal: AbortSignal; readonly onWait: (message: string) => void },
): Promise<void> {
  let told = false;
  for (;;) {
    options.signal.throwIfAborted();
    if (await create(path, owner)) return;
    const current = await readOwner(path);
    if (await isLost(path, current)) {
      await removeLost(path, current);
      continue;
    }
    if (!told)
      options.onWait(`another process (${current?.processId ?? 'unknown'}) is fetching; waiting for it`);
    told = true;
    await delay(LOOK_AGAIN_MS, undefined, { signal: options.signal });
  }
}

async function create(path: string, owner: LockOwner): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** undefined when there is no lock, or its owner has not finished writing it. */
async function readOwner(path: string): Promise<LockOwner | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LockOwner;
  } catch {
    return undefined;
  }
}

async function isLost(path: string, owner: LockOwner | undefined): Promise<boolean> {
  if (owner !== undefined && owner.host === hostname() && !isAlive(owner.processId)) return true;
  const touchedMs = await stat(path).then(
    (found) => found.mtimeMs,
    () => Date.now(),
  );
  return Date.now() - touchedMs > HEARTBEAT_LOST_MS;
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM'; // there, but another user's
  }
}

/** Only one of several waiting processes can rename the lost lock away; the others find it gone and try again. */
async function removeLost(path: string, judged: LockOwner | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  // Between judging and renaming another process may have taken over: then this is its lock, and it goes back.
  const taken = await readOwner(aside);
  if (taken?.token !== judged?.token) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}
