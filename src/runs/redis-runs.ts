import type { Queue } from 'bullmq';
import { connect, connectSubscriber, failFast } from '../redis/connect.ts';
import { untilUsable } from '../redis/usable.ts';
import type { AnyPipeline } from './pipeline.ts';
import { type JobData, type QueueDepth, RunQueues } from './queues.ts';
import { RedisStore } from './redis-store.ts';
import type { Runs } from './runs.ts';
import { RunService } from './service.ts';

export const DEFAULT_PREFIX = 'opsline';

/** How long and how many finished runs are kept. */
export interface Retention {
  readonly ageMs: number;
  readonly count: number;
}

export const DEFAULT_RETENTION: Retention = { ageMs: 7 * 24 * 3600 * 1000, count: 10_000 };

export interface RedisRunsOptions {
  readonly url: string;
  /** Before all keys; `opsline` unless told. */
  readonly prefix?: string;
  readonly pipelines: readonly AnyPipeline[];
  readonly retention?: Retention;
  /** How long to wait for Redis at the start, ms; 5000 unless told. */
  readonly connectTimeoutMs?: number;
}

/** `Runs` on Redis, with what an operator looks at. */
export interface RedisRuns extends Runs {
  /** BullMQ's queues, one a pipeline, for a dashboard. */
  queues(): Queue<JobData>[];
  depths(): Promise<QueueDepth[]>;
}

/**
 * The run service on Redis and BullMQ: adds, reads, cancels; workers elsewhere execute. Commands fail within
 * milliseconds with `redis-unavailable` while Redis is gone and work again once it is back. Throws `redis-unavailable`
 * when there is no Redis at the start, `redis-may-evict` when it may drop keys, `redis-wrong-mode` when the URL does not fit it.
 */
export async function createRuns(options: RedisRunsOptions): Promise<RedisRuns> {
  const { url, prefix = DEFAULT_PREFIX, pipelines, retention = DEFAULT_RETENTION } = options;
  const redis = connect(failFast(url));
  try {
    await untilUsable(redis, url, options.connectTimeoutMs);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  const subscriber = connectSubscriber(url);
  const store = new RedisStore({ redis, subscriber, prefix, keepMs: retention.ageMs });
  const queues = new RunQueues(
    redis,
    prefix,
    pipelines.map(({ name }) => name),
  );
  const service = new RunService(store, {
    pipelines,
    dispatch: (ticket) => queues.add(ticket),
    dispatchAgain: (ticket) => queues.addAgain(ticket),
    close: async () => {
      await queues.close();
      redis.disconnect();
      subscriber.disconnect();
    },
  });
  return Object.assign(service, { queues: () => queues.all(), depths: () => queues.depths() });
}
