import type { RedisClient } from './client.ts';

/** Counters in Redis that every process with the same prefix shares: `{prefix}:count:<key>`. */
export function redisCounters(redis: RedisClient, prefix: string) {
  return {
    /** Adds and returns the new value; a counter nobody added to for `ttlSeconds` is forgotten. */
    async add(key: string, amount: number, ttlSeconds: number): Promise<number> {
      const name = `${prefix}:count:${key}`;
      const results = await redis.multi().incrby(name, amount).expire(name, ttlSeconds).exec();
      const [error, value] = results?.[0] ?? [new Error('no answer'), 0];
      if (error) throw error;
      return Number(value);
    },
  };
}
