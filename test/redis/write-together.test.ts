import { setImmediate as turn } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';

const { url, prefix } = testRedis();
const redis = connect(waitForever(url)) as Redis;
const other = connect(waitForever(url));
afterAll(() => {
  redis.disconnect();
  other.disconnect();
});

test('commands of one turn are held until its end, and answered in their order', async () => {
  await redis.ping();
  const key = `${prefix}count`;
  const answers = Array.from({ length: 50 }, () => redis.incr(key));
  expect(redis.stream.writableCorked).toBe(1);
  expect(redis.stream.writableLength).toBeGreaterThan(50 * 10);
  await turn();
  expect(redis.stream.writableCorked).toBe(0);
  expect(await Promise.all(answers)).toEqual(answers.map((_, index) => index + 1));
});

test('a connection that was lost is held the same way when it is back', async () => {
  const { stream } = redis;
  await other.client('KILL', 'ID', await redis.client('ID'));
  expect(await redis.ping()).toBe('PONG');
  expect(redis.stream).not.toBe(stream);
  await redis.ping();
  const answer = redis.ping();
  expect(redis.stream.writableCorked).toBe(1);
  expect(await answer).toBe('PONG');
});
