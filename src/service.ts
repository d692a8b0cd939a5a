import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { createPipelines } from '../pipelines/index.ts';
import { createServer } from './api/server.ts';
import { createRedisTokens } from './api/tokens.ts';
import type { Service, ServiceOptions } from './cli/wiring.ts';
import { OpslineError } from './errors.ts';
import { createBoards } from './leaderboard/boards.ts';
import { startIngestWorker } from './leaderboard/ingest.ts';
import { createPredictor } from './model/create.ts';
import { latePredictor } from './model/late.ts';
import { connect, failFast, requireNoEviction } from './redis/connect.ts';
import { openRedis } from './redis/open.ts';
import { createRuns } from './runs/redis-runs.ts';
import { startWorker } from './runs/worker.ts';

/** Parts are closed in the reverse order of their start, the workers first and at once. */
interface Part {
  close(deadlineMs: number): Promise<void>;
}

/** See {@link import('./main.ts').startService}. */
export async function openService(options: ServiceOptions & { readonly version: string }): Promise<Service> {
  const { config, roles, version, onProgress = () => {} } = options;
  const parts: Part[] = [];
  try {
    return await open();
  } catch (error) {
    await closeAll(parts, 5000);
    throw error;
  }

  async function open(): Promise<Service> {
    if (config.redisUrl === undefined && !options.embeddedRedis) {
      throw new OpslineError(
        'redis-unavailable',
        'REDIS_URL is not set. Set it, such as redis://127.0.0.1:6379, or run `opsline up`, which brings its own.',
      );
    }
    const logger = pino({ level: config.logLevel, base: undefined }, pino.destination(2));
    onProgress('connecting to Redis');
    const redis = await openRedis(config.redisUrl, config.dataFolder);
    parts.push({ close: () => redis.close() });
    const { url } = redis;
    const { prefix, concurrency } = config;
    const control = connect(failFast(url));
    parts.push({ close: async () => control.disconnect() });
    await reachable(control, url);

    const boards = await createBoards({ url, prefix });
    parts.push(boards);
    const pipelines = createPipelines({ boards });
    const runs = await createRuns({ url, prefix, pipelines });
    parts.push(runs);

    const working = roles.includes('worker');
    const env = config.model === undefined ? process.env : { ...process.env, OPSLINE_MODEL: config.model };
    const predictor = working ? latePredictor(() => createPredictor(env, { logger })) : undefined;
    if (predictor !== undefined) {
      parts.push(predictor);
      parts.push(await startWorker({ url, prefix, pipelines, predictor, concurrency, logger }));
      parts.push(await startIngestWorker({ url, prefix, logger }));
    }
    let app: FastifyInstance | undefined;
    if (roles.includes('api')) {
      onProgress('starting the API');
      const { host, port } = config;
      const tokens = createRedisTokens(control, prefix);
      app = await createServer({ runs, boards, pipelines, tokens, host, redis: control, logger, version });
      const listening = app;
      parts.push({ close: () => listening.close() });
      await listen(app, host, port);
    }
    return {
      url: app === undefined ? undefined : addressOf(app),
      redisUrl: url,
      runs,
      boards,
      predictor,
      async close(deadlineMs = 10_000) {
        app?.drain();
        await closeAll(parts, deadlineMs);
      },
    };
  }
}

/** Closes in reverse order; a part that hangs or fails does not keep the others from being closed. */
async function closeAll(parts: Part[], deadlineMs: number): Promise<void> {
  const until = performance.now() + deadlineMs;
  while (parts.length > 0) {
    const part = parts.pop() as Part;
    // Half of what is left: the parts behind it need their turn as well.
    const share = Math.max(100, (until - performance.now()) / 2);
    await Promise.race([part.close(share).catch(() => {}), sleep(share, undefined, { ref: false })]);
  }
}

async function reachable(redis: ReturnType<typeof connect>, url: string): Promise<void> {
  try {
    // A fail-fast connection refuses commands until it stands.
    if (redis.status !== 'ready') {
      await Promise.race([
        new Promise<void>((resolve) => redis.once('ready', () => resolve())),
        sleep(5000).then(() => Promise.reject(new Error('no connection within 5 s'))),
      ]);
    }
    await requireNoEviction(redis);
  } catch (cause) {
    if (cause instanceof OpslineError) throw cause;
    const where = url.replace(/\/\/[^@/]*@/, '//…@');
    throw new OpslineError('redis-unavailable', `Redis at ${where} does not answer. Check REDIS_URL.`, { cause });
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new OpslineError(
      'internal',
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
