import { KEYS, type PlannedStage, type SweepId } from '@seedbed/contracts';
import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.js';
import {
  chunkField,
  isHeaderField,
  parseChunk,
  parsePlanHeader,
  planChunks,
  planHeader,
} from './plan-chunks.js';
import type { Lease } from './interfaces.js';
import { FencedScript } from './lease.js';

/** Field with the names of the planned stages, one a line, in the order in which they were planned. */
const ORDER_FIELD = '/order';

/** KEYS: plan. ARGV: field, text. */
const WRITE_CHUNK = new FencedScript(`return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])`);

/**
 * KEYS: plan. ARGV: stage, header, prefix of its chunks, order field. Makes a plan visible once all its chunks are there,
 * and drops what an earlier writer of the same stage left behind.
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

export async function writePlannedStage(
  connection: Connection,
  lease: Lease | null,
  sweepId: SweepId,
  stage: PlannedStage,
): Promise<'written' | 'existing'> {
  const key = KEYS.plan(sweepId);
  const exists = await connection.run('look for a plan', (redis) => redis.hexists(key, stage.stage));
  if (exists === 1) return 'existing';
  const writing = randomUUID();
  let chunks = 0;
  for (const text of planChunks(stage)) {
    const field = chunkField({ stage: stage.stage, writing }, chunks);
    await connection.run('write a plan', (redis) => WRITE_CHUNK.run(redis, lease, [key], [field, text]));
    chunks += 1;
  }
  const header = JSON.stringify(planHeader(stage, writing, chunks));
  const prefix = `${stage.stage}/${writing}/`;
  let sent = 0;
  const outcome = await connection.run('publish a plan', (redis) => {
    sent += 1;
    return PUBLISH.run(redis, lease, [key], [stage.stage, header, prefix, ORDER_FIELD]);
  });
  if (outcome === 'written') return 'written';
  // After a lost reply the second try finds the first one's header.
  const stored =
    sent > 1 ? await connection.run('read a plan', (redis) => redis.hget(key, stage.stage)) : null;
  return stored === header ? 'written' : 'existing';
}

export async function readPlannedStages(connection: Connection, sweepId: SweepId): Promise<PlannedStage[]> {
  const key = KEYS.plan(sweepId);
  const order = await connection.run('read plans', (redis) => redis.hget(key, ORDER_FIELD));
  const stages: PlannedStage[] = [];
  for (const name of (order ?? '').split('\n').filter((line) => line !== '' && isHeaderField(line))) {
    stages.push(await readStage(connection, key, name));
  }
  return stages;
}

/** One stage; null when it is not planned. */
export async function readPlannedStage(
  connection: Connection,
  sweepId: SweepId,
  stage: string,
): Promise<PlannedStage | null> {
  const key = KEYS.plan(sweepId);
  const exists = await connection.run('look for a plan', (redis) => redis.hexists(key, stage));
  return exists === 1 ? readStage(connection, key, stage) : null;
}

async function readStage(connection: Connection, key: string, name: string): Promise<PlannedStage> {
  const text = await connection.run('read a plan', (redis) => redis.hget(key, name));
  const header = parsePlanHeader(text ?? '');
  const trials: PlannedStage['trials'] = [];
  // One by one: parsing a chunk takes tens of milliseconds, and between two of them others get their turn.
  for (let index = 0; index < header.chunks; index += 1) {
    const chunk = await connection.run('read a plan', (redis) => redis.hget(key, chunkField(header, index)));
    for (const trial of parseChunk(header, index, chunk)) trials.push(trial);
  }
  return { stage: header.stage, kind: header.kind, trials };
}
