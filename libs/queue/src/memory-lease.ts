import type { Lease } from './interfaces.js';
import { LEASE_LOST_REPLY, LeaseLostError } from './lease-lost-error.js';

/** The coordinator's lease in memory: what lease.ts does on a server. */
export class MemoryLease {
  #held: (Lease & { readonly expiresAt: number }) | null = null;
  #epoch = 0;

  constructor(private readonly now: () => number) {}

  hold(owner: string, durationMs: number): { epoch: number } | null {
    const now = this.now();
    const held = this.#held !== null && this.#held.expiresAt > now ? this.#held : null;
    if (held !== null && held.owner !== owner) return null;
    const epoch = held?.epoch ?? (this.#epoch += 1);
    this.#held = { owner, epoch, expiresAt: now + durationMs };
    return { epoch };
  }

  release(owner: string): void {
    if (this.#held?.owner === owner) this.#held = null;
  }

  /** @throws LeaseLostError when another than its holder has led since */
  check(lease: Lease | null): void {
    if (lease !== null && this.#epoch > lease.epoch) throw new LeaseLostError(LEASE_LOST_REPLY);
  }
}
