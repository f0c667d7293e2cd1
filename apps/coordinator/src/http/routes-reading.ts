/** What came out of a sweep. */
import {
  canonicalJson,
  deadLetterSchema,
  decisionSchema,
  resultsResponseSchema,
  runCurveSchema,
  runIdPrefixSchema,
  runProvenanceSchema,
  runsQuerySchema,
  runsResponseSchema,
  type SweepId,
  sweepIdSchema,
} from '@seedbed/contracts';
import { z } from 'zod';
import { answerOf } from '../reading/sweep-answer.js';
import type { NotFound } from '../reading/find-run.js';
import { readRunCurve } from '../reading/run-curve.js';
import { readRunProvenance } from '../reading/run-provenance.js';
import { readRunRows } from '../reading/run-rows.js';
import { readFacts } from '../reading/sweep-facts.js';
import { resultsOf } from '../reading/sweep-results.js';
import { HttpError } from './problem.js';
import { type RouteContext, requireSweep } from './route-context.js';
import type { Server } from './server.js';

const params = z.object({ sweepId: sweepIdSchema });

export function registerReadingRoutes(app: Server, { store, queue }: RouteContext): void {
  app.get('/v1/sweeps/:sweepId/results', {
    schema: { params, response: { 200: resultsResponseSchema } },
    handler: async (request) =>
      resultsOf(await readFacts(store, await requireSweep(store, request.params.sweepId))),
  });

  app.get('/v1/sweeps/:sweepId/runs', {
    schema: { params, querystring: runsQuerySchema, response: { 200: runsResponseSchema } },
    handler: async (request) =>
      await readRunRows(await requireSweep(store, request.params.sweepId), request.query, { store, queue }),
  });

  app.get('/v1/sweeps/:sweepId/runs/:run/curve', {
    schema: { params: params.extend({ run: runIdPrefixSchema }), response: { 200: runCurveSchema } },
    handler: async (request) => {
      const { sweepId, run } = request.params;
      const outcome = await readRunCurve(await requireSweep(store, sweepId), run, { store, queue });
      return requireFound(outcome, sweepId, run).curve;
    },
  });

  app.get('/v1/sweeps/:sweepId/runs/:run', {
    schema: { params: params.extend({ run: runIdPrefixSchema }), response: { 200: runProvenanceSchema } },
    handler: async (request) => {
      const { sweepId, run } = request.params;
      const outcome = await readRunProvenance(await requireSweep(store, sweepId), run, { store, queue });
      return requireFound(outcome, sweepId, run).provenance;
    },
  });

  app.get('/v1/sweeps/:sweepId/answer', {
    schema: { params },
    handler: async (request, reply) => {
      const answer = answerOf(await readFacts(store, await requireSweep(store, request.params.sweepId)));
      // Exactly the bytes of answer.json, so that two answers can be compared with cmp.
      return await reply.type('application/json; charset=utf-8').send(`${canonicalJson(answer)}\n`);
    },
  });

  app.get('/v1/sweeps/:sweepId/decisions', {
    schema: { params, response: { 200: z.strictObject({ decisions: z.array(decisionSchema) }) } },
    handler: async (request) => {
      const { sweepId } = await requireSweep(store, request.params.sweepId);
      return { decisions: (await store.readDecisions(sweepId)).toSorted((a, b) => a.number - b.number) };
    },
  });

  app.get('/v1/sweeps/:sweepId/dead-letters', {
    schema: { params, response: { 200: z.strictObject({ deadLetters: z.array(deadLetterSchema) }) } },
    handler: async (request) => {
      const { sweepId } = await requireSweep(store, request.params.sweepId);
      return { deadLetters: await store.readDeadLetters(sweepId) };
    },
  });
}

/** @throws HttpError 404 or 409 */
function requireFound<Found extends { readonly kind: 'found' }>(
  outcome: Found | NotFound,
  sweepId: SweepId,
  run: string,
): Found {
  if (outcome.kind === 'absent') {
    throw new HttpError(404, 'No such run', `Sweep "${sweepId}" has planned no run ${run}….`);
  }
  if (outcome.kind === 'ambiguous') {
    const detail = `${outcome.runs} runs begin with ${run}: give more digits.`;
    throw new HttpError(409, 'Several such runs', detail);
  }
  return outcome;
}
