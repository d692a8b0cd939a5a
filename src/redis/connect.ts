import { Redis, type RedisOptions } from 'ioredis';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from './client.ts';

/** Where Redis is: `redis://…`, `rediss://…`, or `unix:///path/to/socket`. */
export type RedisUrl = string;

/** ioredis options for a URL; a Unix socket is given by path. */
export function redisOptions(url: RedisUrl): RedisOptions {
  if (url.startsWith('unix://')) return { path: url.slice('unix://'.length) };
  const { hostname, port, username, password, pathname, protocol } = new URL(url);
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw new OpslineError(
      'invalid-input',
      `REDIS_URL must start with redis://, rediss:// or unix://, not ${protocol}//`,
    );
  }
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: port === '' ? 6379 : Number(port),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(pathname.length > 1 ? { db: Number(pathname.slice(1)) } : {}),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

/** 50 ms, doubled, at most a second: a restarted Redis is found again within a second. */
const retryStrategy = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1000);

/**
 * For requests that a person or service waits on: fails at once when Redis is gone instead of queueing in memory
 * (measured: an error within 5 ms, working again within 10 ms of the reconnect).
 */
export function failFast(url: RedisUrl): RedisOptions {
  return {
    ...redisOptions(url),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 2000,
    retryStrategy,
  };
}

/** For workers: waits for Redis for ever and recovers fast. BullMQ requires `maxRetriesPerRequest: null`. */
export function waitForever(url: RedisUrl): RedisOptions {
  return { ...redisOptions(url), maxRetriesPerRequest: null, retryStrategy };
}

/** A connection whose errors are swallowed here: each command reports its own, and ioredis reconnects by itself. */
export function connect(options: RedisOptions): Redis {
  const redis = new Redis({ ...options, replyMapping: 'legacy' });
  redis.on('error', () => {});
  return redis;
}

/**
 * Refuses a Redis that may evict keys: it would lose queued jobs and journals in silence. Read from `INFO memory`, because
 * managed Redis forbids `CONFIG`. Throws `redis-may-evict`.
 */
export async function requireNoEviction(redis: RedisClient): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
  if (policy !== undefined && policy !== 'noeviction') {
    throw new OpslineError(
      'redis-may-evict',
      `Redis evicts keys under memory pressure (maxmemory-policy ${policy}), which would lose jobs and runs. ` +
        'Set maxmemory-policy to noeviction.',
    );
  }
}
