/** Who is there and whether all is well. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  RetryableError,
  SEEDBED_VERSION,
  healthResponseSchema,
  trainersResponseSchema,
} from '@seedbed/contracts';
import { z } from 'zod';
import { OPEN_ROUTES } from './access.js';
import { RETRY_AFTER_SECONDS } from './problem.js';
import type { RouteContext } from './route-context.js';
import type { Server } from './server.js';

/** Probes come without a token, as often as anybody likes: at most one question a second reaches Redis. */
const READINESS_KEPT_MS = 1_000;
/** A command to Redis fails after 5 s, which is longer than probes wait. */
const READINESS_PATIENCE_MS = 2_000;

export function registerHealthRoutes(app: Server, context: RouteContext): void {
  const { store, redisVersion, isLeading, isMoving } = context;
  app.get('/v1/trainers', {
    schema: { response: { 200: trainersResponseSchema } },
    handler: async () => ({ trainers: await store.listTrainers() }),
  });

  app.get('/v1/health', {
    schema: { response: { 200: healthResponseSchema, 503: healthResponseSchema } },
    handler: async (_request, reply) => {
      const reachable = await isReachable(() => store.commitCounters());
      const status = !reachable ? 'redis-away' : isLeading() ? 'ok' : 'not-leading';
      if (!reachable) void reply.code(503).header('retry-after', String(RETRY_AFTER_SECONDS));
      return await reply.send({
        status,
        seedbed: SEEDBED_VERSION,
        redis: { version: redisVersion, reachable },
      });
    },
  });

  app.get(OPEN_ROUTES.alive, {
    schema: { response: { 200: z.strictObject({ live: z.literal(true) }) } },
    handler: () => ({ live: true as const }),
  });

  const liveSchema = z.strictObject({ live: z.boolean() });
  app.get(OPEN_ROUTES.livez, {
    schema: { response: { 200: liveSchema, 503: liveSchema } },
    handler: async (_request, reply) => {
      const live = isMoving();
      return await reply.code(live ? 200 : 503).send({ live });
    },
  });

  // Whether it leads makes no difference: any coordinator answers requests.
  const readySchema = z.strictObject({ ready: z.boolean() });
  const askRedis = keptFor(READINESS_KEPT_MS, () =>
    within(
      READINESS_PATIENCE_MS,
      isReachable(() => store.commitCounters()),
    ),
  );
  app.get(OPEN_ROUTES.readyz, {
    schema: { response: { 200: readySchema, 503: readySchema } },
    handler: async (_request, reply) => {
      const ready = await askRedis();
      return await reply.code(ready ? 200 : 503).send({ ready });
    },
  });
}

/** False when the answer takes longer; a late one is nobody's any more. */
async function within(patienceMs: number, answer: Promise<boolean>): Promise<boolean> {
  const isAnswered = new AbortController();
  answer.catch(() => undefined);
  const tooLate = delay(patienceMs, false, { signal: isAnswered.signal }).catch(() => false);
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    isAnswered.abort();
  }
}

/** One question at a time, whose answer serves all who ask until it is too old. */
function keptFor<T>(keptMs: number, ask: () => Promise<T>): () => Promise<T> {
  let kept: { readonly answer: Promise<T>; readonly askedAtMs: number } | null = null;
  return () => {
    const nowMs = performance.now();
    if (kept === null || nowMs - kept.askedAtMs > keptMs) kept = { answer: ask(), askedAtMs: nowMs };
    return kept.answer;
  };
}

async function isReachable(command: () => Promise<unknown>): Promise<boolean> {
  try {
    await command();
    return true;
  } catch (thrown) {
    if (thrown instanceof RetryableError) return false;
    throw thrown;
  }
}
