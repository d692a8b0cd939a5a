import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { limitConnection } from '../../src/api/limits.ts';
import { createMemoryTokens } from '../../src/api/tokens.ts';
import { readConfig } from '../../src/config.ts';
import { connect } from '../../src/redis/connect.ts';
import { startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { redisOptions } from '../../src/redis/url.ts';
import { openService } from '../../src/service/open.ts';
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
  const redis = limitConnection('redis://127.0.0.1:1');
  onTestFinished(() => redis.disconnect());
  const { app } = await serve({ rateLimit: { max: 1, windowMs: 60_000, redis } });
  for (let i = 0; i < 3; i++) expect((await app.inject('/v1/runs')).statusCode).toBe(200);
});

test('a limit that Redis does not count because it hangs delays nothing for long', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-limit-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const server = await startEmbeddedRedis(folder);
  onTestFinished(() => server.kill());
  const redis = limitConnection(server.url);
  onTestFinished(() => redis.disconnect());
  const { app } = await serve({ rateLimit: { max: 1, windowMs: 60_000, redis, prefix: 'hangs' } });
  const status = async () => (await app.inject('/v1/runs')).statusCode;
  await expect.poll(status).toBe(429);
  process.kill(server.pid, 'SIGSTOP');
  const begun = performance.now();
  expect(await status()).toBe(200);
  // As long as any other command may wait.
  expect(performance.now() - begun).toBeLessThan(2000);
  process.kill(server.pid, 'SIGCONT');
  await expect.poll(status).toBe(429);
});

test('services on one Redis share the limit as they ship', async () => {
  const { url, prefix } = testRedis();
  const open = async () => {
    const config = readConfig({
      REDIS_URL: url,
      OPSLINE_PREFIX: prefix,
      OPSLINE_PORT: '0',
      OPSLINE_LOG_LEVEL: 'silent',
    });
    const service = await openService({ config, roles: ['api'], embeddedRedis: false, version: '0.0.0' });
    onTestFinished(() => service.close(2000));
    return service.url;
  };
  const [one, two] = [await open(), await open()];
  const left = async (server: string | undefined): Promise<number> => {
    const response = await fetch(`${server}/v1/runs`);
    await response.arrayBuffer();
    return Number(response.headers.get('ratelimit-remaining'));
  };
  // Each counts from when its connection stands.
  await expect.poll(() => left(one)).toBeLessThan(6000);
  await expect.poll(() => left(two)).toBeLessThan(5999);
  const before = await left(one);
  expect(await left(two)).toBe(before - 1);
  expect(await left(one)).toBe(before - 2);
});
