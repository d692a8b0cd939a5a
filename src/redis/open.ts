import { resolve } from 'node:path';
import { connect } from './connect.ts';
import { socketIn, startEmbeddedRedis } from './embedded.ts';
import { redisOptions } from './url.ts';

export interface OpenRedis {
  readonly url: string;
  /** Whether this process started it, so that it ends with this process. */
  readonly embedded: boolean;
  close(): Promise<void>;
}

/** Whether a Redis answers at `url` within half a second. */
export async function redisAnswers(url: string): Promise<boolean> {
  const redis = connect({ ...redisOptions(url), retryStrategy: () => null, connectTimeout: 500, commandTimeout: 500 });
  try {
    await redis.ping();
    return true;
  } catch (error) {
    // While it reads a large append-only file it answers, but with an error.
    return error instanceof Error && error.message.startsWith('LOADING');
  } finally {
    redis.disconnect();
  }
}

/**
 * The Redis to use: the one at `url` where given, else the private one of `folder`. When another opsline process runs that
 * one already, it is shared: two servers must never write one append-only file. Throws `program-missing` and
 * `redis-unavailable` as {@link startEmbeddedRedis} does.
 */
export async function openRedis(url: string | undefined, folder: string): Promise<OpenRedis> {
  if (url !== undefined) return { url, embedded: false, close: async () => {} };
  const data = resolve(folder);
  const shared = `unix://${socketIn(data)}`;
  if (await redisAnswers(shared)) return { url: shared, embedded: false, close: async () => {} };
  const redis = await startEmbeddedRedis(data);
  return { url: redis.url, embedded: true, close: () => redis.stop() };
}
