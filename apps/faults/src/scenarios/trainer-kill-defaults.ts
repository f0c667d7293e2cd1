import { QUEUE_DEFAULTS } from '@seedbed/queue';
import type { Scenario } from '../scenario.js';
import { quantile } from '../verdict.js';
import { killTrainer, trainerKill } from './trainer-kill.js';

/** What people wait for at most after a trainer is gone, at the settings that nobody changed. */
const RECOVERY_MEDIAN_MS_MAX = 8_000;
const RECOVERY_MS_MAX = 15_000;
/** Fewer have no median worth the name. */
const MEASURED_LEAST = 10;
const KINDS = ['kill-supervisor', 'kill-supervisor-and-child'] as const;

/** A child's end alone is noticed at once, so it is left out: it would only flatter the median. */
export const trainerKillDefaults: Scenario = {
  ...trainerKill,
  name: 'trainer-kill-defaults',
  summary: `SIGKILL of trainers at the default settings; their blocks start again after ${RECOVERY_MEDIAN_MS_MAX / 1_000} s (median), ${RECOVERY_MS_MAX / 1_000} s at most`,
  kinds: KINDS,
  counts: { full: 60, test: 1 },
  faultsPerRound: 10,
  secondsPerFault: 5,
  timing: {
    lockDurationMs: QUEUE_DEFAULTS.lockDurationMs,
    stalledCheckMs: QUEUE_DEFAULTS.stalledCheckIntervalMs,
    runMs: [300, 900],
    gapMs: [1_500, 4_000],
  },
  inject: (context) => killTrainer(context, KINDS),
  demand({ recoveryMs }) {
    const median = quantile(recoveryMs, 0.5) ?? 0;
    const most = quantile(recoveryMs, 1) ?? 0;
    return [
      ...(recoveryMs.length >= MEASURED_LEAST && median > RECOVERY_MEDIAN_MS_MAX
        ? [`blocks start again after ${Math.round(median)} ms (median)`]
        : []),
      ...(most > RECOVERY_MS_MAX ? [`a block started again only after ${Math.round(most)} ms`] : []),
    ];
  },
};
