import type { RedisOptions } from 'ioredis';
import { OpslineError } from '../errors.ts';

/**
 * Where Redis is: `redis://…`, `rediss://…` (TLS), `unix:///path/to/socket`; for a Redis Cluster
 * `redis+cluster://host:port,host:port,…` or `rediss+cluster://…` with some of its nodes.
 */
export type RedisUrl = string;

export interface ClusterAddress {
  readonly host: string;
  readonly port: number;
}

/** Options of ioredis; with `nodes`, of a connection to the Redis Cluster that these belong to. */
export type ConnectOptions = RedisOptions & { readonly nodes?: readonly ClusterAddress[] };

/** What a URL says, for {@link connect}. Throws `invalid-input`, which never repeats the URL: it may hold a password. */
export function redisOptions(url: RedisUrl): ConnectOptions {
  if (url.startsWith('unix://')) return { path: url.slice('unix://'.length) };
  const scheme = /^(rediss?(?:\+cluster)?):\/\//.exec(url)?.[1];
  if (scheme === undefined) {
    throw new OpslineError(
      'invalid-input',
      'REDIS_URL must start with redis://, rediss://, unix://, redis+cluster:// or rediss+cluster://.',
    );
  }
  const rest = url.slice(scheme.length + '://'.length);
  const common = scheme.startsWith('rediss') ? { tls: {} } : {};
  if (!scheme.endsWith('+cluster')) {
    const { host, port, credentials, database } = placeOf(rest);
    return { host, port, ...credentials, ...(database === undefined ? {} : { db: database }), ...common };
  }
  const at = rest.lastIndexOf('@') + 1;
  const places = rest
    .slice(at)
    .split(',')
    .map((node) => placeOf(rest.slice(0, at) + node));
  if (places.some(({ database }) => database !== undefined && database !== 0)) {
    throw new OpslineError('invalid-input', 'REDIS_URL names a database, and a Redis Cluster has none but 0.');
  }
  return {
    nodes: places.map(({ host, port }) => ({ host, port })),
    ...places[0]?.credentials,
    ...common,
  };
}

/** Where a URL points, for a person: hosts and ports or the socket, without user and password. */
export function whereOf(url: RedisUrl): string {
  const { path, host, port, nodes } = redisOptions(url);
  return path ?? (nodes ?? [{ host: host as string, port: port as number }]).map(addressText).join(', ');
}

/** `host:port`, an IPv6 address in brackets. */
export function addressText({ host, port }: ClusterAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function placeOf(rest: string): ClusterAddress & {
  credentials: { username?: string; password?: string };
  database: number | undefined;
} {
  const text = `redis://${rest}`;
  if (!URL.canParse(text)) {
    throw new OpslineError(
      'invalid-input',
      'REDIS_URL is malformed. It is redis://user:password@host:port, for a cluster redis+cluster://user:password@host:port,host:port; ' +
        'write special characters of a password percent-encoded.',
    );
  }
  const { hostname, port, username, password, pathname } = new URL(text);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: port === '' ? 6379 : Number(port),
    credentials: {
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    },
    database: pathname.length > 1 ? Number(pathname.slice(1)) : undefined,
  };
}
