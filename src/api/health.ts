import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { requireFit } from '../redis/usable.ts';
import { Problem } from './problem.ts';

/** Says by throwing why the service cannot serve now. */
export type ReadyCheck = () => Promise<void>;

/** Ready while Redis answers within `timeoutMs` and will not evict keys. */
export function redisReady(redis: RedisClient, timeoutMs = 1000): ReadyCheck {
  return async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      await Promise.race([requireFit(redis), late]);
    } catch (cause) {
      if (cause instanceof OpslineError) throw cause;
      throw new OpslineError('redis-unavailable', 'Redis does not answer.', { cause });
    } finally {
      clearTimeout(timer);
    }
  };
}

/** `/livez` (the process runs) and `/readyz` (it should be sent requests). */
export const healthRoutes: FastifyPluginAsyncZod<{ checks: readonly ReadyCheck[]; draining: () => boolean }> = async (
  app,
  { checks, draining },
) => {
  const config = { scope: 'public', rateLimit: false } as const;
  const Ok = z.object({ status: z.literal('ok') });

  app.get(
    '/livez',
    {
      config,
      logLevel: 'silent',
      schema: { operationId: 'live', summary: 'The process runs', tags: ['health'], response: { 200: Ok } },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      config,
      logLevel: 'silent',
      schema: {
        operationId: 'ready',
        summary:
          'The service should be sent requests: it is not shutting down, and Redis answers and keeps what it is given',
        tags: ['health'],
        response: {
          200: Ok,
          503: {
            description: '`redis-unavailable`, `redis-may-evict` or `shutting-down`',
            content: { 'application/problem+json': { schema: Problem } },
          },
        },
      },
    },
    async () => {
      if (draining()) throw new OpslineError('shutting-down', 'The service is shutting down. Ask another instance.');
      await Promise.all(checks.map((check) => check()));
      return { status: 'ok' as const };
    },
  );
};
