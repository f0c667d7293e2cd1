import { RetryableError } from '@seedbed/contracts';

/** How the server says it, from within a script. */
export const LEASE_LOST_REPLY = 'FENCED another coordinator leads';

/** A conductor's write was refused, and did nothing: another one leads by now. Start anew by asking for the lease. */
export class LeaseLostError extends RetryableError {
  override readonly name = 'LeaseLostError';
}
