import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from './client.ts';
import { reaching } from './unavailable.ts';
import { addressText, type RedisUrl, redisOptions, whereOf } from './url.ts';

/**
 * Resolves when the connection made from `url` stands and what it reaches may be used. Throws `redis-unavailable` after
 * `timeoutMs`, `redis-wrong-mode` when the URL is that of one Redis and a cluster answers or the other way about, and
 * `redis-may-evict`.
 */
export async function untilUsable(redis: RedisClient, url: RedisUrl, timeoutMs = 5000): Promise<void> {
  const end = performance.now() + timeoutMs;
  await untilReady(redis, url, timeoutMs);
  for (;;) {
    try {
      await reaching(requireMode(redis, url));
      return await reaching(requireFit(redis));
    } catch (error) {
      // A cluster that has just started does not serve all slots yet.
      if (!(error instanceof OpslineError) || !error.kind.retryable || performance.now() > end) throw error;
      await sleep(50);
    }
  }
}

/**
 * Refuses a cluster that does not serve all slots, and a Redis that may evict keys: it would lose queued jobs and journals in
 * silence. The policy is read from `INFO memory`, because managed Redis forbids `CONFIG`; of a cluster, every master must
 * answer. Throws `redis-may-evict`, `redis-unavailable`.
 */
export async function requireFit(redis: RedisClient): Promise<void> {
  if (redis instanceof Cluster && /^cluster_state:fail/m.test(String(await redis.cluster('INFO')))) {
    throw new OpslineError('redis-unavailable', 'The Redis Cluster is down: it does not serve all slots.');
  }
  for (const memory of await infoOfMasters(redis, 'memory')) {
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
    if (policy !== undefined && policy !== 'noeviction') {
      throw new OpslineError(
        'redis-may-evict',
        `Redis evicts keys under memory pressure (maxmemory-policy ${policy}), which would lose jobs and runs. ` +
          'Set maxmemory-policy to noeviction.',
      );
    }
  }
}

/** A section of `INFO` of the Redis, or of each master of the cluster. */
export async function infoOfMasters(redis: RedisClient, section: string): Promise<string[]> {
  return Promise.all((await mastersOf(redis)).map((master) => master.info(section)));
}

/**
 * All masters. The cluster is asked for its slots again, since a lost master is missing in ioredis's pool until then; asking
 * it something then fails, as it should.
 */
async function mastersOf(redis: RedisClient): Promise<Redis[]> {
  if (!(redis instanceof Cluster)) return [redis];
  // Waits for the cluster, or fails, as the connection's options say.
  if (redis.status !== 'ready') await redis.ping();
  await new Promise<void>((resolve, reject) => {
    redis.refreshSlotsCache((error) => (error ? reject(error) : resolve()));
  });
  return redis.nodes('master');
}

async function untilReady(redis: RedisClient, url: RedisUrl, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Connection errors are retried until the time is up, but no time makes a cluster of one Redis.
  const onError = (error: Error & { lastNodeError?: Error }): void => {
    if (/cluster support disabled/i.test(error.lastNodeError?.message ?? '')) reject(notACluster(url));
  };
  const giveUp = (): void => reject(noAnswer(url, timeoutMs));
  const timer = setTimeout(giveUp, timeoutMs);
  redis.on('ready', resolve);
  redis.on('end', giveUp);
  redis.on('error', onError);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    redis.off('ready', resolve);
    redis.off('end', giveUp);
    redis.off('error', onError);
  }
}

/** Commands to one node of a cluster would fail for all keys that are elsewhere. */
async function requireMode(redis: RedisClient, url: RedisUrl): Promise<void> {
  if (redis instanceof Cluster || !/^cluster_enabled:1/m.test(await redis.info('cluster'))) return;
  const { path, tls } = redisOptions(url);
  const nodes = path === undefined ? whereOf(url) : 'host:port';
  throw new OpslineError(
    'redis-wrong-mode',
    `Redis at ${whereOf(url)} runs in cluster mode. Set REDIS_URL to redis${tls ? 's' : ''}+cluster://${nodes},… (user and password as before), ` +
      'with some more of its nodes, separated by commas.',
  );
}

function notACluster(url: RedisUrl): OpslineError {
  const { nodes: [first] = [], tls } = redisOptions(url);
  const single = `redis${tls ? 's' : ''}://${first === undefined ? 'host:port' : addressText(first)}`;
  return new OpslineError(
    'redis-wrong-mode',
    `Redis at ${whereOf(url)} does not run in cluster mode. Set REDIS_URL to ${single} (user and password as before).`,
  );
}

function noAnswer(url: RedisUrl, timeoutMs: number): OpslineError {
  return new OpslineError(
    'redis-unavailable',
    `No Redis answered at ${whereOf(url)} within ${timeoutMs / 1000} s. Start one or set REDIS_URL.`,
  );
}
