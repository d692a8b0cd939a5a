import type { FastifyInstance } from 'fastify';
import { callerId } from './auth.ts';
import { pathOf } from './error-handler.ts';

/**
 * One line a request: what was asked, by which token (its id), how it ended and how long it took. No headers, no query and
 * no bodies: they hold tokens and evidence.
 */
export function addRequestLog(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        path: pathOf(request),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        caller: callerId(request),
        ...(request.problem === undefined ? {} : { problem: request.problem }),
      },
      'request',
    );
  });
}
