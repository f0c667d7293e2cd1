import type { CoordinatorClient } from './coordinator-client.js';

/**
 * Where a browser finds the dashboard, signed in. A code stands behind the `#`, which browsers send to nobody and servers do not log;
 * it is good once, for 15 minutes.
 *
 * @param url of the coordinator
 */
export async function dashboardLink(
  url: string,
  client: Pick<CoordinatorClient, 'signInCode'>,
): Promise<string> {
  return `${url}/#code=${encodeURIComponent(await client.signInCode())}`;
}
