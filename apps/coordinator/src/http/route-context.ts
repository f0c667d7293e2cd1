import type { SweepId } from '@seedbed/contracts';
import type { BlockQueue, SweepRecord, SweepStore } from '@seedbed/queue';
import type { CheckpointShelf } from '../checkpoints/checkpoint-shelf.js';
import type { SweepCounts } from '../conductor/conductor.js';
import type { DataShelf } from '../data-sets/data-shelf.js';
import type { SweepFeeds } from '../events/sweep-feeds.js';
import type { Site } from './dashboard-site.js';
import { HttpError } from './problem.js';
import type { Sessions } from './session.js';

/** What the routes work with. */
export interface RouteContext {
  readonly store: SweepStore;
  readonly queue: BlockQueue;
  readonly dataSets: DataShelf;
  /** What happens to sweeps, for those who watch. */
  readonly feeds: SweepFeeds;
  /** Null where none are kept. */
  readonly checkpoints: CheckpointShelf | null;
  /** The dashboard; null where it has not been built. */
  readonly site: Site | null;
  /** Of browsers; null where no token is asked for. */
  readonly sessions: Sessions | null;
  /** Version of the server as found at the start; null when it could not be told. */
  readonly redisVersion: string | null;
  /** Whether this coordinator conducts. */
  isLeading(): boolean;
  /** Runs that running sweeps still need; null while this coordinator cannot tell. */
  openRuns(): number | null;
  /** What running sweeps are made of; null while this coordinator cannot tell. */
  runCounts(): SweepCounts | null;
  /** Since a round over all sweeps last began or ended. */
  conductingStandstillMs(): number;
  /** Whether the conductor's loop moves; false when only a fresh process helps. */
  isMoving(): boolean;
  /** Has the conductor look at a sweep soon. */
  nudge(sweepId: SweepId): void;
}

/** @throws HttpError 404 */
export async function requireSweep(store: SweepStore, sweepId: SweepId): Promise<SweepRecord> {
  const record = await store.getSweep(sweepId);
  if (record === null) throw noSuchSweep(sweepId);
  return record;
}

export function noSuchSweep(sweepId: SweepId): HttpError {
  return new HttpError(404, 'No such sweep', `There is no sweep "${sweepId}"; GET /v1/sweeps lists them.`);
}
