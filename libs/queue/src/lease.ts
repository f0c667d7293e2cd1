/**
 * Who leads. Every new lease has a higher epoch; a conductor's writes carry theirs and are refused, inside the very script that
 * would write, once another holds or has held a later one. So a conductor that was suspended over the end of its lease does no
 * harm when it comes back, however late its commands arrive.
 */
import { KEYS } from '@seedbed/contracts';
import type { Redis } from 'ioredis';
import type { Lease } from './interfaces.js';
import { LEASE_LOST_REPLY } from './lease-lost-error.js';
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

/**
 * Takes its own off the end of KEYS and ARGV. The epoch alone would do, but for a server that was restored from an older state,
 * where an epoch can be given out twice: then the holder's name differs.
 */
const FENCE = `
local epochKey, leaseKey, lease = table.remove(KEYS), table.remove(KEYS), table.remove(ARGV)
local held, last = redis.call('GET', leaseKey), redis.call('GET', epochKey)
if (held and held ~= lease) or (last and tonumber(last) > tonumber(string.match(lease, '^%d+'))) then
  return redis.error_reply('${LEASE_LOST_REPLY}')
end
`;

/** A script that a leading conductor sends under its lease, and others, who need none, without. */
export class FencedScript {
  readonly #plain: Script;
  readonly #fenced: Script;

  constructor(source: string) {
    this.#plain = new Script(source);
    this.#fenced = new Script(`${FENCE}${source}`);
  }

  /** @throws (as an error reply) when another conductor leads, and then nothing was written */
  run(
    redis: Redis,
    lease: Lease | null,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (lease === null) return this.#plain.run(redis, keys, args);
    return this.#fenced.run(
      redis,
      [...keys, KEYS.coordinatorLease, KEYS.coordinatorEpoch],
      [...args, `${lease.epoch} ${lease.owner}`],
    );
  }
}

const NOTHING = new FencedScript('return 1');

/** @throws (as an error reply) when another conductor leads */
export async function checkLease(redis: Redis, lease: Lease): Promise<void> {
  await NOTHING.run(redis, lease, [], []);
}

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
