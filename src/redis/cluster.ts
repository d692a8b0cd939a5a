import { Cluster, type ClusterNode, type ClusterOptions, type Redis, type RedisOptions } from 'ioredis';
import type { ClusterAddress } from './url.ts';
import { writeTogether } from './write-together.ts';

/** A connection to the Redis Cluster that `nodes` belong to, which keeps the promises of `options` as one to a single Redis does. */
export function connectCluster(nodes: readonly ClusterAddress[], options: RedisOptions): Cluster {
  const cluster = new ReconnectingCluster([...nodes], clusterOptions(options));
  // Every master is connected to before it is needed: a fail-fast connection refuses commands while it connects to one.
  const open = (node: Redis): void => {
    if (cluster.status === 'ready' && node.status === 'wait') node.connect().catch(() => {});
  };
  cluster.on('+node', writeTogether);
  cluster.on('+node', open);
  cluster.on('ready', () => cluster.nodes('master').forEach(open));
  return cluster;
}

/**
 * A lost node leaves ioredis's pool, and its commands are sent again where the other nodes say, after a pause: for ever, or a few
 * times by a fail-fast connection, which gives up an eighth of a second after the first failure, and at once when it has no node.
 */
function clusterOptions(options: RedisOptions): ClusterOptions {
  const { enableOfflineQueue = true, retryStrategy, lazyConnect = false, ...redis } = options;
  const patient = redis.maxRetriesPerRequest === null;
  const pauseMs = patient ? 200 : 25;
  return {
    enableOfflineQueue,
    lazyConnect,
    clusterRetryStrategy: retryStrategy,
    // While a part of the cluster is down, ioredis's connect() never settles with this check, and BullMQ awaits it.
    enableReadyCheck: !patient,
    maxRedirections: patient ? Number.POSITIVE_INFINITY : 5,
    retryDelayOnFailover: pauseMs,
    retryDelayOnClusterDown: pauseMs,
    retryDelayOnTryAgain: pauseMs,
    // Left to the socket, which then knows the name that a certificate is for.
    dnsLookup: (host, found) => found(null, host),
    redisOptions: redis,
  };
}

type Retry = (...args: unknown[]) => void;

/**
 * A disconnected ioredis Cluster still sends commands that were pausing before a retry, once it is connected again. BullMQ
 * disconnects in order to be rid of a blocking command: one sent again would take a job's marker and tell nobody.
 */
class ReconnectingCluster extends Cluster {
  #disconnects = 0;

  constructor(nodes: ClusterNode[], options: ClusterOptions) {
    super(nodes, { ...options, redisOptions: { ...options.redisOptions, replyMapping: 'legacy' } });
    // BullMQ blocks on a duplicate. Assigned, because the type of ioredis's own method admits no subclass.
    Object.assign(this, {
      duplicate: (others: ClusterNode[] = [], more: ClusterOptions = {}) => {
        const redisOptions = { ...options.redisOptions, ...more.redisOptions };
        return new ReconnectingCluster(others.length > 0 ? others : nodes, { ...options, ...more, redisOptions });
      },
    });
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) this.#disconnects += 1;
    super.disconnect(reconnect);
  }

  override handleError(error: Error, ttl: { value?: number }, handlers: Record<string, Retry>): void {
    const before = this.#disconnects;
    const guarded = Object.entries(handlers).map(([name, retry]): [string, Retry] => [
      name,
      (...args) => (before === this.#disconnects ? retry(...args) : handlers.defaults?.(...args)),
    ]);
    super.handleError(error, ttl, { ...Object.fromEntries(guarded), defaults: handlers.defaults });
  }
}
