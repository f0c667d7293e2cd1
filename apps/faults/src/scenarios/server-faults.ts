/** Faults of the server and of the network to it. */
import type { Scenario } from '../scenario.js';
import { aofTail } from './aof-tail.js';
import { longOutage, outage } from './outage.js';
import { partition } from './partition.js';
import { redisKillAlways, redisKillEverysec } from './redis-kill.js';
import { serverOutOfMemory } from './server-out-of-memory.js';

export const SERVER_FAULTS: readonly Scenario[] = [
  redisKillEverysec,
  redisKillAlways,
  aofTail,
  outage,
  longOutage,
  partition,
  serverOutOfMemory,
];
