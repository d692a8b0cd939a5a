import { randomBytes } from 'node:crypto';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { OpslineError } from '../errors.ts';
import type { Boards } from '../leaderboard/boards.ts';
import type { RedisClient } from '../redis/client.ts';
import type { AnyPipeline } from '../runs/pipeline.ts';
import type { Runs } from '../runs/runs.ts';
import { addAuth, requireTokensFor } from './auth.ts';
import { boardRoutes } from './boards.ts';
import { answerClientError } from './client-error.ts';
import { closeKeptConnections } from './closing.ts';
import { addErrorHandling, sendProblem } from './error-handler.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes, type ReadyCheck, redisReady } from './health.ts';
import { hookRoutes } from './hooks.ts';
import { requireOneHost } from './host.ts';
import { acceptJson, harmlessJson } from './json-body.ts';
import { addRateLimit, DEFAULT_RATE_LIMIT, type RateLimit } from './limits.ts';
import { addRequestLog } from './logging.ts';
import { addHttpMetrics, createMetrics, type Metrics, metricsRoutes } from './metrics.ts';
import { addDocs, addOpenApi } from './openapi.ts';
import { pipelineRoutes } from './pipelines.ts';
import { queueBoardRoutes } from './queue-board.ts';
import { openQueues } from './queues.ts';
import { runRoutes } from './runs.ts';
import type { TokenStore } from './tokens.ts';

export interface ServerOptions {
  readonly runs: Runs;
  readonly pipelines: readonly AnyPipeline[];
  readonly tokens: TokenStore;
  /** Leaderboards; without Redis there are none. */
  readonly boards?: Boards;
  /** The address it will listen on; decides whether it may be open (see `auth.ts`). Default 127.0.0.1. */
  readonly host?: string;
  /** Host names answered beside loopback ones (see `auth.ts`). */
  readonly allowedHosts?: readonly string[];
  /** A fail-fast connection for readiness and for looking into the queues; the caller closes it, after the server. */
  readonly redis?: RedisClient;
  /** First part of every key. Default `opsline`. */
  readonly prefix?: string;
  /** More that must hold for `/readyz`. */
  readonly checks?: readonly ReadyCheck[];
  /** Shared with a worker in the same process; made here otherwise. */
  readonly metrics?: Metrics;
  /** A pino logger (or one like it), or the level of a new one on stdout. Default: none. */
  readonly logger?: FastifyBaseLogger | { readonly level: string };
  readonly rateLimit?: RateLimit;
  /** Pages for people, registered beside the API. */
  readonly pages?: FastifyPluginAsync<{ runs: Runs }>;
  /** Largest body, bytes. Default 8 MiB, as much as a run takes. */
  readonly bodyLimit?: number;
  /** How long a request may take to arrive. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** Default 15 s. */
  readonly heartbeatMs?: number;
  /** What opsline calls its own version in `/openapi.json`. */
  readonly version?: string;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Before `close()`: `/readyz` answers 503, so that balancers send no more; everything else still works. */
    drain(): void;
  }
}

/**
 * The HTTP API, ready for `listen` or `inject`. `close()` ends event streams and lets other requests finish. Throws
 * `open-bind-refused` when `host` is not loopback and no token exists.
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { runs, pipelines, tokens, host = '127.0.0.1', redis } = options;
  await requireTokensFor(host, tokens);
  const app = fastify({
    ...loggerOptions(options.logger),
    // `logging.ts` writes what should be kept of a request; Fastify's own lines would hold whole URLs.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIds(),
    bodyLimit: options.bodyLimit ?? 8 * 1024 * 1024,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    // Longer than the 60 s for which balancers keep idle connections, so that they are the ones to close them.
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // Node would refuse such requests with an empty answer; `requireOneHost` does it with a problem.
    http: { requireHostHeader: false },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    // A percent-encoded batch key of 255 characters.
    routerOptions: { maxParamLength: 765 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  const state = { draining: false, closing: false };
  app.decorate('drain', () => {
    state.draining = true;
  });
  app.addHook('preClose', async () => {
    state.draining = true;
    state.closing = true;
  });
  closeKeptConnections(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    requireOneHost(request.raw);
    if (state.closing) {
      throw new OpslineError(
        'shutting-down',
        'The service is shutting down. Send the request again, to another instance.',
      );
    }
  });

  const metrics = options.metrics ?? createMetrics();
  addErrorHandling(app);
  addRequestLog(app);
  addHttpMetrics(app, metrics);
  // JSON bodies only; routes may add types.
  app.removeAllContentTypeParsers();
  acceptJson(app, harmlessJson);
  addAuth(app, {
    tokens,
    host,
    ...(options.allowedHosts === undefined ? {} : { allowedHosts: options.allowedHosts }),
  });
  await addRateLimit(app, options.rateLimit ?? DEFAULT_RATE_LIMIT);
  await addOpenApi(app, options.version ?? '0.0.0');

  if (redis !== undefined) {
    const queues = openQueues(redis, [...pipelines.map(({ name }) => name), 'ingest'], options.prefix);
    metrics.watchQueues(queues.states);
    await app.register(queueBoardRoutes, { runs, queues: queues.all });
  }
  const checks = [...(redis === undefined ? [] : [redisReady(redis)]), ...(options.checks ?? [])];
  await app.register(healthRoutes, { checks, draining: () => state.draining });
  await app.register(metricsRoutes, { metrics });
  await app.register(pipelineRoutes, { runs, pipelines, onEnqueued: metrics.runEnqueued });
  await app.register(runRoutes, { runs });
  if (pipelines.some(({ name }) => name === 'deploy-explanation'))
    await app.register(hookRoutes, { runs, onEnqueued: metrics.runEnqueued });
  const heartbeatMs = options.heartbeatMs ?? 15_000;
  await app.register(eventRoutes, { runs, heartbeatMs });
  if (options.pages !== undefined) await app.register(options.pages, { runs });
  if (options.boards !== undefined) await app.register(boardRoutes, { boards: options.boards, heartbeatMs });
  await addDocs(app);
  await app.ready();
  return app;
}

/** Ids that no other process gives, without asking the system for randomness at each request. */
function requestIds(): () => string {
  const process = randomBytes(9).toString('base64url');
  let count = 0;
  return () => `${process}.${(++count).toString(36)}`;
}

function loggerOptions(logger: ServerOptions['logger']): object {
  if (logger === undefined) return { logger: false };
  return 'info' in logger ? { loggerInstance: logger } : { logger: { level: logger.level } };
}
