/**
 * What an output directory remembers of its reproduction, so that an interrupted one carries on. Results are not in
 * here: they are commits in the server's data. This file says which sweep they belong to, and whether it is done.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '@seedbed/contracts';
import { z } from 'zod';
import { fileError, isTemporaryName, writeFileAtomically } from '../output/atomic-file.js';

const recordSchema = z.object({
  schemaVersion: z.literal(1),
  /** Makes the idempotency key: the same reproduction finds its sweep again, a new one never finds an old one's. */
  key: z.string().min(8),
  part: z.string(),
  startedAt: z.iso.datetime(),
  /** Seconds of earlier starts, so that the total is right after an interruption. */
  secondsBefore: z.number().min(0),
  finishedAt: z.iso.datetime().nullable(),
});
export type ReproductionRecord = z.infer<typeof recordSchema>;

export interface OpenRecord {
  readonly record: ReproductionRecord;
  /** `carried-on`: an unfinished one was there. `replaced`: a finished one was there and its state is gone. */
  readonly origin: 'new' | 'carried-on' | 'replaced';
}

export function stateDirectoryOf(output: string): string {
  return join(output, 'state');
}

function recordPath(output: string): string {
  return join(stateDirectoryOf(output), 'reproduction.json');
}

export function readRecord(output: string): ReproductionRecord | null {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordPath(output), 'utf8')));
  } catch {
    return null; // absent or not ours: there is nothing to carry on
  }
}

/** Carries on with an unfinished record, or starts anew in an empty state directory. The caller holds the lock. */
export async function openRecord(output: string, part: string): Promise<OpenRecord> {
  const found = readRecord(output);
  if (found !== null && found.finishedAt === null) return { record: found, origin: 'carried-on' };
  await wipeState(output);
  const record: ReproductionRecord = {
    schemaVersion: 1,
    key: randomUUID(),
    part,
    startedAt: new Date().toISOString(),
    secondsBefore: 0,
    finishedAt: null,
  };
  await writeRecord(output, record);
  return { record, origin: found === null ? 'new' : 'replaced' };
}

export async function writeRecord(output: string, record: ReproductionRecord): Promise<void> {
  await writeFileAtomically(recordPath(output), `${JSON.stringify(record, null, 2)}\n`);
}

/** Removes the state of a reproduction that did not begin. A failure only leaves an empty one to carry on with. */
export async function discardState(output: string): Promise<void> {
  await rm(stateDirectoryOf(output), { recursive: true, force: true }).catch(() => undefined);
}

/**
 * Empties the state directory, the record last: killed half-way, the next start still knows that it is ours to empty.
 *
 * @throws InputError when there is a directory of that name that no reproduction made
 */
async function wipeState(output: string): Promise<void> {
  const directory = stateDirectoryOf(output);
  const record = basename(recordPath(output));
  const names = await readdir(directory).catch((): string[] => []);
  if (names.length > 0 && !names.includes(record) && !names.every(isTemporaryName)) {
    const message = `${directory} exists and is not a reproduction's: choose another directory`;
    throw new InputError([{ path: '--output', message }]);
  }
  try {
    for (const name of [...names.filter((each) => each !== record), record]) {
      await rm(join(directory, name), { recursive: true, force: true });
    }
  } catch (thrown: unknown) {
    throw fileError(directory, thrown);
  }
}
