/** How states and moments are written, the same on every page. */
import type { SweepStatus } from '@seedbed/contracts';

export const STATE_COLOURS: Readonly<Record<SweepStatus['state'], string>> = {
  running: 'blue',
  paused: 'yellow',
  completed: 'green',
  incomplete: 'orange',
  failed: 'red',
  cancelled: 'gray',
};

export function localTime(iso: string | null): string {
  return iso === null ? '–' : new Date(iso).toLocaleString();
}

/** Steps done of all planned, 0 … 1. */
export function shareDone(status: Pick<SweepStatus, 'stages'>): number {
  const planned = status.stages.reduce((sum, { stepsPlanned }) => sum + stepsPlanned, 0);
  const done = status.stages.reduce((sum, { stepsDone }) => sum + stepsDone, 0);
  return planned === 0 ? 0 : Math.min(1, done / planned);
}
