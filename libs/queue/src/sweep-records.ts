import {
  isFinished,
  KEYS,
  numericsClassSchema,
  type SweepExtension,
  sweepExtensionSchema,
  sweepIdSchema,
  type SweepId,
  type SweepState,
  sweepSpecSchema,
  sweepStateSchema,
  TerminalError,
} from '@seedbed/contracts';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Lease, SweepExtending, SweepRecord, SweepStateChange } from './interfaces.js';
import { FencedScript } from './lease.js';
import { Script } from './script.js';
import { parseStored } from './stored-json.js';

/** How often a sweep has been extended. */
export function revisionOf({ extensions }: Pick<SweepRecord, 'extensions'>): number {
  return extensions?.length ?? 0;
}

/** KEYS: sweep, index. ARGV: id, created at (ms), then fields and values. */
const CREATE = new Script(`
if redis.call('EXISTS', KEYS[1]) == 1 then return 'existing' end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 'created'
`);

/** KEYS: sweep. ARGV: numerics class. */
const PIN = new Script(`
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSETNX', KEYS[1], 'numericsClass', ARGV[1]) end
return 1
`);

/**
 * KEYS: sweep. ARGV: new state, reason (JSON), finished at (JSON), revision or nothing, then the states it may come from.
 */
const SET_STATE = new FencedScript(`
local state = redis.call('HGET', KEYS[1], 'state')
if ARGV[4] ~= '' and (redis.call('HGET', KEYS[1], 'revision') or '0') ~= ARGV[4] then return 0 end
for i = 5, #ARGV do
  if state == ARGV[i] then
    redis.call('HSET', KEYS[1], 'state', ARGV[1], 'reason', ARGV[2], 'finishedAt', ARGV[3])
    return 1
  end
end
return 0
`);

/**
 * KEYS: sweep. ARGV: revision that is extended, the new one, spec, extensions, then the states it may come from. A finished
 * sweep runs again.
 */
const EXTEND = new Script(`
if (redis.call('HGET', KEYS[1], 'revision') or '0') ~= ARGV[1] then return 0 end
local state = redis.call('HGET', KEYS[1], 'state')
for i = 5, #ARGV do
  if state == ARGV[i] then
    redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'spec', ARGV[3], 'extensions', ARGV[4])
    if state ~= 'running' and state ~= 'paused' then
      redis.call('HSET', KEYS[1], 'state', 'running', 'reason', 'null', 'finishedAt', 'null')
    end
    return 1
  end
end
return 0
`);

const extensionsSchema = z.array(sweepExtensionSchema);

const rowSchema = z.object({
  sweepId: sweepIdSchema,
  spec: z.string(),
  state: sweepStateSchema,
  reason: z.string(),
  createdAt: z.string(),
  finishedAt: z.string(),
  numericsClass: numericsClassSchema.nullable(),
  extensions: z.string().optional(),
});
const nullableText = z.string().nullable();

/** A record's identity is compared when a lost reply makes us ask twice: who created it. */
export async function createSweep(
  redis: Redis,
  record: Omit<SweepRecord, 'numericsClass'> & Partial<Pick<SweepRecord, 'numericsClass'>>,
): Promise<'created' | 'existing'> {
  const fields = {
    sweepId: record.sweepId,
    spec: JSON.stringify(record.spec),
    state: record.state,
    reason: JSON.stringify(record.reason),
    createdAt: record.createdAt,
    finishedAt: JSON.stringify(record.finishedAt),
    ...(record.numericsClass == null ? {} : { numericsClass: record.numericsClass }),
    ...(record.extensions === undefined
      ? {}
      : { revision: String(record.extensions.length), extensions: JSON.stringify(record.extensions) }),
    // For the script of commits, which does not read the file.
    ...(record.spec.mixed === true ? { mixed: '1' } : {}),
  };
  const reply = await CREATE.run(
    redis,
    [KEYS.sweep(record.sweepId), KEYS.sweeps],
    [record.sweepId, Date.parse(record.createdAt), ...Object.entries(fields).flat()],
  );
  return reply as 'created' | 'existing';
}

/**
 * Creates a sweep as it was; one that is there stays as it is and is only pinned, if it is not.
 *
 * @returns the record that was there, null when there was none
 */
export async function restoreSweep(redis: Redis, record: SweepRecord): Promise<SweepRecord | null> {
  if ((await createSweep(redis, record)) === 'created') return null;
  if (record.numericsClass !== null) {
    await PIN.run(redis, [KEYS.sweep(record.sweepId)], [record.numericsClass]);
  }
  return (await readSweeps(redis, [record.sweepId]))[0] ?? null;
}

/** Records in the order of the ids; null where there is none. */
export async function readSweeps(redis: Redis, ids: readonly SweepId[]): Promise<(SweepRecord | null)[]> {
  return Promise.all(
    ids.map(async (sweepId) => {
      const fields = await redis.hgetall(KEYS.sweep(sweepId));
      return Object.keys(fields).length === 0 ? null : parseRecord(sweepId, fields);
    }),
  );
}

export async function newestSweepIds(redis: Redis, offset: number, limit: number): Promise<SweepId[]> {
  if (limit <= 0) return [];
  const ids = await redis.zrevrange(KEYS.sweeps, offset, offset + limit - 1);
  return ids.map((id) => sweepIdSchema.parse(id));
}

export async function setSweepState(
  redis: Redis,
  lease: Lease | null,
  sweepId: SweepId,
  change: SweepStateChange,
): Promise<boolean> {
  const finishedAt = isFinished(change.to) ? new Date().toISOString() : null;
  const { to, reason, revision, from } = change;
  const args = [to, JSON.stringify(reason), JSON.stringify(finishedAt), revision ?? '', ...from];
  return (await SET_STATE.run(redis, lease, [KEYS.sweep(sweepId)], args)) === 1;
}

/** @param extensions those of before and the new one */
export async function extendSweep(
  redis: Redis,
  sweepId: SweepId,
  { spec, revision, from }: SweepExtending,
  extensions: readonly SweepExtension[],
): Promise<boolean> {
  const args = [
    String(revision),
    String(revision + 1),
    JSON.stringify(spec),
    JSON.stringify(extensions),
    ...from,
  ];
  return (await EXTEND.run(redis, [KEYS.sweep(sweepId)], args)) === 1;
}

export async function readSweepStates(
  redis: Redis,
  ids: readonly SweepId[],
): Promise<Map<SweepId, SweepState>> {
  const states = await Promise.all(ids.map((id) => redis.hget(KEYS.sweep(id), 'state')));
  const known = new Map<SweepId, SweepState>();
  ids.forEach((id, index) => {
    const state = states[index];
    if (state != null) known.set(id, sweepStateSchema.parse(state));
  });
  return known;
}

function parseRecord(sweepId: SweepId, fields: Record<string, string>): SweepRecord {
  const what = `the record of sweep "${sweepId}"`;
  const row = rowSchema.safeParse({ ...fields, numericsClass: fields['numericsClass'] ?? null });
  if (!row.success) throw new TerminalError(`${what} cannot be read: ${z.prettifyError(row.error)}`);
  return {
    sweepId: row.data.sweepId,
    spec: parseStored(sweepSpecSchema, row.data.spec, what),
    state: row.data.state,
    reason: parseStored(nullableText, row.data.reason, what),
    createdAt: row.data.createdAt,
    finishedAt: parseStored(nullableText, row.data.finishedAt, what),
    numericsClass: row.data.numericsClass,
    ...(row.data.extensions === undefined
      ? {}
      : { extensions: parseStored(extensionsSchema, row.data.extensions, what) }),
  };
}
