/** What a system must not leave behind: locks, active entries, processes, temporary files. */
import { readdirSync, readFileSync } from 'node:fs';
import { redisCommand } from './redis-command.js';
import type { System } from './system.js';
import { until } from './until.js';

const SCAN_COUNT = '1000';
const QUEUE_LISTS = ['active', 'wait', 'stalled'] as const;

/** Waits until the queue of a system without work is empty. @returns what is left of it when the time is over */
export async function settledQueueResidue(system: System, deadlineMs: number): Promise<string[]> {
  let found: string[] = [];
  await until('the queue is empty', deadlineMs, async () => {
    found = await queueResidue(system.server.url);
    return found.length === 0 ? true : null;
  }).catch((error: unknown) => {
    if (found.length === 0) found = [String(error)];
  });
  return found;
}

async function queueResidue(url: string): Promise<string[]> {
  const found: string[] = [];
  for (const list of QUEUE_LISTS) {
    const key = `bull:blocks:${list}`;
    const type = await redisCommand(url, 'TYPE', key);
    const count = type === 'list' ? 'LLEN' : type === 'set' ? 'SCARD' : null;
    const entries = count === null ? 0 : await redisCommand(url, count, key);
    if (entries !== 0) found.push(`${String(entries)} entries in ${key}`);
  }
  for (const key of await keysLike(url, 'bull:blocks:*:lock')) found.push(`lock ${key}`);
  return found;
}

async function keysLike(url: string, pattern: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const reply = await redisCommand(url, 'SCAN', cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT);
    const [next, page] = reply as [string, string[]];
    keys.push(...page);
    cursor = next;
  } while (cursor !== '0');
  return keys;
}

/** Of a system whose processes have been told to end. */
export async function processResidue(system: System, deadlineMs: number): Promise<string[]> {
  let left: string[] = [];
  await until('all processes are gone', deadlineMs, async () => {
    left = processesOf(system.temporaryDirectory);
    return left.length === 0 ? true : null;
  }).catch(() => undefined);
  const files = readdirSync(system.temporaryDirectory, { recursive: true }).map(
    (name) => `file ${String(name)}`,
  );
  const serverFiles = readdirSync(system.server.directory, { recursive: true })
    .map(String)
    .filter((name) => /(^|\/)temp-/.test(name));
  return [...left, ...files, ...serverFiles.map((name) => `file ${name} of the server`)];
}

/** Ids of all processes that were started with this text in their environment; a child inherits its parent's. */
export function processesOf(mark: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/environ`, 'utf8').includes(mark);
      } catch {
        return false;
      }
    })
    .map((name) => `process ${name}`);
}
