import type { Logger } from 'pino';
import { createPipelines } from '../../pipelines/index.ts';
import type { Metrics } from '../api/metrics.ts';
import { createMemoryTokens, createRedisTokens, type TokenStore } from '../api/tokens.ts';
import type { Config } from '../config.ts';
import { type Boards, createBoards } from '../leaderboard/boards.ts';
import { startIngestWorker } from '../leaderboard/ingest.ts';
import { noBoards } from '../leaderboard/no-boards.ts';
import type { Predictor } from '../model/predictor.ts';
import type { RedisClient } from '../redis/client.ts';
import { connect, failFast } from '../redis/connect.ts';
import { openRedis } from '../redis/open.ts';
import { untilUsable } from '../redis/usable.ts';
import { createMemoryRuns } from '../runs/memory-runs.ts';
import type { AnyPipeline } from '../runs/pipeline.ts';
import { createRuns } from '../runs/redis-runs.ts';
import type { Runs } from '../runs/runs.ts';
import { startWorker } from '../runs/worker.ts';
import type { Part } from './parts.ts';

/** What a service keeps its runs, boards and tokens in, and whoever works on them. */
export interface Store {
  readonly redisUrl: string | undefined;
  /** A fail-fast connection. */
  readonly redis: RedisClient | undefined;
  readonly runs: Runs;
  readonly boards: Boards | undefined;
  readonly pipelines: readonly AnyPipeline[];
  readonly tokens: TokenStore;
}

export interface StoreOptions {
  readonly config: Config;
  /** Whoever answers for the workers; without one, no workers start here. */
  readonly predictor: Predictor | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Everything that was started, for closing. */
  readonly parts: Part[];
}

/** Everything on Redis: the private one of the data folder unless the configuration names another. */
export async function openRedisStore({ config, predictor, logger, metrics, parts }: StoreOptions): Promise<Store> {
  const { prefix, concurrency } = config;
  const opened = await openRedis(config.redisUrl, config.dataFolder, (message) => logger.error(message));
  parts.push({ tier: 'redis', close: () => opened.close() });
  const { url } = opened;
  const redis = connect(failFast(url));
  parts.push({ tier: 'tools', close: async () => redis.disconnect() });
  await untilUsable(redis, url);

  const boards = await createBoards({ url, prefix });
  parts.push({ tier: 'tools', close: () => boards.close() });
  const pipelines = createPipelines({ boards, clusters: config.clusters });
  const runs = await createRuns({ url, prefix, pipelines });
  parts.push({ tier: 'tools', close: () => runs.close() });
  if (predictor !== undefined) {
    const worker = await startWorker({
      url,
      prefix,
      pipelines,
      predictor,
      logger,
      onFinished: ({ pipeline, status, seconds }) => metrics.runFinished(pipeline, status, seconds),
      ...(concurrency === undefined ? {} : { concurrency }),
    });
    parts.push({ tier: 'work', close: (ms) => worker.close(ms) });
    const ingest = await startIngestWorker({ url, prefix, logger });
    parts.push({ tier: 'work', close: (ms) => ingest.close(ms) });
  }
  return { redisUrl: url, redis, runs, boards, pipelines, tokens: createRedisTokens(redis, prefix) };
}

/** Everything in this process's memory: gone with it, and without boards. */
export function openMemoryStore({ config, predictor, parts }: StoreOptions): Store {
  if (predictor === undefined) throw new Error('a store in memory needs its worker in the same process');
  const pipelines = createPipelines({ boards: noBoards('a service without Redis'), clusters: config.clusters });
  const runs = createMemoryRuns({
    pipelines,
    predictor,
    ...(config.concurrency === undefined ? {} : { concurrency: config.concurrency }),
  });
  parts.push({ tier: 'tools', close: () => runs.close() });
  return {
    redisUrl: undefined,
    redis: undefined,
    runs,
    boards: undefined,
    pipelines,
    tokens: createMemoryTokens(),
  };
}
