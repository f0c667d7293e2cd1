/**
 * One server per data directory: two would write the same append-only file. The lock is a file that names the process; a
 * process that no longer exists (or whose id was given to another) holds nothing.
 */
import { TerminalError } from '@seedbed/contracts';
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const FILE_NAME = 'server.lock';

const holderSchema = z.object({
  /** The server's process id, or that of its starter while it is being started. */
  processId: z.int().min(1),
  /** When that process started, in clock ticks since boot; null where the system does not tell (not Linux). */
  processStart: z.string().nullable(),
});
type Holder = z.infer<typeof holderSchema>;

export class DirectoryLock {
  private constructor(private readonly path: string) {}

  /** @throws TerminalError when a live process holds the directory */
  static async take(directory: string): Promise<DirectoryLock> {
    const path = join(directory, FILE_NAME);
    const lock = new DirectoryLock(path);
    const mine = JSON.stringify(await holderOf(process.pid));
    for (;;) {
      try {
        await writeFile(path, mine, { flag: 'wx', mode: 0o600 });
        return lock;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      await removeStale(path, directory);
    }
  }

  /** Hands the lock to the server's process, so that it is held as long as the server lives. */
  async giveTo(processId: number): Promise<void> {
    const next = `${this.path}.${randomUUID()}`;
    await writeFile(next, JSON.stringify(await holderOf(processId)), { mode: 0o600 });
    await rename(next, this.path);
  }

  async release(): Promise<void> {
    await unlink(this.path).catch(() => undefined);
  }
}

async function removeStale(path: string, directory: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return;
  const parsed = holderSchema.safeParse(parseJson(text));
  if (parsed.success && (await isAlive(parsed.data))) {
    throw new TerminalError(
      `a server (process ${parsed.data.processId}) is already running on ${directory}: stop it, or use another directory`,
    );
  }
  // Moved aside first: if another starter replaced the file in between, its lock is put back.
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => undefined);
  const moved = await readFile(aside, 'utf8').catch(() => null);
  if (moved !== null && moved !== text) await link(aside, path).catch(() => undefined);
  await unlink(aside).catch(() => undefined);
}

async function holderOf(processId: number): Promise<Holder> {
  return { processId, processStart: await processStart(processId) };
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.processId, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const fields = await processFields(holder.processId);
  // Ended, but not yet waited for by its parent: it holds no file open.
  if (fields?.[0] === 'Z') return false;
  const start = fields?.[19] ?? null;
  return start === null || holder.processStart === null || start === holder.processStart;
}

async function processStart(processId: number): Promise<string | null> {
  return (await processFields(processId))?.[19] ?? null;
}

/**
 * Fields of /proc/<pid>/stat from the third (the state) on; the name before it may contain spaces, so count from its
 * closing parenthesis. Entry 19 is the start time.
 */
async function processFields(processId: number): Promise<string[] | null> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => null);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
