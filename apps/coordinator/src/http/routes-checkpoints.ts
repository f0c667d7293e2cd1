/**
 * Checkpoints of long runs, for trainers: bytes by run, numerics class and step. A request names ids and digests only, and
 * only files that the shelf knows are opened, so no request can name a path.
 */
import {
  checkpointListSchema,
  coerceError,
  isFinished,
  LIMITS,
  numericsClassSchema,
  runIdSchema,
  sha256HexSchema,
  sweepIdSchema,
} from '@seedbed/contracts';
import { z } from 'zod';
import { type CheckpointShelf, ChecksumError, type PutOutcome } from '../checkpoints/checkpoint-shelf.js';
import { HttpError } from './problem.js';
import type { RouteContext } from './route-context.js';
import type { Server } from './server.js';

/** Checkpoints that arrive at once; whoever finds no room comes again with its next one. */
export const ARRIVING_AT_ONCE_MAX = 16;
/** 64 MB at 1 MB a second. */
const TRANSFER_TIMEOUT_MS = 60_000;
/** A peer that takes nothing for so long is gone. One that gives nothing ends with the server's timeout of requests. */
const STALL_TIMEOUT_MS = 10_000;
/** Runs asked for at once: those of a few blocks. */
const RUNS_MAX = 4 * LIMITS.seedsPerBlock;

const BYTES = 'application/octet-stream';

const classParams = z.object({ numericsClass: numericsClassSchema });
const checkpointParams = classParams.extend({
  runId: runIdSchema,
  step: z.coerce.number().int().min(1).max(LIMITS.stepsMax),
});
const listQuery = z.object({
  runs: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(runIdSchema).min(1).max(RUNS_MAX)),
});
const putQuery = z.object({ sweep: sweepIdSchema, sha256: sha256HexSchema });

export function registerCheckpointRoutes(app: Server, { checkpoints, store }: RouteContext): void {
  let arriving = 0;
  // As a stream, and for this route alone: elsewhere such a body is refused as before.
  app.addContentTypeParser(BYTES, (request, payload, done) => {
    if (request.routeOptions.url === '/v1/checkpoints/:numericsClass/:runId/:step') done(null, payload);
    else done(new HttpError(415, 'The body must be application/json', `${BYTES} is not taken here.`));
  });

  app.get('/v1/checkpoints/:numericsClass', {
    schema: { params: classParams, querystring: listQuery, response: { 200: checkpointListSchema } },
    handler: async (request) => {
      const shelf = requireShelf(checkpoints);
      const { numericsClass } = request.params;
      const found = request.query.runs.flatMap((runId) => shelf.of(runId, numericsClass));
      return {
        checkpoints: found.map(({ runId, step, sizeBytes, sha256 }) => ({ runId, step, sizeBytes, sha256 })),
      };
    },
  });

  app.get('/v1/checkpoints/:numericsClass/:runId/:step', {
    schema: { params: checkpointParams },
    handlerTimeout: TRANSFER_TIMEOUT_MS,
    handler: async (request, reply) => {
      const shelf = requireShelf(checkpoints);
      const { numericsClass, runId, step } = request.params;
      const stored = shelf.of(runId, numericsClass).find((one) => one.step === step);
      const handle = stored === undefined ? null : await shelf.openFile(stored);
      if (stored === undefined || handle === null) {
        throw new HttpError(404, 'No such checkpoint', `There is none of run ${runId} at step ${step}.`);
      }
      reply.raw.setTimeout(STALL_TIMEOUT_MS, () => reply.raw.destroy());
      return await reply
        .headers({
          etag: `"${stored.sha256}"`,
          'content-type': BYTES,
          'content-length': String(stored.sizeBytes),
        })
        .send(handle.createReadStream());
    },
  });

  app.put('/v1/checkpoints/:numericsClass/:runId/:step', {
    schema: { params: checkpointParams, querystring: putQuery },
    handlerTimeout: TRANSFER_TIMEOUT_MS,
    handler: async (request, reply) => {
      const shelf = requireShelf(checkpoints);
      const sizeBytes = announcedBytes(request.headers['content-length']);
      const { sweep: sweepId, sha256 } = request.query;
      const state = (await store.sweepStates([sweepId])).get(sweepId);
      if (state === undefined || isFinished(state)) {
        throw new HttpError(409, 'The sweep is over', `Nobody will ask for checkpoints of "${sweepId}".`);
      }
      if (arriving >= ARRIVING_AT_ONCE_MAX) throw noRoom('Others are arriving; come again with a later one.');
      arriving += 1;
      try {
        const key = { ...request.params, sweepId, sha256 };
        const outcome = await shelf.put(key, sizeBytes, request.raw);
        return await answer(outcome, () => reply.code(204).send());
      } catch (thrown) {
        request.log.warn({ err: coerceError(thrown), sweepId }, 'checkpoint not kept');
        throw problemWith(thrown);
      } finally {
        arriving -= 1;
      }
    },
  });
}

async function answer<T>(outcome: PutOutcome, done: () => T): Promise<T> {
  if (outcome !== 'other') return done();
  throw new HttpError(
    409,
    'Another checkpoint is known',
    'This run had another state at this step: the same settings of one numerics class must give the same bits.',
  );
}

function requireShelf(shelf: CheckpointShelf | null): CheckpointShelf {
  if (shelf !== null) return shelf;
  throw new HttpError(
    404,
    'No checkpoints here',
    'This coordinator keeps none: its SEEDBED_CHECKPOINT_DIR is not set.',
  );
}

function announcedBytes(contentLength: string | undefined): number {
  const sizeBytes = Number(contentLength);
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1) {
    throw new HttpError(411, 'The length is needed', 'Send the header "Content-Length".');
  }
  if (sizeBytes <= LIMITS.checkpointBytesMax) return sizeBytes;
  throw new HttpError(
    413,
    'The checkpoint is too large',
    `It has ${sizeBytes} bytes, of at most ${LIMITS.checkpointBytesMax}.`,
  );
}

function problemWith(thrown: unknown): unknown {
  if (thrown instanceof HttpError) return thrown;
  if (thrown instanceof ChecksumError) {
    return new HttpError(400, 'Other bytes arrived', 'Their number or SHA-256 is not the announced one.');
  }
  // A full disk, a disk that fails, a peer that is gone: the trainer goes on without.
  return noRoom('The checkpoint could not be written.');
}

function noRoom(detail: string): HttpError {
  return new HttpError(503, 'No room for a checkpoint', detail, { 'retry-after': '30' });
}
