/**
 * Signing a browser in: the token, in a header, or a code that is good once is answered with a cookie. Links carry codes only:
 * what a terminal shows or a browser remembers opens nothing a quarter of an hour later.
 */
import { signInCodeSchema } from '@seedbed/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { OPEN_ROUTES } from './access.js';
import { HttpError } from './problem.js';
import { endedSession, type Sessions } from './session.js';
import type { Server } from './server.js';

/** @param sessions null where no token is asked for; then there is nothing to sign in to */
export function registerSessionRoutes(app: Server, sessions: Sessions | null): void {
  app.post('/v1/session', async (request, reply) => {
    if (sessions !== null) void reply.header('set-cookie', sessions.begin(Date.now(), isTls(request)));
    return await reply.code(204).send();
  });
  app.post('/v1/sign-in-codes', {
    schema: { response: { 201: signInCodeSchema } },
    handler: async (_request, reply) => {
      if (sessions !== null) return await reply.code(201).send(sessions.makeCode(Date.now()));
      throw new HttpError(409, 'No code is needed', 'This coordinator asks for no token: open its address.');
    },
  });
  app.post(OPEN_ROUTES.redeem, {
    schema: { body: z.strictObject({ code: z.string().max(200) }) },
    handler: async (request, reply) => {
      const now = Date.now();
      if (sessions !== null) {
        if (!sessions.redeem(request.body.code, now)) throw notGood();
        void reply.header('set-cookie', sessions.begin(now, isTls(request)));
      }
      return await reply.code(204).send();
    },
  });
  app.delete('/v1/session', async (request, reply) =>
    reply
      .code(204)
      .header('set-cookie', endedSession(isTls(request)))
      .send(),
  );
}

function notGood(): HttpError {
  const detail =
    'The link was used before or is older than 15 minutes; `seedbed dashboard` prints a new one.';
  return new HttpError(403, 'Not signed in', detail);
}

function isTls(request: FastifyRequest): boolean {
  return request.protocol === 'https';
}
