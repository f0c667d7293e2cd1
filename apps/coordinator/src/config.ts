/** The process's configuration: environment variables, parsed once at the edge. */
import { InputError, type InputProblem, LIMITS } from '@seedbed/contracts';
import { QUEUE_DEFAULTS } from '@seedbed/queue';
import { z } from 'zod';
import type { Tokens } from './http/roles.js';
import { type ListenAddress, isLoopback, parseListenAddress } from './listen-address.js';

/** Short secrets can be guessed over a network; 16 characters of base64 are 96 bits. */
const TOKEN_LENGTH_MIN = 16;
/** A thousand runs of 50 hidden units, with room beside the data set on a volume of 2 GB. */
export const CHECKPOINT_BYTES_DEFAULT = 1_000_000_000;
/** Reading the longest append-only file takes minutes; whoever waits for an hour waits for a person. */
const START_PATIENCE_MS_MAX = 3_600_000;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export interface CoordinatorConfig {
  readonly redisUrl: string;
  readonly listen: ListenAddress;
  readonly tokens: Tokens;
  /** Where `/metrics` is served without a token; null for nowhere but the API. */
  readonly metricsListen: ListenAddress | null;
  /** PEM files for HTTPS; null for plain HTTP. */
  readonly tlsFiles: { readonly certificate: string; readonly key: string } | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly reconcileIntervalMs: number;
  readonly lockDurationMs: number;
  readonly stalledCheckIntervalMs: number;
  /** How long to wait at the start for a Redis that cannot be reached; 0 says so at once. */
  readonly startPatienceMs: number;
  /** Dangers of the server that are accepted. */
  readonly acceptDataLoss: string;
  /** Where states of long runs are kept; null for nowhere. */
  readonly checkpoints: { readonly directory: string; readonly bytesMax: number } | null;
}

const milliseconds = (byDefault: number) =>
  z.coerce
    .number({ error: 'is no number; use milliseconds between 50 and 600000' })
    .int('is no whole number of milliseconds')
    .min(50, 'is too small; use milliseconds between 50 and 600000')
    .max(600_000, 'is too large; use milliseconds between 50 and 600000')
    .default(byDefault);

const token = z
  .string()
  .regex(
    /^[\x21-\x7e]*$/,
    'has characters that an HTTP header cannot carry; use printable ASCII without spaces',
  )
  .min(
    TOKEN_LENGTH_MIN,
    `is shorter than ${TOKEN_LENGTH_MIN} characters; make one with: openssl rand -hex 32`,
  )
  .optional();

const environmentSchema = z.object({
  REDIS_URL: z
    .string({ error: 'is not set; set it to a server, e.g. redis://127.0.0.1:6379' })
    .regex(/^(?:rediss?(?:\+sentinel)?|unix):\/\/./, 'is no Redis URL; use e.g. redis://127.0.0.1:6379'),
  SEEDBED_LISTEN: z.string().default('127.0.0.1:7333'),
  SEEDBED_TOKEN: token,
  SEEDBED_TRAINER_TOKEN: token,
  SEEDBED_OBSERVER_TOKEN: token,
  SEEDBED_METRICS_LISTEN: z.string().optional(),
  SEEDBED_TLS_CERTIFICATE: z.string().optional(),
  SEEDBED_TLS_KEY: z.string().optional(),
  SEEDBED_CHECKPOINT_DIR: z.string().optional(),
  SEEDBED_CHECKPOINT_BYTES_MAX: z.coerce
    .number({ error: 'is no number; use bytes, e.g. 1000000000' })
    .int('is no whole number of bytes')
    .min(LIMITS.checkpointBytesMax, `is less than one checkpoint; use at least ${LIMITS.checkpointBytesMax}`)
    .default(CHECKPOINT_BYTES_DEFAULT),
  SEEDBED_LOG_LEVEL: z
    .enum(LOG_LEVELS, { error: `is no log level; use one of ${LOG_LEVELS.join(', ')}` })
    .default('info'),
  SEEDBED_RECONCILE_MS: milliseconds(2_000),
  SEEDBED_LOCK_MS: milliseconds(QUEUE_DEFAULTS.lockDurationMs),
  SEEDBED_STALLED_CHECK_MS: milliseconds(QUEUE_DEFAULTS.stalledCheckIntervalMs),
  SEEDBED_ACCEPT_DATA_LOSS: z.string().default(''),
  SEEDBED_START_PATIENCE_MS: z.coerce
    .number({ error: 'is no number; use milliseconds' })
    .int('is no whole number of milliseconds')
    .min(0, 'is negative; use milliseconds, 0 for none')
    .max(START_PATIENCE_MS_MAX, `is longer than an hour; use at most ${START_PATIENCE_MS_MAX}`)
    .default(0),
});

/** Values that may hold a secret are never repeated in a message. */
const SECRET_VARIABLES: ReadonlySet<string> = new Set([
  'REDIS_URL',
  'SEEDBED_TOKEN',
  'SEEDBED_TRAINER_TOKEN',
  'SEEDBED_OBSERVER_TOKEN',
]);

/**
 * @param environment e.g. `process.env`; an empty string counts as not set, as container tools write it
 * @throws InputError naming every wrong variable, its value (secrets apart) and what would be right
 */
export function parseConfig(environment: NodeJS.ProcessEnv): CoordinatorConfig {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(present);
  if (!parsed.success) {
    throw new InputError(parsed.error.issues.map((issue) => problemOf(issue, environment)));
  }
  const values = parsed.data;
  const listen = addressOf('SEEDBED_LISTEN', values.SEEDBED_LISTEN);
  const metrics = values.SEEDBED_METRICS_LISTEN;
  if (!isLoopback(listen.host) && values.SEEDBED_TOKEN === undefined) {
    throw new InputError([
      {
        path: 'SEEDBED_TOKEN',
        message: `is not set, but SEEDBED_LISTEN "${values.SEEDBED_LISTEN}" can be reached from other machines; set a token (openssl rand -hex 32) or listen on 127.0.0.1`,
      },
    ]);
  }
  const certificate = values.SEEDBED_TLS_CERTIFICATE;
  if (certificate === undefined && values.SEEDBED_TLS_KEY !== undefined) {
    throw new InputError([
      {
        path: 'SEEDBED_TLS_CERTIFICATE',
        message: 'is not set, but SEEDBED_TLS_KEY is; name the file with the certificate of this key',
      },
    ]);
  }
  return {
    redisUrl: values.REDIS_URL,
    listen,
    tokens: tokensOf(values),
    metricsListen: metrics === undefined ? null : addressOf('SEEDBED_METRICS_LISTEN', metrics),
    tlsFiles: certificate === undefined ? null : { certificate, key: values.SEEDBED_TLS_KEY ?? certificate },
    logLevel: values.SEEDBED_LOG_LEVEL,
    reconcileIntervalMs: values.SEEDBED_RECONCILE_MS,
    lockDurationMs: values.SEEDBED_LOCK_MS,
    stalledCheckIntervalMs: values.SEEDBED_STALLED_CHECK_MS,
    startPatienceMs: values.SEEDBED_START_PATIENCE_MS,
    acceptDataLoss: values.SEEDBED_ACCEPT_DATA_LOSS,
    checkpoints:
      values.SEEDBED_CHECKPOINT_DIR === undefined
        ? null
        : { directory: values.SEEDBED_CHECKPOINT_DIR, bytesMax: values.SEEDBED_CHECKPOINT_BYTES_MAX },
  };
}

/** @throws InputError */
function addressOf(path: string, text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address !== null) return address;
  const message = `"${text}" is no address to listen on; use host:port, e.g. 127.0.0.1:7333 or [::1]:7333`;
  throw new InputError([{ path, message }]);
}

/** @throws InputError when a token of less power stands alone, or is the same as another */
function tokensOf(values: z.infer<typeof environmentSchema>): Tokens {
  const { SEEDBED_TOKEN, SEEDBED_TRAINER_TOKEN, SEEDBED_OBSERVER_TOKEN } = values;
  const given = Object.entries({ SEEDBED_TRAINER_TOKEN, SEEDBED_OBSERVER_TOKEN }).filter(
    ([, value]) => value !== undefined,
  );
  const [first] = given;
  if (SEEDBED_TOKEN === undefined && first !== undefined) {
    throw new InputError([
      { path: first[0], message: 'is set, but SEEDBED_TOKEN is not: everything would be open without any' },
    ]);
  }
  const [same] = given.filter(
    ([name, value]) =>
      value === SEEDBED_TOKEN || given.some(([other, known]) => other !== name && known === value),
  );
  if (same !== undefined) {
    throw new InputError([
      {
        path: same[0],
        message: 'is the same as another token, which opens something else; make one of its own',
      },
    ]);
  }
  return {
    operator: SEEDBED_TOKEN ?? null,
    trainer: SEEDBED_TRAINER_TOKEN ?? null,
    observer: SEEDBED_OBSERVER_TOKEN ?? null,
  };
}

function problemOf(issue: z.core.$ZodIssue, environment: NodeJS.ProcessEnv): InputProblem {
  const path = String(issue.path[0]);
  const value = environment[path];
  const shown = value === undefined || value === '' || SECRET_VARIABLES.has(path) ? '' : `"${value}" `;
  return { path, message: `${shown}${issue.message}` };
}
