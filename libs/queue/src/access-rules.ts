/**
 * What each of Seedbed's users may do on the server: one user per role, by keys first and commands second.
 *
 * BullMQ works by scripts, and every command within a script is checked against the user who sent it; no list of the
 * commands that it needs is published. So a role gets whole categories on few keys, less what reaches beyond its keys or
 * changes the server. The rules are those of Redis 6.2 and understood by every later Redis and Valkey.
 */
import { KEYS, type RunId, type SweepId, type TrainerId } from '@seedbed/contracts';
import { createHash } from 'node:crypto';
import { BULLMQ_KEYS, DIVERGENT_COMMITS_KEY } from './keys.js';

export const SERVER_ROLES = ['coordinator', 'trainer', 'scaler'] as const;
export type ServerRole = (typeof SERVER_ROLES)[number];

export interface ServerUser {
  readonly role: ServerRole;
  readonly password: string;
}

/** Of these KEYS every sweep, run, … */
const ANY = {
  sweep: KEYS.sweep('*' as SweepId),
  run: KEYS.run('*' as RunId),
  attempts: KEYS.attempts('*'),
  deadLetters: KEYS.deadLetters('*' as SweepId),
  trainer: KEYS.trainer('*' as TrainerId),
  progress: KEYS.progress('*' as SweepId),
  curve: KEYS.curve('*' as SweepId, '*' as RunId),
} as const;

const KEY_PATTERNS: Record<ServerRole, readonly string[]> = {
  coordinator: [`${BULLMQ_KEYS.prefix}*`, 'seedbed:*'],
  // Neither plans nor decisions, the list of sweeps or the lease: those are the coordinator's alone. The record of a sweep
  // is among them because the first commit pins its numerics class.
  trainer: [
    `${BULLMQ_KEYS.prefix}*`,
    ANY.sweep,
    ANY.run,
    KEYS.commitStream,
    KEYS.commitCounters,
    DIVERGENT_COMMITS_KEY,
    ANY.attempts,
    ANY.deadLetters,
    ANY.trainer,
    KEYS.trainers,
    ANY.progress,
    ANY.curve,
  ],
  // How much is waiting and how much is being trained.
  scaler: [BULLMQ_KEYS.wait, BULLMQ_KEYS.prioritized, BULLMQ_KEYS.active],
};

/**
 * `-@scripting` takes back what `+@write` grants of FUNCTION (loading and deleting code); `-@dangerous` takes FLUSHALL,
 * KEYS, SORT, RESTORE and what looks at other clients; SCAN, RANDOMKEY and DBSIZE tell of foreign keys. INFO is how a
 * client finds out that the server is ready.
 */
const WORKING_COMMANDS =
  '-@all +@read +@write +@connection +@blocking -@scripting -@dangerous -scan -randomkey -dbsize ' +
  '+eval +evalsha +script|load +script|exists +info';

const COMMANDS: Record<ServerRole, string> = {
  coordinator: WORKING_COMMANDS,
  trainer: WORKING_COMMANDS,
  // A scaler such as KEDA asks for a key's type and length, within a script that can do nothing else.
  scaler:
    '-@all +hello +auth +ping +select +client|setname +info +eval +evalsha +type +llen +zcard +scard +hlen +xlen',
};

/**
 * The rules of a role as words for ACL SETUSER or for a line of users.acl, without the password: `~bull:blocks:* … +info`.
 */
export function accessRules(role: ServerRole): string {
  const keys = KEY_PATTERNS[role].map((pattern) => `~${pattern}`);
  return ['resetkeys', ...keys, 'resetchannels', COMMANDS[role]].join(' ');
}

/**
 * One line of users.acl, or of a server's configuration: the user has the name of its role, and the password is there as
 * its SHA-256 only.
 */
export function accessLine({ role, password }: ServerUser): string {
  const digest = createHash('sha256').update(password).digest('hex');
  return `user ${role} on #${digest} ${accessRules(role)}`;
}

/**
 * The line that leaves nobody who has no role; without it a server's `default` user may do everything.
 *
 * Nobody can log in as a user that is off. Its rights must stay all the same: a server that reads its append-only file acts as
 * this user (Redis 7.0), and drops, with a line in its log, every transaction that the user may not run; and what scripts
 * write are transactions. Without rights a restart would lose nearly everything.
 */
export const NO_DEFAULT_USER = 'user default off resetpass ~* &* +@all';
