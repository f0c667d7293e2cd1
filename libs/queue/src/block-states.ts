import type { Redis } from 'ioredis';
import type { BlockState } from './interfaces.js';
import { BULLMQ_KEYS } from './keys.js';
import { Script } from './script.js';

/** Ids looked up by one script, so that a big question does not hold up the server. */
const IDS_PER_SCRIPT = 1_000;

/**
 * KEYS: wait, active, completed, failed. ARGV: prefix of job keys, then ids. The lists are read once per call rather than
 * searched once per id.
 */
const STATES = new Script(`
local place = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do place[id] = 'waiting' end
for _, id in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do place[id] = 'active' end
local states = {}
for i = 2, #ARGV do
  local id = ARGV[i]
  if place[id] then states[i - 1] = place[id]
  elseif redis.call('ZSCORE', KEYS[3], id) then states[i - 1] = 'completed'
  elseif redis.call('ZSCORE', KEYS[4], id) then states[i - 1] = 'failed'
  elseif redis.call('EXISTS', ARGV[1] .. id) == 1 then states[i - 1] = 'orphan'
  else states[i - 1] = 'absent' end
end
return states
`);

export async function readBlockStates(
  redis: Redis,
  jobIds: readonly string[],
): Promise<Map<string, BlockState>> {
  const states = new Map<string, BlockState>();
  for (let first = 0; first < jobIds.length; first += IDS_PER_SCRIPT) {
    const ids = jobIds.slice(first, first + IDS_PER_SCRIPT);
    const reply = await STATES.run(
      redis,
      [BULLMQ_KEYS.wait, BULLMQ_KEYS.active, BULLMQ_KEYS.completed, BULLMQ_KEYS.failed],
      [BULLMQ_KEYS.prefix, ...ids],
    );
    ids.forEach((id, index) => states.set(id, (reply as BlockState[])[index] ?? 'absent'));
  }
  return states;
}
