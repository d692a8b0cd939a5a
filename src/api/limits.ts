import { type FastifyRateLimitOptions, fastifyRateLimit } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { connect, failFast } from '../redis/connect.ts';
import type { RedisUrl } from '../redis/url.ts';
import { callerId } from './auth.ts';

export interface RateLimit {
  /** Requests a token (or, without one, an address) may make in the window. */
  readonly max: number;
  readonly windowMs: number;
  /** Counts there, so that the limit holds across processes (see `limitConnection`); otherwise each process for itself. */
  readonly redis?: RedisClient;
  readonly prefix?: string;
}

/** 100 a second on average: far above a person or a CI job, far below what one process can take. */
export const DEFAULT_RATE_LIMIT: RateLimit = { max: 6000, windowMs: 60_000 };

/** A Redis that has not counted a request by then lets it pass; whatever the request needs of Redis fails by itself. */
const COUNT_MS = 250;

/** The connection of a limit that processes share: one of its own, since counting may wait less than the work itself. */
export const limitConnection = (url: RedisUrl): RedisClient => connect({ ...failFast(url), commandTimeout: COUNT_MS });

/** Boards serve game servers, whose requests are many and small, and bounded one by one: they are not counted. */
const isUnlimited = ({ routeOptions }: FastifyRequest): boolean => routeOptions.url?.startsWith('/v1/boards/') ?? false;

/** Limits requests by token, or by address for those without a valid one; boards are left out. Throws `rate-limited`, with Retry-After. */
export async function addRateLimit(app: FastifyInstance, limit: RateLimit): Promise<void> {
  const shared: FastifyRateLimitOptions =
    limit.redis === undefined ? {} : { redis: limit.redis, nameSpace: `${limit.prefix ?? 'opsline'}:{limits}:` };
  await app.register(fastifyRateLimit, {
    ...shared,
    max: limit.max,
    timeWindow: limit.windowMs,
    enableDraftSpec: true,
    // A limit that cannot be counted must not stop the service: whatever needs Redis fails by itself.
    skipOnError: true,
    allowList: isUnlimited,
    keyGenerator: callerId,
    errorResponseBuilder: (_request, { max, ttl }) =>
      new OpslineError(
        'rate-limited',
        `More than ${max} requests in ${limit.windowMs / 1000} s. Try again in ${Math.ceil(ttl / 1000)} s.`,
      ),
  });
}
