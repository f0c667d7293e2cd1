import { KEYS } from '@seedbed/contracts';
import { ErrorCode } from 'bullmq';
import type { Redis } from 'ioredis';
import type { ClaimedBlock } from './interfaces.js';
import { BULLMQ_KEYS } from './keys.js';
import { Script } from './script.js';

/**
 * KEYS: lock, active, stalled, ledger. ARGV: job id, token, attempt, duration in ms.
 *
 * After an outage or a suspended process longer than the lock, the block is usually still in the active list and nobody
 * else's: taking the lock again saves the work done so far. Once the stalled check has put it back to wait, it is lost.
 */
const REVIVE = new Script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[2] then return 0 end
if not holder then
  if redis.call('HGET', KEYS[4], 'starts') ~= ARGV[3] or redis.call('HEXISTS', KEYS[4], 'open') == 0 then return 0 end
  if not redis.call('LPOS', KEYS[2], ARGV[1]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4])
redis.call('SREM', KEYS[3], ARGV[1])
return 1
`);

/** Takes an expired lock again when nobody else has the block; whether it is ours now. */
export async function reviveLock(redis: Redis, block: ClaimedBlock, durationMs: number): Promise<boolean> {
  const keys = [
    BULLMQ_KEYS.lock(block.jobId),
    BULLMQ_KEYS.active,
    BULLMQ_KEYS.stalled,
    KEYS.attempts(block.jobId),
  ];
  return (await REVIVE.run(redis, keys, [block.jobId, block.token, block.attempt, durationMs])) === 1;
}

/**
 * Whether BullMQ made the move; false when it refused because the job is no longer ours: gone, not locked, not active, or
 * locked by another.
 */
export async function moved(move: Promise<unknown>): Promise<boolean> {
  try {
    await move;
    return true;
  } catch (error) {
    if (isLockLost(error)) return false;
    throw error;
  }
}

const LOCK_LOST: readonly unknown[] = [
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobNotInState,
  ErrorCode.JobLockMismatch,
];

function isLockLost(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && LOCK_LOST.includes(error.code);
}
