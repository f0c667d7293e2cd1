/** Which of our families an error of ioredis or of the server belongs to. */
import { coerceError, InputError, RetryableError, TerminalError } from '@seedbed/contracts';
import { LEASE_LOST_REPLY, LeaseLostError } from './lease-lost-error.js';

const LOST_CONNECTION =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENOENT|Connection is closed|Command timed out|Stream isn't writeable/;

/** The connection broke, or there is none: whether the command took effect is not known. */
export function isConnectionLoss(error: Error): boolean {
  if (error.name === 'MaxRetriesPerRequestError' || error.name === 'AbortError') return true;
  return LOST_CONNECTION.test(error.message);
}

/** The server was demoted; nothing of the command has happened. Older servers say it as an error of the script. */
export function isReadOnly(error: Error): boolean {
  return /^READONLY|\bREADONLY You can't write/.test(error.message);
}

/** Replies that mean "not now", each with what a person can do. */
const TRANSIENT_REPLIES: readonly (readonly [RegExp, string])[] = [
  [/MISCONF/, 'the server cannot write to its disk (full, or failing) and refuses writes until it can'],
  [/\bOOM\b/, 'the server has reached its memory limit (maxmemory) and refuses writes'],
  [/READONLY/, 'the server is a read-only replica; a failover may be under way'],
  [
    /LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|\bBUSY\b|NOREPLICAS|max number of clients/,
    'the server is not ready',
  ],
];

/** Within a script Redis says it as an error of the script. */
const REFUSED_ACCESS =
  /NOAUTH|WRONGPASS|NOPERM|invalid password|AUTH failed|user executing the script can't|ACL failure in script/i;

/**
 * @param where the server as `host:port`
 * @param what the operation that failed
 * @param thrown what ioredis threw; it carries the command's arguments (an AUTH's password among them), so it is never
 *   passed on as a cause
 */
export function translateRedisError(where: string, what: string, thrown: unknown): Error {
  if (thrown instanceof RetryableError || thrown instanceof TerminalError || thrown instanceof InputError) {
    return thrown;
  }
  const error = coerceError(thrown);
  if (error.message.includes(LEASE_LOST_REPLY)) return new LeaseLostError(LEASE_LOST_REPLY);
  if (isConnectionLoss(error)) {
    return new RetryableError(`Redis at ${where} is away (${what}): ${error.message}`);
  }
  const transient = TRANSIENT_REPLIES.find(([pattern]) => pattern.test(error.message));
  if (transient !== undefined) {
    return new RetryableError(`Redis at ${where} refused "${what}": ${transient[1]} (${error.message})`);
  }
  if (REFUSED_ACCESS.test(error.message)) {
    return new TerminalError(`Redis at ${where} refused access for "${what}": ${error.message}`);
  }
  return new TerminalError(`Redis at ${where} failed "${what}": ${error.message}`);
}
