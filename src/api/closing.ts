import type { FastifyInstance } from 'fastify';

/**
 * Aborted when the server begins to close, before it stops listening: who waits for something is then told how it stands,
 * instead of holding the shutdown up. Requests that arrive while it closes find it aborted already.
 */
export function closingSignal(app: FastifyInstance): AbortSignal {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  return closing.signal;
}

/**
 * Closes each connection once its last answer is sent, as soon as the server begins to close. Fastify closes those that are
 * idle at that moment; one whose answer ends later would hold the server open for as long as its client keeps it.
 */
export function closeKeptConnections(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    Object.assign(app.server, { keepAliveTimeout: 1, keepAliveTimeoutBuffer: 0 });
  });
}
