import { type Commit, type CommitOutcome, KEYS, LIMITS, TerminalError } from '@seedbed/contracts';
import type { Redis } from 'ioredis';
import { DIVERGENT_COMMITS_KEY } from './keys.js';
import type { Lease } from './interfaces.js';
import { FencedScript } from './lease.js';

/** Hints to look; a reader that lags further behind looks anyway. */
const STREAM_LENGTH = 10_000;
/** Divergent commits kept for inspection; one is already an alarm. */
const DIVERGENT_KEPT = 1_000;

/**
 * The one place where a result becomes the record. KEYS: run, sweep, stream, counters, divergent commits, live
 * curve. ARGV: numerics
 * class, digest, commit, run id, now, stream length, divergent kept, trainer.
 *
 * The sweep is pinned by the first commit that reaches it, also when the record was already there by another sweep: from
 * then on its answer rests on that class. A mixed sweep is not pinned: there the first result of any class stands, so that
 * a run has one result whoever else trains it.
 */
const COMMIT = new FencedScript(`
local function finish(outcome)
  redis.call('HINCRBY', KEYS[4], outcome, 1)
  return outcome
end
if redis.call('EXISTS', KEYS[2]) == 0 then return finish('unknown-sweep') end
local pinned = redis.call('HGET', KEYS[2], 'numericsClass')
if pinned and pinned ~= ARGV[1] then return finish('wrong-class') end
local mixed = redis.call('HEXISTS', KEYS[2], 'mixed') == 1
if not pinned and not mixed then redis.call('HSET', KEYS[2], 'numericsClass', ARGV[1]) end
local outcome = 'committed'
if mixed and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('EXISTS', KEYS[1]) == 1 then
  outcome = 'duplicate'
elseif redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[3]) == 0 then
  local record = cjson.decode(redis.call('HGET', KEYS[1], ARGV[1]))
  if record.digest == ARGV[2] then
    outcome = 'duplicate'
  else
    outcome = 'divergent'
    redis.call('LPUSH', KEYS[5], cjson.encode({
      runId = ARGV[4], numericsClass = ARGV[1], record = record.digest, offered = ARGV[2], trainerId = ARGV[8], at = ARGV[5]
    }))
    redis.call('LTRIM', KEYS[5], 0, tonumber(ARGV[7]) - 1)
  end
end
redis.call('DEL', KEYS[6])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'runId', ARGV[4], 'numericsClass', ARGV[1], 'outcome', outcome)
return finish(outcome)
`);

/** @throws TerminalError when the commit is larger than a record may be */
export function commitText(commit: Commit): string {
  const text = JSON.stringify(commit);
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.commitBytesMax) {
    throw new TerminalError(
      `the commit of run ${commit.runId} has ${bytes} bytes; a commit may have ${LIMITS.commitBytesMax} ` +
        '(evaluate less often)',
    );
  }
  return text;
}

/** @param lease of a conductor that offers a standing commit in a sweep's name; trainers need none */
export async function runCommitScript(
  redis: Redis,
  lease: Lease | null,
  commit: Commit,
  text: string,
): Promise<CommitOutcome> {
  const keys = [
    KEYS.run(commit.runId),
    KEYS.sweep(commit.sweepId),
    KEYS.commitStream,
    KEYS.commitCounters,
    DIVERGENT_COMMITS_KEY,
    KEYS.curve(commit.sweepId, commit.runId),
  ];
  return (await COMMIT.run(redis, lease, keys, [
    commit.numericsClass,
    commit.digest,
    text,
    commit.runId,
    new Date().toISOString(),
    STREAM_LENGTH,
    DIVERGENT_KEPT,
    commit.provenance.trainerId,
  ])) as CommitOutcome;
}
