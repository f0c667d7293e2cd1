import type { Scenario } from '../scenario.js';
import { atNamedPoints } from './named-points.js';

/** Where a coordinator can be between two commands to the server, from the launch of a sweep to its end. */
const POINTS = [
  'before:create-a-sweep',
  'after:create-a-sweep',
  'before:hold-the-lease:8',
  'after:hold-the-lease:8',
  'before:look-for-a-plan',
  'before:write-a-plan',
  'after:write-a-plan',
  'before:publish-a-plan',
  'after:publish-a-plan',
  'before:add-blocks',
  'after:add-blocks',
  'before:read-block-states:2',
  'after:look-for-commits:4',
  'before:write-a-decision',
  'after:write-a-decision',
  'before:write-a-decision:2',
  'after:write-a-decision:2',
  'before:set-a-sweep-s-state',
  'after:set-a-sweep-s-state',
  'before:remove-blocks',
  'after:remove-blocks',
  'after:look-for-stalled-blocks:5',
] as const;

export const coordinatorKillNamed: Scenario = {
  name: 'coordinator-kill-named',
  summary: `SIGKILL of the coordinator at each of ${POINTS.length} named points between its commands`,
  kinds: POINTS,
  counts: { full: 3 * POINTS.length, test: 2 },
  faultsPerRound: POINTS.length,
  secondsPerFault: 5,
  independent: false,
  sweep: 'short',
  sweepPerFault: true,
  ...atNamedPoints({ points: POINTS, victim: ({ system }) => system.coordinator, recovery: 'lead' }),
};
