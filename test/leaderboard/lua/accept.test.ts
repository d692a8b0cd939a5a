import { expect, test } from 'vitest';
import { scripts } from '../../../src/leaderboard/scripts.ts';
import { lua } from './run.ts';

const { redis, keys, run, contents } = lua();
const fresh = () => keys('gate', 'pending');
const accept = ({ gate, pending }: ReturnType<typeof fresh>, digest: string, now: number, parts = 2) =>
  run(scripts.accept, [gate, pending], [digest, 700, parts, now, 100, 'b1']);

test('new: the batch is written down with its time, is pending, and expires', async () => {
  const at = fresh();
  expect(await accept(at, 'd', 5000)).toEqual(['new', '5000', 0]);
  expect(await redis.hgetall(at.gate)).toEqual({ digest: 'd', events: '700', parts: '2', accepted: '5000' });
  expect(await redis.zrange(at.pending, '0', '-1', 'WITHSCORES')).toEqual(['b1', '5000']);
  expect(await redis.ttl(at.gate)).toBeGreaterThan(95);
});

test('known: the first time of acceptance stays, and what is missing is pending again for as long as before', async () => {
  const at = fresh();
  await accept(at, 'd', 5000);
  await redis.hset(at.gate, 'applied', '1');
  await redis.zrem(at.pending, 'b1');
  await redis.expire(at.gate, 10);
  expect(await accept(at, 'd', 9000)).toEqual(['known', '5000', 1]);
  expect(await redis.zrange(at.pending, '0', '-1', 'WITHSCORES')).toEqual(['b1', '5000']);
  expect(await redis.ttl(at.gate)).toBeGreaterThan(95);
});

test('known and wholly applied: nothing is pending, and the gate goes when it would have gone', async () => {
  const at = fresh();
  await accept(at, 'd', 5000);
  await redis.hset(at.gate, 'applied', '2');
  await redis.zrem(at.pending, 'b1');
  await redis.expire(at.gate, 10);
  expect(await accept(at, 'd', 9000)).toEqual(['known', '5000', 2]);
  expect(await redis.exists(at.pending)).toBe(0);
  expect(await redis.ttl(at.gate)).toBeLessThanOrEqual(10);
});

test('conflict: other events under the key change nothing', async () => {
  const at = fresh();
  await accept(at, 'd', 5000);
  const before = await contents(Object.values(at));
  expect(await accept(at, 'other', 9000)).toEqual(['conflict']);
  expect(await contents(Object.values(at))).toEqual(before);
});
