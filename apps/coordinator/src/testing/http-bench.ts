/** The API on the queue in memory, called without a network. */
import { pino } from 'pino';
import type { ServedDataSet } from '@seedbed/data';
import type { CheckpointShelf } from '../checkpoints/checkpoint-shelf.js';
import { createDataShelf } from '../data-sets/data-shelf.js';
import type { Site } from '../http/dashboard-site.js';
import { SweepFeeds } from '../events/sweep-feeds.js';
import { registerRoutes } from '../http/routes.js';
import type { Tokens } from '../http/roles.js';
import { type Server, buildServer } from '../http/server.js';
import { makeSessions } from '../http/session.js';
import { ConductorBench, type System } from './conductor-bench.js';
import { createTestSystem } from './memory-system.js';

export interface HttpBench {
  readonly app: Server;
  readonly bench: ConductorBench;
  /** Lines that were logged. */
  readonly log: string[];
}

export interface HttpBenchOptions {
  readonly token?: string;
  readonly roleTokens?: Partial<Tokens>;
  /** @default a queue and store in memory */
  readonly system?: System;
  /** @default it moves */
  readonly isMoving?: () => boolean;
  /** @default none is there */
  readonly findDataSet?: () => Promise<ServedDataSet | null>;
  /** @default none are kept */
  readonly checkpoints?: CheckpointShelf;
  /** @default not built */
  readonly site?: Site;
}

export async function createHttpBench(options: HttpBenchOptions = {}): Promise<HttpBench> {
  const bench = new ConductorBench(options.system ?? createTestSystem());
  const log: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(line) });
  const tokens = { operator: options.token ?? null, trainer: null, observer: null, ...options.roleTokens };
  const sessions = tokens.operator === null ? null : makeSessions(tokens.operator);
  const app = buildServer({ tokens, sessions, tls: null, logger });
  const feeds = new SweepFeeds(bench.store, logger);
  app.addHook('onClose', () => feeds.close());
  registerRoutes(app, {
    feeds,
    store: bench.store,
    queue: bench.queue,
    dataSets: createDataShelf(options.findDataSet ?? (() => Promise.resolve(null)), logger),
    checkpoints: options.checkpoints ?? null,
    site: options.site ?? null,
    sessions,
    redisVersion: '7.0.15',
    isLeading: () => bench.conductor.isLeading,
    openRuns: () => bench.conductor.openRuns(),
    runCounts: () => bench.conductor.sweepCounts(),
    conductingStandstillMs: () => 0,
    isMoving: options.isMoving ?? (() => true),
    nudge: (sweepId) => bench.conductor.notice(sweepId),
  });
  await app.ready();
  return { app, bench, log };
}
