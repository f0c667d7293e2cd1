/** Keys that only this library touches, and BullMQ's names for its own. Everything else is in KEYS of @seedbed/contracts. */
import { QUEUE_NAME, type SweepId } from '@seedbed/contracts';
import { QueueKeys } from 'bullmq';

const bullmq = new QueueKeys();

export const BULLMQ_KEYS = {
  prefix: bullmq.toKey(QUEUE_NAME, ''),
  wait: bullmq.toKey(QUEUE_NAME, 'wait'),
  active: bullmq.toKey(QUEUE_NAME, 'active'),
  completed: bullmq.toKey(QUEUE_NAME, 'completed'),
  failed: bullmq.toKey(QUEUE_NAME, 'failed'),
  prioritized: bullmq.toKey(QUEUE_NAME, 'prioritized'),
  stalled: bullmq.toKey(QUEUE_NAME, 'stalled'),
  /** Sorted set with one member while work may be waiting; trainers block on it. */
  marker: bullmq.toKey(QUEUE_NAME, 'marker'),
  job: (jobId: string) => bullmq.toKey(QUEUE_NAME, jobId),
  lock: (jobId: string) => `${bullmq.toKey(QUEUE_NAME, jobId)}:lock`,
} as const;

/** List of refused commits whose digest differed from the record's: what to look at when determinism is broken. */
export const DIVERGENT_COMMITS_KEY = 'seedbed:divergent-commits';

/** Dead letters of a job id that names no sweep (written by something that is not ours). */
export const FOREIGN_DEAD_LETTERS = 'foreign' as SweepId;
