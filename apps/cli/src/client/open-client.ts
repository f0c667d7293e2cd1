import type { CliContext } from '../cli-context.js';
import { type CoordinatorClient, createCoordinatorClient } from './coordinator-client.js';
import { resolveConnection } from './connection.js';
import type { RequesterOptions } from './requester.js';

/** A client of the coordinator that the environment or `seedbed up` names. */
export function openClient(
  context: CliContext,
  options: Pick<RequesterOptions, 'patienceMs' | 'onAway'> = {},
): CoordinatorClient {
  resolveConnection(context.environment); // nothing known at all is said at once, not after patience
  return createCoordinatorClient({
    connection: () => resolveConnection(context.environment),
    signal: context.signal,
    ...options,
  });
}
