/** Claiming past blocks that another version of Seedbed must train, while a fleet is being upgraded. */
import type { OtherVersionError } from '@seedbed/contracts';
import type { Redis } from 'ioredis';
import type { ClaimedBlock } from './interfaces.js';
import { BULLMQ_KEYS } from './keys.js';
import { Script } from './script.js';

export type Claim =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'claimed'; readonly block: ClaimedBlock }
  | { readonly kind: 'other-version'; readonly jobId: string; readonly error: OtherVersionError };

/** The queue holds a few packs: past so many blocks of another version there is hardly one of ours, so pause instead. */
const PASSED_ON_MAX = 20;

/**
 * @param next takes the next block
 * @param passOn puts a block of another version back, at the end of the queue, so that those behind it are reached
 * @throws OtherVersionError when nothing but blocks of another version was met
 */
export async function claimReadable(
  next: () => Promise<Claim>,
  passOn: (jobId: string) => Promise<void>,
): Promise<ClaimedBlock | null> {
  const passed = new Set<string>();
  for (;;) {
    const claim = await next();
    if (claim.kind === 'claimed') return claim.block;
    if (claim.kind === 'nothing') return null;
    await passOn(claim.jobId);
    // The first one again: we have been around the whole queue.
    if (passed.has(claim.jobId) || passed.size >= PASSED_ON_MAX) throw claim.error;
    passed.add(claim.jobId);
  }
}

/** KEYS: wait. ARGV: job id. Claimed again meanwhile, it is not there, and stays with whoever has it. */
const TO_THE_BACK = new Script(`
if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 1 then redis.call('LPUSH', KEYS[1], ARGV[1]) end
return 1
`);

/** BullMQ takes from the right of the list and puts what comes back there too. */
export async function sendToTheBack(redis: Redis, jobId: string): Promise<void> {
  await TO_THE_BACK.run(redis, [BULLMQ_KEYS.wait], [jobId]);
}
