/** The heartbeat: what people see of this trainer, and what other trainers count for their fair share. */
import os from 'node:os';
import type { Packing, TrainerId, TrainerStatus } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import { PeriodicTask } from './periodic-task.js';
import type { ChildIdentity } from './protocol.js';
import type { Slot } from './slot.js';

const HEARTBEAT_INTERVAL_MS = 2_000;
/** Longer than an interval and a command that fails after 5 s are rare; then Redis counts as away. */
export const HEARTBEAT_LATE_MS = 3 * HEARTBEAT_INTERVAL_MS;
/** Four heartbeats may get lost before a trainer counts as gone. */
export const HEARTBEAT_EXPIRY_MS = 10_000;

export interface HeartbeatOptions {
  readonly store: SweepStore;
  readonly trainerId: TrainerId;
  readonly slots: readonly Slot[];
  readonly identity: ChildIdentity;
  readonly packing: Omit<Packing, 'peakBytes'>;
  readonly draining: AbortSignal;
  /** Called when a heartbeat has reached Redis. */
  readonly onArrived: () => void;
}

export function createHeartbeat(options: HeartbeatOptions): PeriodicTask {
  const startedAt = new Date().toISOString();
  return new PeriodicTask({
    intervalMs: HEARTBEAT_INTERVAL_MS,
    task: async () => {
      await options.store.heartbeat(statusOf(options, startedAt), HEARTBEAT_EXPIRY_MS);
      options.onArrived();
    },
    // The other tasks say that Redis is away; a missed heartbeat is made up for by the next.
    onError: () => undefined,
  });
}

function statusOf(options: HeartbeatOptions, startedAt: string): TrainerStatus {
  const { trainerId, slots, identity, packing, draining } = options;
  const peaks = slots.flatMap((slot) => slot.peakBytes ?? []);
  const packs = slots.map((slot) => slot.packSummary()).filter((summary) => summary !== null);
  return {
    trainerId,
    host: os.hostname(),
    processId: process.pid,
    children: slots.filter((slot) => slot.isAlive).length,
    numericsClass: identity.numericsClass,
    backend: identity.backend,
    state: draining.aborted ? 'draining' : packs.length > 0 ? 'training' : 'idle',
    packs,
    packing: { ...packing, peakBytes: peaks.length === 0 ? null : Math.max(...peaks) },
    startedAt,
    at: new Date().toISOString(),
  };
}
