/** All scenarios, in the order in which a campaign plays them. */
import type { Scenario } from '../scenario.js';
import { coordinatorKillNamed } from './coordinator-kill-named.js';
import { coordinatorKillRandom } from './coordinator-kill-random.js';
import { coordinatorStop } from './coordinator-stop.js';
import { poison } from './poison.js';
import { SERVER_FAULTS } from './server-faults.js';
import { trainerKill } from './trainer-kill.js';
import { trainerKillAll } from './trainer-kill-all.js';
import { trainerKillDefaults } from './trainer-kill-defaults.js';
import { trainerKillNamed } from './trainer-kill-named.js';
import { trainerStop } from './trainer-stop.js';
import { trainerTerm } from './trainer-term.js';

export const SCENARIOS: readonly Scenario[] = [
  trainerKill,
  trainerKillDefaults,
  trainerKillAll,
  trainerStop,
  trainerTerm,
  trainerKillNamed,
  coordinatorKillNamed,
  coordinatorKillRandom,
  coordinatorStop,
  ...SERVER_FAULTS,
  poison,
];
