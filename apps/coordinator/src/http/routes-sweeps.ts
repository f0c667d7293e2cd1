/** Launching, listing and steering sweeps. */
import {
  LIMITS,
  type SweepId,
  planResponseSchema,
  sweepIdSchema,
  sweepListSchema,
  sweepStatusSchema,
} from '@seedbed/contracts';
import { parseSweepSpec, planSummary, requireTrainable } from '@seedbed/search';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readStatusFacts } from '../reading/sweep-facts.js';
import { statusOf } from '../reading/sweep-status.js';
import { type ControlOutcome, SWEEP_ACTIONS, control, retry } from '../sweeps/control.js';
import { type ExtendOutcome, extendSweep } from '../sweeps/extend.js';
import { launchSweep } from '../sweeps/launch.js';
import { HttpError } from './problem.js';
import { type RouteContext, noSuchSweep, requireSweep } from './route-context.js';
import type { Server } from './server.js';

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,200}$/;
const SWEEPS_PER_PAGE = 50;

/** The spec is parsed by @seedbed/search, whose problems name the nearest valid key; `launchRequestSchema` describes it. */
const specBody = z.strictObject({ spec: z.unknown() });
const params = z.object({ sweepId: sweepIdSchema });
const listQuery = z.strictObject({
  cursor: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageRowsMax).default(SWEEPS_PER_PAGE),
});

export function registerSweepRoutes(app: Server, context: RouteContext): void {
  const { store } = context;
  const statusResponse = async (sweepId: SweepId) =>
    statusOf(await readStatusFacts(store, await requireSweep(store, sweepId)));

  app.post('/v1/sweeps', {
    schema: { body: specBody, response: { 200: sweepStatusSchema, 201: sweepStatusSchema } },
    handler: async (request, reply) => {
      const idempotencyKey = idempotencyKeyOf(request);
      const spec = parseSweepSpec(request.body.spec);
      requireTrainable(spec);
      const outcome = await launchSweep(store, { spec, idempotencyKey, now: new Date().toISOString() });
      if (outcome.kind === 'conflict') {
        const detail = `The idempotency key belongs to sweep "${outcome.sweepId}", which has another spec. Use a new key.`;
        throw new HttpError(409, 'The idempotency key was used for something else', detail);
      }
      const { sweepId } = outcome.record;
      context.nudge(sweepId);
      const status = statusOf(await readStatusFacts(store, outcome.record));
      if (outcome.kind === 'created') void reply.code(201).header('location', `/v1/sweeps/${sweepId}`);
      return await reply.send(status);
    },
  });

  app.post('/v1/sweeps/:sweepId/extend', {
    schema: { params, body: specBody, response: { 200: sweepStatusSchema } },
    handler: async (request) => {
      const { sweepId } = request.params;
      const idempotencyKey = idempotencyKeyOf(request);
      const spec = parseSweepSpec(request.body.spec);
      requireTrainable(spec);
      const now = new Date().toISOString();
      requireExtended(await extendSweep(store, sweepId, { spec, idempotencyKey, now }), sweepId);
      context.nudge(sweepId);
      return await statusResponse(sweepId);
    },
  });

  app.post('/v1/plan', {
    schema: { body: specBody, response: { 200: planResponseSchema } },
    handler: (request) => planSummary(parseSweepSpec(request.body.spec)),
  });

  app.get('/v1/sweeps', {
    schema: { querystring: listQuery, response: { 200: sweepListSchema } },
    handler: async (request) => {
      const { cursor, limit } = request.query;
      // One more than asked for tells whether there is a next page.
      const records = await store.listSweeps({ offset: cursor, limit: limit + 1 });
      const sweeps = [];
      for (const record of records.slice(0, limit))
        sweeps.push(statusOf(await readStatusFacts(store, record)));
      return { sweeps, nextCursor: records.length > limit ? String(cursor + limit) : null };
    },
  });

  app.get('/v1/sweeps/:sweepId', {
    schema: { params, response: { 200: sweepStatusSchema } },
    handler: async (request) => await statusResponse(request.params.sweepId),
  });

  for (const action of SWEEP_ACTIONS) {
    app.post(`/v1/sweeps/:sweepId/${action}`, {
      schema: { params, response: { 200: sweepStatusSchema } },
      handler: async (request) => {
        const { sweepId } = request.params;
        requireDone(await control(store, sweepId, action), sweepId, action);
        context.nudge(sweepId);
        return await statusResponse(sweepId);
      },
    });
  }

  app.post('/v1/sweeps/:sweepId/retry', {
    schema: { params, response: { 200: sweepStatusSchema } },
    handler: async (request) => {
      const { sweepId } = request.params;
      requireDone(await retry(store, sweepId), sweepId, 'retry');
      context.nudge(sweepId);
      return await statusResponse(sweepId);
    },
  });
}

function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key;
  throw new HttpError(
    400,
    'The request is not valid',
    'Idempotency-Key must be 1 to 200 printable ASCII characters.',
  );
}

function requireExtended(outcome: ExtendOutcome, sweepId: SweepId): void {
  switch (outcome.kind) {
    case 'extended':
    case 'existing':
      return;
    case 'unknown-sweep':
      throw noSuchSweep(sweepId);
    case 'conflict': {
      const detail = `The idempotency key extended sweep "${sweepId}" by another file. Use a new key.`;
      throw new HttpError(409, 'The idempotency key was used for something else', detail);
    }
    case 'refused': {
      const detail = `Sweep "${sweepId}" is ${outcome.state} and cannot be extended; launch another, which uses its runs.`;
      throw new HttpError(409, 'Not possible in this state', detail);
    }
  }
}

function requireDone(outcome: ControlOutcome, sweepId: SweepId, action: string): void {
  if (outcome === 'done') return;
  if (outcome === 'unknown-sweep') throw noSuchSweep(sweepId);
  const detail = `Sweep "${sweepId}" is ${outcome.refused}; ${action} is not possible any more.`;
  throw new HttpError(409, 'Not possible in this state', detail);
}
