import type { Config } from '../../config.ts';
import { findOnPath } from '../../programs/path.ts';
import type { Finding } from './check.ts';

/** Asks the configured Redis what it is and how it evicts; without one, looks for a program to start. */
export async function checkRedis(config: Config): Promise<Finding> {
  const name = 'redis';
  if (config.redisUrl === undefined) {
    const program = await findOnPath(['redis-server', 'valkey-server']);
    if (program !== undefined)
      return { name, state: 'ok', detail: `${program}, started by \`opsline up\` (noeviction)` };
    return {
      name,
      state: 'missing',
      detail: 'REDIS_URL is not set, and neither redis-server nor valkey-server is on PATH',
      mend: 'apt-get install redis-server',
    };
  }
  const { connect, redisOptions, requireNoEviction } = await import('../../redis/connect.ts');
  const redis = connect({ ...redisOptions(config.redisUrl), retryStrategy: () => null, connectTimeout: 3000 });
  try {
    await requireNoEviction(redis);
    const version = /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? 'of unknown version';
    return { name, state: 'ok', detail: `Redis ${version} answers, noeviction` };
  } catch (error) {
    const evicts = (error as { code?: string }).code === 'redis-may-evict';
    return {
      name,
      state: 'missing',
      detail: evicts ? (error as Error).message : 'REDIS_URL does not answer',
      mend: evicts
        ? 'redis-cli -u "$REDIS_URL" config set maxmemory-policy noeviction'
        : 'redis-cli -u "$REDIS_URL" ping',
    };
  } finally {
    redis.disconnect();
  }
}
