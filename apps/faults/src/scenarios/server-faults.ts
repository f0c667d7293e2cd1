/** Faults of the server, of the network to it, and of memory. */
import type { Scenario } from '../scenario.js';
import { aofTail } from './aof-tail.js';
import { badNetwork } from './bad-network.js';
import { cablePulled } from './cable-pulled.js';
import { childOutOfMemory } from './child-out-of-memory.js';
import { diskFull } from './disk-full.js';
import { lostReply } from './lost-reply.js';
import { longOutage, outage } from './outage.js';
import { partition } from './partition.js';
import { queueDamage } from './queue-damage.js';
import { redisKillAlways, redisKillEverysec } from './redis-kill.js';
import { sentinelFailover } from './sentinel-failover.js';
import { serverOutOfMemory } from './server-out-of-memory.js';

export const SERVER_FAULTS: readonly Scenario[] = [
  redisKillEverysec,
  redisKillAlways,
  aofTail,
  queueDamage,
  outage,
  longOutage,
  sentinelFailover,
  lostReply,
  badNetwork,
  partition,
  cablePulled,
  serverOutOfMemory,
  diskFull,
  childOutOfMemory,
];
