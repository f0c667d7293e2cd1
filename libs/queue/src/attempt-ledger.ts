/**
 * How often each block was started and why attempts at it ended: ours to count, because BullMQ counts every activation
 * alike, and a kill or a hand-back must never be held against a healthy block.
 *
 * The ledger is a hash per job: `starts`, one count per cause, `company` (crashes in company, nobody's fault yet),
 * `suspect`, and `open`: a nonce while the latest start has no end. A start that is still open when the block is claimed
 * again is an infrastructure loss. Dead letters are written by the same scripts as the counts that cause them.
 */
import { ATTEMPT_CAUSES, type AttemptCause, KEYS, LIMITS, type SweepId } from '@seedbed/contracts';
import type { Redis } from 'ioredis';
import { BULLMQ_KEYS } from './keys.js';
import { Script } from './script.js';

export type AttemptCounts = Partial<Record<AttemptCause | 'starts', number>>;

export type StartVerdict =
  { kind: 'started'; attempt: number; suspect: boolean } | { kind: 'dead' } | { kind: 'lost' };

/** A ledger goes when its block was not touched for so long: that of a cancelled block has nobody else to remove it. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1000;

/** KEYS: ledger, dead letters, lock. ARGV: job id, token, nonce, losses allowed, dead letter. */
const START = new Script(`
if redis.call('GET', KEYS[3]) ~= ARGV[2] then return {'lost'} end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return {'dead'} end
local open = redis.call('HGET', KEYS[1], 'open')
if open ~= ARGV[3] then
  if open then
    redis.call('HDEL', KEYS[1], 'open')
    local losses = redis.call('HINCRBY', KEYS[1], 'infrastructure', 1)
    if losses + tonumber(redis.call('HGET', KEYS[1], 'company') or '0') >= tonumber(ARGV[4]) then
      redis.call('HSET', KEYS[2], ARGV[1], ARGV[5])
      return {'dead'}
    end
  end
  redis.call('HINCRBY', KEYS[1], 'starts', 1)
  redis.call('HSET', KEYS[1], 'open', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ${KEPT_MS})
end
return {'started', redis.call('HGET', KEYS[1], 'starts'), redis.call('HGET', KEYS[1], 'suspect') or '0'}
`);

/**
 * KEYS: ledger, dead letters, lock. ARGV: job id, token, attempt, cause, crashed ('alone', 'company' or ''), losses
 * allowed, errors allowed, dead letter. Counts an attempt's end once, however often it is called.
 */
const END = new Script(`
if redis.call('GET', KEYS[3]) ~= ARGV[2] then return 'lost' end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 'dead' end
local current = redis.call('HGET', KEYS[1], 'starts') == ARGV[3]
if not current or redis.call('HDEL', KEYS[1], 'open') == 0 then return 'waiting' end
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'suspect', '1') end
if ARGV[5] == 'company' then
  redis.call('HINCRBY', KEYS[1], 'company', 1)
else
  redis.call('HINCRBY', KEYS[1], ARGV[4], 1)
end
local function count(field) return tonumber(redis.call('HGET', KEYS[1], field) or '0') end
if count('infrastructure') + count('company') >= tonumber(ARGV[6])
   or count('error') + count('poison') >= tonumber(ARGV[7]) then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[8])
  return 'dead'
end
return 'waiting'
`);

export interface LedgerEntry {
  readonly jobId: string;
  readonly sweepId: SweepId;
  readonly token: string;
}

function keysOf(entry: LedgerEntry): string[] {
  return [KEYS.attempts(entry.jobId), KEYS.deadLetters(entry.sweepId), BULLMQ_KEYS.lock(entry.jobId)];
}

/**
 * @param nonce unique to this claim, so that sending it twice counts once
 * @param deadLetter JSON of the dead letter to write when the block was lost too often
 */
export async function recordStart(
  redis: Redis,
  entry: LedgerEntry,
  nonce: string,
  deadLetter: string,
): Promise<StartVerdict> {
  const reply = await START.run(redis, keysOf(entry), [
    entry.jobId,
    entry.token,
    nonce,
    LIMITS.lossesPerBlockMax,
    deadLetter,
  ]);
  const [kind, starts, suspect] = reply as [string, string?, string?];
  if (kind === 'started') return { kind, attempt: Number(starts), suspect: suspect === '1' };
  return { kind: kind === 'dead' ? 'dead' : 'lost' };
}

export interface AttemptEnd {
  readonly attempt: number;
  readonly cause: AttemptCause;
  /** For errors and crashes: whether the block was trained alone; null for every other end. */
  readonly crashed: 'alone' | 'company' | null;
  readonly deadLetter: string;
}

export async function recordEnd(
  redis: Redis,
  entry: LedgerEntry,
  end: AttemptEnd,
): Promise<'waiting' | 'dead' | 'lost'> {
  const reply = await END.run(redis, keysOf(entry), [
    entry.jobId,
    entry.token,
    end.attempt,
    end.cause,
    end.crashed ?? '',
    LIMITS.lossesPerBlockMax,
    LIMITS.errorsPerBlockMax,
    end.deadLetter,
  ]);
  return reply as 'waiting' | 'dead' | 'lost';
}

/** A completed block is cleared of suspicion; its counts stay until its record is forgotten. */
export async function recordCompletion(redis: Redis, jobId: string): Promise<void> {
  await redis.hdel(KEYS.attempts(jobId), 'open', 'suspect');
}

export function attemptCountsOf(fields: Record<string, string>): AttemptCounts {
  const counts: AttemptCounts = {};
  for (const name of ['starts', ...ATTEMPT_CAUSES] as const) {
    const value = fields[name];
    if (value !== undefined) counts[name] = Number(value);
  }
  return counts;
}
