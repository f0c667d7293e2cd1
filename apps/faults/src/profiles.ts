/** How long runs and locks are. `fast` gets many faults into an hour; `real` is what people have. */
import { QUEUE_DEFAULTS } from '@seedbed/queue';

export const PROFILE_NAMES = ['fast', 'real'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

export interface Profile {
  readonly name: ProfileName;
  readonly lockDurationMs: number;
  readonly stalledCheckMs: number;
  readonly reconcileMs: number;
  readonly hangDeadlineMs: number;
  /** Least and most time that a made-up child takes for a run; null for real training. */
  readonly runMs: readonly [number, number] | null;
  /** Runs that a trainer takes at once. */
  readonly packRunsMax: number | null;
  /** Pause between faults, least and most. */
  readonly gapMs: readonly [number, number];
}

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  fast: {
    name: 'fast',
    lockDurationMs: 1_500,
    stalledCheckMs: 300,
    reconcileMs: 400,
    hangDeadlineMs: 3_000,
    runMs: [50, 300],
    packRunsMax: 10,
    gapMs: [50, 500],
  },
  real: {
    name: 'real',
    lockDurationMs: QUEUE_DEFAULTS.lockDurationMs,
    stalledCheckMs: QUEUE_DEFAULTS.stalledCheckIntervalMs,
    reconcileMs: 2_000,
    hangDeadlineMs: 60_000,
    runMs: null,
    packRunsMax: null,
    gapMs: [500, 4_000],
  },
};
