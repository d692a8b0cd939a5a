import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * Signals for whoever makes a client wait, one a reply. Each is aborted when its client has gone, and all when the server
 * begins to close, before it stops listening: who waits is then told how it stands, instead of holding the shutdown up.
 * Requests that arrive while it closes find theirs aborted already.
 */
export function waitSignals(app: FastifyInstance): (reply: FastifyReply) => AbortSignal {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  return ({ raw }) => {
    const gone = new AbortController();
    // The request's own 'close' comes as soon as its body is read.
    if (raw.destroyed) gone.abort();
    else raw.once('close', () => gone.abort());
    return AbortSignal.any([gone.signal, closing.signal]);
  };
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
