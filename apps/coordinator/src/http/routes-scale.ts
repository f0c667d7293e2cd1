/** How much work is outstanding: the one number that autoscalers read. */
import { scaleQuerySchema, scaleResponseSchema } from '@seedbed/contracts';
import { HttpError, RETRY_AFTER_SECONDS } from './problem.js';
import type { RouteContext } from './route-context.js';
import type { Server } from './server.js';

export function registerScaleRoute(app: Server, { store, queue, openRuns }: RouteContext): void {
  app.get('/v1/scale', {
    schema: { querystring: scaleQuerySchema, response: { 200: scaleResponseSchema } },
    handler: async (request) => {
      const { runsPerTrainer } = request.query;
      const [{ active }, trainers] = await Promise.all([queue.depth(), store.listTrainers()]);
      const open = openRuns();
      // An autoscaler that were told 0 by mistake would end every trainer; an error leaves them as they are.
      if (open === null) throw cannotTell();
      // A block in a trainer's hands counts whatever became of its sweep, and when all its runs are committed already:
      // it is to be ended by somebody, and a dead trainer's to be rescued.
      const outstandingRuns = Math.max(open, active);
      return {
        outstandingRuns,
        runsPerTrainer,
        trainersWanted: Math.ceil(outstandingRuns / runsPerTrainer),
        trainersTraining: trainers.filter((trainer) => trainer.state === 'training').length,
      };
    },
  });
}

function cannotTell(): HttpError {
  return new HttpError(
    503,
    'Not known yet',
    'This coordinator does not lead, or has just started and not yet looked at every sweep. Try again soon.',
    { 'retry-after': String(RETRY_AFTER_SECONDS) },
  );
}
