/** The environment of a trainer process, parsed once at its edge. */
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import {
  fingerprintSchema,
  InputError,
  LIMITS,
  parseJoin,
  type TrainerId,
  trainerIdSchema,
} from '@seedbed/contracts';
import { QUEUE_DEFAULTS } from '@seedbed/queue';
import { pinnedFetch } from '@seedbed/queue/tls';
import { defaultChildren } from './available-cores.js';
import { CHECKPOINT_INTERVAL_MS } from './checkpoint-cadence.js';
import type { CheckpointStoreAccess } from './checkpoint-store.js';
import type { CoordinatorAccess } from './data-preparation.js';
import { type ListenAddress, parseListenAddress } from './listen-address.js';
import { PACK_MEMBERS_MAX } from './protocol.js';
import { HANG_DEADLINE_MS } from './child-forking.js';

/** More processes than any machine has cores is a mistake in a number. */
const CHILDREN_MAX = 1_024;

/** Loading TensorFlow takes more than this; less is a number in another unit. */
const CHILD_MEMORY_BYTES_LEAST = 100_000_000;

/** An unreachable coordinator must not hold up the next source of the data. */
const CONNECT_TIMEOUT_MS = 8_000;

const wholeNumber = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const listenAddress = z.string().transform((text, context) => {
  const address = parseListenAddress(text);
  if (address !== null) return address;
  context.addIssue({ code: 'custom', message: 'an address such as 127.0.0.1:7334 or [::1]:7334' });
  return z.NEVER;
});

const environmentSchema = z.object({
  REDIS_URL: z
    .string()
    .regex(
      /^(rediss?(\+sentinel)?|unix):\/\//,
      'a URL that starts with redis://, rediss://, redis+sentinel://, rediss+sentinel:// or unix://',
    ),
  SEEDBED_URL: z
    .string()
    .regex(/^https?:\/\//, 'a URL that starts with http:// or https://')
    .refine((url) => URL.canParse(url), 'a whole URL, e.g. http://coordinator:7333')
    .optional(),
  SEEDBED_CHECKPOINT_URL: z
    .string()
    .regex(/^https?:\/\//, 'a URL that starts with http:// or https://')
    .refine((url) => URL.canParse(url), 'a whole URL, e.g. http://coordinator:7333')
    .optional(),
  SEEDBED_CHECKPOINT_INTERVAL_MS: wholeNumber(0, 86_400_000).default(CHECKPOINT_INTERVAL_MS),
  SEEDBED_TOKEN: z.string().optional(),
  SEEDBED_FINGERPRINT: fingerprintSchema.optional(),
  SEEDBED_TRAINER_ID: trainerIdSchema.optional(),
  SEEDBED_CHILDREN: wholeNumber(1, CHILDREN_MAX).optional(),
  SEEDBED_CHILD_MEMORY_BYTES: wholeNumber(CHILD_MEMORY_BYTES_LEAST, Number.MAX_SAFE_INTEGER).optional(),
  SEEDBED_PACK_RUNS_MAX: wholeNumber(1, PACK_MEMBERS_MAX).optional(),
  SEEDBED_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  SEEDBED_LOCK_DURATION_MS: wholeNumber(100, 600_000).default(QUEUE_DEFAULTS.lockDurationMs),
  SEEDBED_HANG_DEADLINE_MS: wholeNumber(100, 86_400_000).default(HANG_DEADLINE_MS),
  SEEDBED_HEALTH_LISTEN: listenAddress.optional(),
  SEEDBED_METRICS_LISTEN: listenAddress.optional(),
  SEEDBED_CHILD_PATH: z.string().min(1).default(join(__dirname, 'child.js')),
});

export interface TrainerConfiguration {
  readonly redisUrl: string;
  /** Where data sets are fetched; null for the cache and the public sources only. */
  readonly coordinator: CoordinatorAccess | null;
  /** Where states of long runs are kept; null for nowhere. */
  readonly checkpointAccess: CheckpointStoreAccess | null;
  readonly checkpointIntervalMs: number;
  readonly trainerId: TrainerId;
  readonly children: number;
  /** Null: measured. */
  readonly packRunsMax: number | null;
  /** Null: by what it trains. */
  readonly childMemoryBytes: number | null;
  readonly logLevel: string;
  readonly lockDurationMs: number;
  readonly hangDeadlineMs: number;
  readonly childPath: string;
  /** Where probes are answered; null for nowhere. */
  readonly healthListen: ListenAddress | null;
  /** Where `/metrics` is served; null for nowhere. */
  readonly metricsListen: ListenAddress | null;
}

/** @throws InputError that names each variable and what would be right; never repeats REDIS_URL, which may hold a password */
export function readConfiguration(environment: NodeJS.ProcessEnv): TrainerConfiguration {
  // An empty variable is how a shell or a container says "not set".
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  // A join word says where everything is; a URL of one's own says it better.
  if (given['SEEDBED_JOIN'] !== undefined) {
    const join = parseJoin(given['SEEDBED_JOIN']);
    given['REDIS_URL'] ??= join.redisUrl;
    if (given['SEEDBED_URL'] === undefined) {
      given['SEEDBED_URL'] = join.url;
      given['SEEDBED_TOKEN'] = join.token;
      if (join.fingerprint !== null) given['SEEDBED_FINGERPRINT'] = join.fingerprint;
    }
  }
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    throw new InputError(
      parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    );
  }
  const values = parsed.data;
  const fingerprint = values.SEEDBED_FINGERPRINT;
  const accessTo = (url: string) => ({
    url,
    token: values.SEEDBED_TOKEN ?? null,
    ...(fingerprint === undefined ? {} : { fetch: pinnedFetch(fingerprint, CONNECT_TIMEOUT_MS) }),
  });
  const checkpointUrl = values.SEEDBED_CHECKPOINT_URL ?? values.SEEDBED_URL;
  return {
    redisUrl: values.REDIS_URL,
    coordinator: values.SEEDBED_URL === undefined ? null : accessTo(values.SEEDBED_URL),
    checkpointAccess:
      checkpointUrl === undefined || values.SEEDBED_CHECKPOINT_INTERVAL_MS === 0
        ? null
        : accessTo(checkpointUrl),
    checkpointIntervalMs: values.SEEDBED_CHECKPOINT_INTERVAL_MS,
    trainerId: values.SEEDBED_TRAINER_ID ?? defaultTrainerId(os.hostname(), process.pid),
    children: values.SEEDBED_CHILDREN ?? defaultChildren(),
    packRunsMax: values.SEEDBED_PACK_RUNS_MAX ?? null,
    childMemoryBytes: values.SEEDBED_CHILD_MEMORY_BYTES ?? null,
    logLevel: values.SEEDBED_LOG_LEVEL,
    lockDurationMs: values.SEEDBED_LOCK_DURATION_MS,
    hangDeadlineMs: values.SEEDBED_HANG_DEADLINE_MS,
    childPath: values.SEEDBED_CHILD_PATH,
    healthListen: values.SEEDBED_HEALTH_LISTEN ?? null,
    metricsListen: values.SEEDBED_METRICS_LISTEN ?? null,
  };
}

/** `<host>-<pid>-<random>`: readable, and unlike any other even where every container's pid is 1. */
export function defaultTrainerId(host: string, processId: number): TrainerId {
  const suffix = `${processId}-${randomBytes(3).toString('hex')}`;
  const room = LIMITS.nameLengthMax - suffix.length - 1;
  const readable = host
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, room)
    .replace(/^-+|-+$/g, '');
  return trainerIdSchema.parse(`${readable || 'trainer'}-${suffix}`);
}
