/** Whether a trainer is alive (else restart it) and ready (else it gets no work done): what probes ask. */
import type { Standstill } from './pulse.js';

export interface TrainerHealth {
  /** False when a loop stands still, which only a fresh process mends. An outage of Redis is no reason. */
  readonly live: boolean;
  /** Children run and Redis answered lately. */
  readonly ready: boolean;
  /** One sentence; null when live and ready. */
  readonly reason: string | null;
}

/** Before the children run and Redis has been reached once. */
export const STARTING: TrainerHealth = { live: true, ready: false, reason: 'the trainer is starting' };

export interface HealthFacts {
  readonly standstills: readonly Standstill[];
  readonly childrenAlive: number;
  /** Since a heartbeat last reached Redis. */
  readonly sinceHeartbeatMs: number;
  readonly heartbeatLateMs: number;
  readonly isDraining: boolean;
}

export function healthOf(facts: HealthFacts): TrainerHealth {
  const [stuck] = facts.standstills;
  // A stop takes seconds and has deadlines of its own; it must not be cut short for loops that end.
  if (facts.isDraining) return { live: true, ready: false, reason: 'the trainer is stopping' };
  // Before the loops are judged: in an outage they may rightly wait, and restarting all trainers would not end it.
  if (facts.sinceHeartbeatMs > facts.heartbeatLateMs) {
    return { live: true, ready: false, reason: 'Redis does not answer' };
  }
  if (stuck !== undefined) {
    const seconds = Math.round(stuck.silentMs / 1_000);
    return { live: false, ready: false, reason: `${stuck.activity} has not moved for ${seconds} s` };
  }
  if (facts.childrenAlive === 0) return { live: true, ready: false, reason: 'no training child is alive' };
  return { live: true, ready: true, reason: null };
}
