import {
  KEYS,
  type PlannedRound,
  type PlannedStage,
  type SweepId,
  TerminalError,
  withRound,
  pruningFactsOf,
} from '@seedbed/contracts';
import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.js';
import {
  chunkField,
  headerField,
  isHeaderField,
  parseChunk,
  parsePlanHeader,
  type PlanHeader,
  planChunks,
  planHeader,
  type PlanPart,
} from './plan-chunks.js';
import type { Lease } from './interfaces.js';
import { FencedScript } from './lease.js';

/** Field with the header fields of stages and rounds, one a line, in the order in which they were planned. */
const ORDER_FIELD = '/order';

/** KEYS: plan. ARGV: field, text. */
const WRITE_CHUNK = new FencedScript(`return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])`);

/**
 * KEYS: plan. ARGV: header field, header, prefix of its chunks, order field. Makes a plan visible once all its chunks are there,
 * and drops what an earlier writer of the same part left behind.
 */
const PUBLISH = new FencedScript(`
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then
  return 'existing'
end
local order = redis.call('HGET', KEYS[1], ARGV[4])
redis.call('HSET', KEYS[1], ARGV[4], order and (order .. '\\n' .. ARGV[1]) or ARGV[1])
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, #ARGV[1] + 1) == ARGV[1] .. '/' and string.sub(field, 1, #ARGV[3]) ~= ARGV[3] then
    redis.call('HDEL', KEYS[1], field)
  end
end
return 'written'
`);

export function writePlannedStage(
  connection: Connection,
  lease: Lease | null,
  sweepId: SweepId,
  stage: PlannedStage,
): Promise<'written' | 'existing'> {
  return writePart(connection, lease, sweepId, stage);
}

/** A later round of a stage that has its first plan, and all rounds before this one. */
export function writePlannedRound(
  connection: Connection,
  lease: Lease | null,
  sweepId: SweepId,
  round: PlannedRound,
): Promise<'written' | 'existing'> {
  return writePart(connection, lease, sweepId, { ...round, kind: 'search' });
}

async function writePart(
  connection: Connection,
  lease: Lease | null,
  sweepId: SweepId,
  part: PlannedStage & PlanPart,
): Promise<'written' | 'existing'> {
  const key = KEYS.plan(sweepId);
  const name = headerField(part);
  const exists = await connection.run('look for a plan', (redis) => redis.hexists(key, name));
  if (exists === 1) return 'existing';
  const writing = randomUUID();
  let chunks = 0;
  for (const text of planChunks(part)) {
    const field = chunkField({ stage: part.stage, round: part.round, writing }, chunks);
    await connection.run('write a plan', (redis) => WRITE_CHUNK.run(redis, lease, [key], [field, text]));
    chunks += 1;
  }
  const header = JSON.stringify(planHeader(part, writing, chunks));
  const prefix = `${name}/${writing}/`;
  let sent = 0;
  const outcome = await connection.run('publish a plan', (redis) => {
    sent += 1;
    return PUBLISH.run(redis, lease, [key], [name, header, prefix, ORDER_FIELD]);
  });
  if (outcome === 'written') return 'written';
  // After a lost reply the second try finds the first one's header.
  const stored = sent > 1 ? await connection.run('read a plan', (redis) => redis.hget(key, name)) : null;
  return stored === header ? 'written' : 'existing';
}

/** Each stage with all its rounds in it. */
export async function readPlannedStages(connection: Connection, sweepId: SweepId): Promise<PlannedStage[]> {
  const key = KEYS.plan(sweepId);
  const order = await connection.run('read plans', (redis) => redis.hget(key, ORDER_FIELD));
  const stages = new Map<string, PlannedStage>();
  for (const name of (order ?? '').split('\n').filter((line) => line !== '' && isHeaderField(line))) {
    const { header, trials } = await readPart(connection, key, name);
    const { stage, round, kind } = header;
    const standing = stages.get(stage);
    if (round === undefined) stages.set(stage, { stage, kind, trials, ...pruningFactsOf(header) });
    else if (standing !== undefined) stages.set(stage, withRound(standing, { stage, round, trials }));
    else throw new TerminalError(`round ${round} of stage "${stage}" has no first plan before it`);
  }
  return [...stages.values()];
}

/** The trials of one stage's first plan, or of one round; null when it is not planned. */
export async function readPlannedPart(
  connection: Connection,
  sweepId: SweepId,
  part: PlanPart,
): Promise<PlannedStage['trials'] | null> {
  const key = KEYS.plan(sweepId);
  const name = headerField(part);
  const exists = await connection.run('look for a plan', (redis) => redis.hexists(key, name));
  return exists === 1 ? (await readPart(connection, key, name)).trials : null;
}

async function readPart(
  connection: Connection,
  key: string,
  name: string,
): Promise<{ readonly header: PlanHeader; readonly trials: PlannedStage['trials'] }> {
  const text = await connection.run('read a plan', (redis) => redis.hget(key, name));
  const header = parsePlanHeader(text ?? '');
  const trials: PlannedStage['trials'] = [];
  // One by one: parsing a chunk takes tens of milliseconds, and between two of them others get their turn.
  for (let index = 0; index < header.chunks; index += 1) {
    const chunk = await connection.run('read a plan', (redis) => redis.hget(key, chunkField(header, index)));
    for (const trial of parseChunk(header, index, chunk)) trials.push(trial);
  }
  return { header, trials };
}
