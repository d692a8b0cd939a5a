import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { redisReady } from '../api/health.ts';
import { DEFAULT_RATE_LIMIT, limitConnection } from '../api/limits.ts';
import { metered } from '../api/metered.ts';
import { createMetrics, type Metrics } from '../api/metrics.ts';
import { createProbes } from '../api/probes.ts';
import { createServer } from '../api/server.ts';
import type { Service, ServiceOptions } from '../cli/wiring.ts';
import { OpslineError } from '../errors.ts';
import { lateCounters } from '../model/fetch/counters.ts';
import { redisCounters } from '../redis/counters.ts';
import { startTelemetry } from '../telemetry.ts';
import { runPages } from '../web/run-pages.ts';
import { loadModel } from './model.ts';
import { closeAll, type Part } from './parts.ts';
import { openMemoryStore, openRedisStore, type Store, type StoreOptions } from './store.ts';

type OpenOptions = ServiceOptions & { readonly version: string };

/** See `startService` in `src/main.ts`. */
export async function openService(options: OpenOptions): Promise<Service> {
  const parts: Part[] = [];
  try {
    return await open(options, parts);
  } catch (error) {
    await closeAll(parts, 5000);
    throw error;
  }
}

async function open(options: OpenOptions, parts: Part[]): Promise<Service> {
  const { config, roles } = options;
  if (config.redisUrl === undefined && !options.embeddedRedis) {
    throw new OpslineError(
      'redis-unavailable',
      'REDIS_URL is not set. Set it, such as redis://127.0.0.1:6379, or run `opsline up`, which brings its own.',
    );
  }
  const logger = pino({ level: config.logLevel }, pino.destination(2));
  const telemetry = await startTelemetry(process.env, options.version);
  parts.push({ tier: 'redis', close: () => telemetry.shutdown() });
  const { onModelProgress: onProgress = () => {}, modelFrom = Promise.resolve() } = options;
  const counters = lateCounters();
  const loading = { logger, onProgress, from: modelFrom, counters };
  const predictor = roles.includes('worker') ? loadModel(config, loading) : undefined;
  if (predictor !== undefined) parts.push({ tier: 'tools', close: () => predictor.close() });
  const metrics = createMetrics();
  const counted = predictor === undefined ? undefined : metered(predictor, metrics);
  const store = await openStore(options, { config, predictor: counted, logger, metrics, parts });
  if (store.redis !== undefined) counters.use(redisCounters(store.redis, config.prefix));
  const app = roles.includes('api') ? await openApi(options, { store, logger, metrics, parts }) : undefined;
  let probes: FastifyInstance | undefined;
  if (app === undefined && config.probesPort !== undefined && store.redis !== undefined) {
    const opened = await createProbes({ checks: [redisReady(store.redis)], metrics });
    probes = opened;
    parts.push({ tier: 'tools', close: () => opened.close() });
    await listen(opened, config.host, config.probesPort);
  }
  return {
    url: app === undefined ? undefined : addressOf(app),
    redisUrl: store.redisUrl,
    runs: store.runs,
    boards: store.boards,
    predictor,
    async close(deadlineMs = 10_000) {
      app?.drain();
      probes?.drain();
      await closeAll(parts, deadlineMs);
    },
  };
}

async function openStore(options: OpenOptions, storeOptions: StoreOptions): Promise<Store> {
  const { onProgress = () => {} } = options;
  try {
    return await openRedisStore(storeOptions);
  } catch (error) {
    const missing = error instanceof OpslineError && error.code === 'program-missing';
    if (!missing || options.orInMemory !== true) throw error;
    onProgress(`${error.message} Going on without boards, with runs in memory.`);
    return openMemoryStore(storeOptions);
  }
}

async function openApi(
  options: OpenOptions,
  { store, logger, metrics, parts }: { store: Store; logger: Logger; metrics: Metrics; parts: Part[] },
): Promise<FastifyInstance> {
  const { host, port, prefix, allowedHosts, requestsPerMinute } = options.config;
  const { runs, boards, pipelines, tokens, redis, redisUrl } = store;
  const limits = redisUrl === undefined ? undefined : limitConnection(redisUrl);
  if (limits !== undefined) parts.push({ tier: 'tools', close: async () => limits.disconnect() });
  const app = await createServer({
    runs,
    pipelines,
    tokens,
    host,
    prefix,
    logger,
    metrics,
    version: options.version,
    rateLimit: {
      ...DEFAULT_RATE_LIMIT,
      ...(requestsPerMinute === undefined ? {} : { max: requestsPerMinute }),
      ...(limits === undefined ? {} : { redis: limits, prefix }),
    },
    pages: runPages,
    ...(boards === undefined ? {} : { boards }),
    ...(redis === undefined ? {} : { redis }),
    ...(allowedHosts === undefined ? {} : { allowedHosts }),
  });
  parts.push({ tier: 'work', close: () => app.close() });
  await listen(app, host, port);
  return app;
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new OpslineError(
      'address-in-use',
      `Port ${port} of ${host} is taken. Choose another with --port or OPSLINE_PORT; 0 takes a free one.`,
      { cause },
    );
  }
}

function addressOf(app: FastifyInstance): string {
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the API listens on no port');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
