/** Says why a sweep does not move when the reason is that nobody can train it; and when that is over. */
import { isFinished, type SweepStatus } from '@seedbed/contracts';
import type { CoordinatorClient } from '../client/coordinator-client.js';

/** A trainer loads TensorFlow for 1 to 3 s; one that is not there after this needs a person, or an autoscaler. */
const LOOK_EVERY_MS = 5_000;

export interface TrainerHint {
  /** Call with every status. Never rejects: a hint that cannot be had must not end the watch. */
  check(status: SweepStatus, nowMs: number): Promise<void>;
}

export function createTrainerHint(
  client: Pick<CoordinatorClient, 'trainers'>,
  note: (line: string) => void,
): TrainerHint {
  let lookAtMs: number | null = null;
  let said: string | null = null;
  return {
    async check(status, nowMs) {
      lookAtMs ??= nowMs + LOOK_EVERY_MS;
      if (nowMs < lookAtMs) return;
      lookAtMs = nowMs + LOOK_EVERY_MS;
      const obstacle = await obstacleOf(client, status).catch(() => said);
      if (obstacle === said) return;
      note(obstacle ?? 'a trainer is there: the sweep goes on');
      said = obstacle;
    },
  };
}

/** Null when somebody can train the sweep, or nobody need. */
async function obstacleOf(
  client: Pick<CoordinatorClient, 'trainers'>,
  status: SweepStatus,
): Promise<string | null> {
  if (isFinished(status.state) || status.state === 'paused') return null;
  const { trainers } = await client.trainers();
  if (trainers.length === 0) {
    return 'no trainer is alive, so nothing is trained: start one (seedbed up, or seedbed trainer), or wait for the autoscaler';
  }
  const pinned = status.numericsClass;
  const classes = new Set(trainers.flatMap(({ numericsClass }) => numericsClass ?? []));
  if (pinned === null || classes.size === 0 || classes.has(pinned)) return null;
  return `the sweep is pinned to ${pinned}, and the trainers alive are ${[...classes].join(', ')}: start one of the sweep's class`;
}
