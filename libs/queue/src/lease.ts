import { KEYS } from '@seedbed/contracts';
import type { Redis } from 'ioredis';
import { Script } from './script.js';

/** KEYS: lease, epoch. ARGV: owner, duration in ms. The lease's value is `<epoch> <owner>`. */
const HOLD = new Script(`
local held = redis.call('GET', KEYS[1])
if held then
  local epoch, owner = string.match(held, '^(%d+) (.*)$')
  if owner ~= ARGV[1] then return false end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return tonumber(epoch)
end
local epoch = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], epoch .. ' ' .. ARGV[1], 'PX', ARGV[2])
return epoch
`);

/** KEYS: lease. ARGV: owner. */
const RELEASE = new Script(`
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^%d+ (.*)$') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`);

export async function holdLease(
  redis: Redis,
  owner: string,
  durationMs: number,
): Promise<{ epoch: number } | null> {
  const epoch = await HOLD.run(redis, [KEYS.coordinatorLease, KEYS.coordinatorEpoch], [owner, durationMs]);
  return epoch === null ? null : { epoch: Number(epoch) };
}

export async function releaseLease(redis: Redis, owner: string): Promise<void> {
  await RELEASE.run(redis, [KEYS.coordinatorLease], [owner]);
}
