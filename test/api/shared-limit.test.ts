import { expect, onTestFinished, test } from 'vitest';
import { createMemoryTokens } from '../../src/api/tokens.ts';
import { connect, failFast } from '../../src/redis/connect.ts';
import { redisOptions } from '../../src/redis/url.ts';
import { testRedis } from '../helpers/redis.ts';
import { serve } from './serve.ts';

test('a limit kept in Redis holds across processes', async () => {
  const { url, prefix } = testRedis();
  const redis = connect(redisOptions(url));
  onTestFinished(() => redis.disconnect());
  const rateLimit = { max: 4, windowMs: 60_000, redis, prefix };
  const tokens = createMemoryTokens();
  const [one, two] = [await serve({ tokens, rateLimit }), await serve({ tokens, rateLimit })];
  const headers = await one.bearer('runs:read');
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) {
    const { app } = i % 2 === 0 ? one : two;
    statuses.push((await app.inject({ url: '/v1/runs', headers })).statusCode);
  }
  expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  expect(await redis.keys(`${prefix}:{limits}:*`)).toHaveLength(1);
});

test('a limit that cannot be counted does not stop the service', async () => {
  const redis = connect(failFast('redis://127.0.0.1:1'));
  onTestFinished(() => redis.disconnect());
  const { app } = await serve({ rateLimit: { max: 1, windowMs: 60_000, redis } });
  for (let i = 0; i < 3; i++) expect((await app.inject('/v1/runs')).statusCode).toBe(200);
});
