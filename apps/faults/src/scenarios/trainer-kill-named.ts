import type { Scenario } from '../scenario.js';
import { atNamedPoints } from './named-points.js';

/** Where a supervisor can be between two commands to the server while it has a block in its hands. */
const POINTS = [
  'before:claim-a-block',
  'after:claim-a-block',
  'before:record-a-start',
  'after:record-a-start',
  'before:renew-locks',
  'after:renew-locks',
  'before:commit-a-result',
  'after:commit-a-result',
  'before:commit-a-result:5',
  'after:commit-a-result:5',
  'before:complete-a-block',
  'after:complete-a-block',
  'before:clear-suspicion',
  'after:clear-suspicion',
] as const;

export const trainerKillNamed: Scenario = {
  name: 'trainer-kill-named',
  summary: `SIGKILL of a supervisor at each of ${POINTS.length} named points between its commands`,
  kinds: POINTS,
  counts: { full: 3 * POINTS.length, test: 1 },
  faultsPerRound: POINTS.length,
  secondsPerFault: 5,
  independent: false,
  sweep: 'short',
  sweepPerFault: true,
  // Alone, it meets every block, and its end stops everything.
  system: { trainers: 1 },
  ...atNamedPoints({ points: POINTS, victim: ({ system }) => system.trainers[0]!, recovery: 'claim' }),
};
