/** Puts a coordinator together from its parts and takes it apart again. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { InputError, type SweepId, TerminalError, coerceError } from '@seedbed/contracts';
import type { ServedDataSet } from '@seedbed/data';
import {
  type BlockQueue,
  QUEUE_DEFAULTS,
  type QueueSettings,
  type SweepStore,
  inspectServer,
  openBlockQueue,
  openSweepStore,
  requireSafeServer,
} from '@seedbed/queue';
import { type Logger, pino } from 'pino';
import { CheckpointShelf } from './checkpoints/checkpoint-shelf.js';
import { keepShelfTidy } from './checkpoints/checkpoint-tidying.js';
import { Conductor } from './conductor/conductor.js';
import { ConductorLoop } from './conductor/conductor-loop.js';
import { createDataShelf } from './data-sets/data-shelf.js';
import { SweepFeeds } from './events/sweep-feeds.js';
import { buildMetricsServer } from './http/metrics-server.js';
import type { RouteContext } from './http/route-context.js';
import { readSite, SITE_DIRECTORY } from './http/dashboard-site.js';
import { registerRoutes } from './http/routes.js';
import type { Tokens } from './http/roles.js';
import { type Server, type TlsMaterial, buildServer } from './http/server.js';
import { makeSessions } from './http/session.js';
import { type ListenAddress, formatHostAndPort, isLoopback } from './listen-address.js';

/** What one part may take to end; what hangs longer is left behind. */
const PART_CLOSE_TIMEOUT_MS = 900;
/** All of a close fits into this, whatever Redis or a client does: three parts, and a little for the process. */
export const CLOSE_TIMEOUT_MS = 3_000;
/** A lease outlives a few missed ticks, so that a slow moment does not hand the lead over. */
const TICKS_PER_LEASE = 5;
const LEASE_DURATION_MS_MIN = 2_000;
/**
 * No tick of the conductor, however large the sweeps, takes that long, and each of its commands fails after 5 s when Redis is
 * away: what lasts longer will never end.
 */
const CONDUCTING_STANDSTILL_MAX_MS = 5 * 60_000;

export interface CoordinatorOptions {
  /** redis://, rediss:// or unix:// URL. */
  readonly redisUrl: string;
  /** SHA-256 of the training data; part of every run's identity. */
  readonly datasetDigest: string;
  /** @default 127.0.0.1:7333; port 0 takes any free one */
  readonly listen?: ListenAddress;
  /** An operator's is required when `listen` is not a loopback address. @default none */
  readonly tokens?: Partial<Tokens>;
  /** Serves `/metrics`, and nothing else, without a token: for an address that only monitoring reaches. @default nowhere */
  readonly metricsListen?: ListenAddress | null;
  /** Looks on this machine for the data set that trainers are served. @default none is served */
  readonly findDataSet?: () => Promise<ServedDataSet | null>;
  /** Where states of long runs are kept, and how much of them. @default null: none are kept */
  readonly checkpoints?: { readonly directory: string; readonly bytesMax: number } | null;
  /** Key and certificate (PEM) for HTTPS; null for plain HTTP. @default null */
  readonly tls?: TlsMaterial | null;
  /** @default silent */
  readonly logger?: Logger;
  /** How often the queue is compared with the records. @default 2_000 */
  readonly reconcileIntervalMs?: number;
  /** How long the lead stays ours without renewal. @default 5 × reconcileIntervalMs, at least 2_000 */
  readonly leaseDurationMs?: number;
  /** Dangers of the server that are accepted, as in SEEDBED_ACCEPT_DATA_LOSS. @default none */
  readonly acceptDataLoss?: string;
  readonly queueSettings?: Partial<Omit<QueueSettings, 'url'>>;
}

export interface Coordinator {
  /** Base URL of the API, with the port that was taken. */
  readonly url: string;
  /** Resolves within CLOSE_TIMEOUT_MS; may be called twice. */
  close(): Promise<void>;
}

export const DEFAULT_LISTEN: ListenAddress = { host: '127.0.0.1', port: 7333 };

/**
 * @throws InputError for options that must not be used, or a server that loses results; RetryableError when Redis cannot be reached; TerminalError when
 *   it refuses access or the port is taken
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const listen = options.listen ?? DEFAULT_LISTEN;
  const tokens: Tokens = { operator: null, trainer: null, observer: null, ...options.tokens };
  if (tokens.operator === null && !isLoopback(listen.host)) {
    throw new InputError([
      {
        path: 'tokens.operator',
        message: `is missing, but ${formatHostAndPort(listen)} can be reached from other machines`,
      },
    ]);
  }
  const logger = options.logger ?? pino({ level: 'silent' });
  const settings: QueueSettings = {
    ...QUEUE_DEFAULTS,
    closeTimeoutMs: PART_CLOSE_TIMEOUT_MS,
    ...options.queueSettings,
    url: options.redisUrl,
  };
  const opened: { close(): Promise<void> }[] = [];
  const cleanup: (() => Promise<unknown>)[] = [() => Promise.all(opened.map((part) => part.close()))];
  try {
    const store = await openSweepStore(settings);
    opened.push(store);
    const queue = await openBlockQueue(settings);
    opened.push(queue);
    const server = await inspectServer(settings.url, { commandTimeoutMs: settings.commandTimeoutMs });
    requireSafeServer(server, options.acceptDataLoss);
    for (const warning of server.warnings) logger.warn({ redis: server.version }, warning);
    // Also so with our own server, whose coordinator's user may not read its settings: no cause for alarm.
    for (const unknown of server.unknown) logger.info({ redis: server.version }, unknown);
    return await serve({
      options,
      listen,
      tokens,
      logger,
      store,
      queue,
      redisVersion: server.version,
      cleanup,
    });
  } catch (thrown) {
    await closeAll(cleanup);
    throw thrown;
  }
}

interface Parts {
  readonly options: CoordinatorOptions;
  readonly listen: ListenAddress;
  readonly tokens: Tokens;
  readonly logger: Logger;
  readonly store: SweepStore;
  readonly queue: BlockQueue;
  readonly redisVersion: string;
  /** How to undo what was started, in the order of starting. */
  readonly cleanup: (() => Promise<unknown>)[];
}

async function serve(parts: Parts): Promise<Coordinator> {
  const { options, logger, store, queue, cleanup } = parts;
  const tls = options.tls ?? null;
  const reconcileIntervalMs = options.reconcileIntervalMs ?? 2_000;
  const conductor = new Conductor({
    store,
    queue,
    datasetDigest: options.datasetDigest,
    owner: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    leaseDurationMs:
      options.leaseDurationMs ?? Math.max(LEASE_DURATION_MS_MIN, TICKS_PER_LEASE * reconcileIntervalMs),
    logger,
  });
  const loop = new ConductorLoop(conductor, { reconcileIntervalMs, logger });
  const dataSets = createDataShelf(options.findDataSet ?? (() => Promise.resolve(null)), logger);
  const checkpoints = await openCheckpoints(options.checkpoints ?? null, logger);
  const { operator } = parts.tokens;
  const sessions = operator === null ? null : makeSessions(operator);
  const site = await readSite(SITE_DIRECTORY);
  if (site === null)
    logger.info({ directory: SITE_DIRECTORY }, 'no dashboard is served: it has not been built');
  const app = buildServer({ tokens: parts.tokens, sessions, tls, logger });
  const feeds = new SweepFeeds(store, logger);
  cleanup.push(() => Promise.resolve(feeds.close()));
  const context: RouteContext = {
    feeds,
    store,
    queue,
    dataSets,
    checkpoints,
    site,
    sessions,
    redisVersion: parts.redisVersion,
    isLeading: () => conductor.isLeading,
    openRuns: () => conductor.openRuns(),
    runCounts: () => conductor.sweepCounts(),
    conductingStandstillMs: () => loop.standstillMs(),
    isMoving: () => loop.standstillMs() <= CONDUCTING_STANDSTILL_MAX_MS,
    nudge: (sweepId: SweepId) => {
      conductor.notice(sweepId);
      loop.wake('thorough');
    },
  };
  registerRoutes(app, context);
  // The port first: a second coordinator started by mistake on the same port must not lead even for a moment.
  await listenOn(app, parts.listen);
  cleanup.push(() => app.close());
  if (options.metricsListen) {
    const metricsServer = buildMetricsServer(context, logger);
    await listenOn(metricsServer, options.metricsListen);
    cleanup.push(() => metricsServer.close());
  }
  // Ahead of the first trainer, which would wait while every byte is checked.
  void dataSets.find(options.datasetDigest);
  await queue.startStalledCheck();
  const stopHints = store.onCommits(() => loop.wake('glance'));
  cleanup.push(async () => {
    stopHints();
    await loop.stop();
    await conductor.close();
  });
  await loop.start();
  if (checkpoints !== null) {
    const tidying = new AbortController();
    cleanup.push(() => Promise.resolve(tidying.abort()));
    void keepShelfTidy(checkpoints, store, { signal: tidying.signal, logger });
  }

  const { port } = app.server.address() as AddressInfo;
  const url = `${tls === null ? 'http' : 'https'}://${formatHostAndPort({ host: parts.listen.host, port })}`;
  logger.info({ url, leading: conductor.isLeading }, 'coordinator is ready');
  let closing: Promise<void> | null = null;
  return {
    url,
    close: () => {
      closing ??= closeAll(cleanup);
      return closing;
    },
  };
}

/** Without a place for them there are no checkpoints, and nothing else is the worse for it. */
async function openCheckpoints(
  place: NonNullable<CoordinatorOptions['checkpoints']> | null,
  logger: Logger,
): Promise<CheckpointShelf | null> {
  if (place === null) return null;
  return await CheckpointShelf.open({ ...place, logger }).catch((thrown: unknown) => {
    logger.error({ err: coerceError(thrown), directory: place.directory }, 'no checkpoints can be kept');
    return null;
  });
}

async function listenOn(app: Server, listen: ListenAddress): Promise<void> {
  try {
    await app.listen({ host: listen.host, port: listen.port });
  } catch (thrown) {
    await app.close();
    const { code } = thrown as NodeJS.ErrnoException;
    const where = formatHostAndPort(listen);
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: `port ${listen.port} is in use already; stop what listens on ${where} or choose another port`,
      EACCES: `listening on ${where} is not permitted; choose a port above 1023`,
      EADDRNOTAVAIL: `${listen.host} is no address of this machine; use e.g. 127.0.0.1`,
      ENOTFOUND: `${listen.host} cannot be resolved; use an IP address, e.g. 127.0.0.1`,
    };
    throw new TerminalError(
      reasons[code ?? ''] ?? `cannot listen on ${where}: ${coerceError(thrown).message}`,
      {
        cause: thrown,
      },
    );
  }
}

/** Last started, first ended; what hangs is left behind when its time is up. */
async function closeAll(cleanup: (() => Promise<unknown>)[]): Promise<void> {
  for (const step of cleanup.splice(0).reverse()) {
    const isDone = new AbortController();
    await Promise.race([
      step().catch(() => undefined),
      delay(PART_CLOSE_TIMEOUT_MS, undefined, { signal: isDone.signal }).catch(() => undefined),
    ]);
    isDone.abort();
  }
}
