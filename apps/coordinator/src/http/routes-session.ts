/** Signing a browser in: the token is sent once, in a header, and answered with a cookie. */
import type { FastifyRequest } from 'fastify';
import { endedSession, type Sessions } from './session.js';
import type { Server } from './server.js';

/** @param sessions null where no token is asked for; then there is nothing to sign in to */
export function registerSessionRoutes(app: Server, sessions: Sessions | null): void {
  app.post('/v1/session', async (request, reply) => {
    if (sessions !== null) void reply.header('set-cookie', sessions.begin(Date.now(), isTls(request)));
    return await reply.code(204).send();
  });
  app.delete('/v1/session', async (request, reply) =>
    reply
      .code(204)
      .header('set-cookie', endedSession(isTls(request)))
      .send(),
  );
}

function isTls(request: FastifyRequest): boolean {
  return request.protocol === 'https';
}
