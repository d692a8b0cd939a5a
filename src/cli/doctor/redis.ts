import type { Config } from '../../config.ts';
import type { OpslineError } from '../../errors.ts';
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
  const [{ connect }, { redisOptions }, { infoOfMasters, untilUsable }] = await Promise.all([
    import('../../redis/connect.ts'),
    import('../../redis/url.ts'),
    import('../../redis/usable.ts'),
  ]);
  const redis = connect({ ...redisOptions(config.redisUrl), retryStrategy: () => null, connectTimeout: 3000 });
  try {
    await untilUsable(redis, config.redisUrl, 3000);
    const servers = await infoOfMasters(redis, 'server');
    const version = /^redis_version:(\S+)/m.exec(servers[0] ?? '')?.[1] ?? 'of unknown version';
    const masters = redis.isCluster ? `, ${servers.length} masters` : '';
    return { name, state: 'ok', detail: `Redis ${version} answers, noeviction${masters}` };
  } catch (error) {
    const { code, message } = error as OpslineError;
    if (code === 'redis-may-evict') {
      return {
        name,
        state: 'missing',
        detail: message,
        mend: 'redis-cli -u "$REDIS_URL" config set maxmemory-policy noeviction',
      };
    }
    const detail = code === 'redis-wrong-mode' ? message : 'REDIS_URL does not answer';
    return { name, state: 'missing', detail, mend: 'redis-cli -u "$REDIS_URL" ping' };
  } finally {
    redis.disconnect();
  }
}
