import { expect, test } from 'vitest';
import { scripts } from '../../../src/leaderboard/scripts.ts';
import { lua } from './run.ts';

const { redis, keys, run, contents } = lua();

/** A batch of two parts, of which some are applied. */
async function accepted(applied: readonly number[]) {
  const at = keys('gate', 'pending');
  await redis.hset(at.gate, { parts: '2', applied: String(applied.length) });
  for (const part of applied) await redis.hset(at.gate, String(part), '1');
  await redis.zadd(at.pending, 1, 'b1');
  const refuse = (part: number) => run(scripts.refuse, [at.gate, at.pending], [part, 'too much', 'b1']);
  return { ...at, refuse };
}

test('refused: the reason is written down once; the batch is pending until nothing else is to come', async () => {
  const { gate, pending, refuse } = await accepted([]);
  expect(await refuse(1)).toBe('refused');
  expect(await refuse(1)).toBe('refused');
  expect(await redis.hgetall(gate)).toEqual({ parts: '2', applied: '0', 'refused:1': 'too much', refused: '1' });
  expect(await redis.zcard(pending)).toBe(1);
  expect(await refuse(0)).toBe('refused');
  expect(await redis.zcard(pending)).toBe(0);
});

test('refused, when all others are applied: the batch is pending no more', async () => {
  const { pending, refuse } = await accepted([0]);
  expect(await refuse(1)).toBe('refused');
  expect(await redis.zcard(pending)).toBe(0);
});

test('applied meanwhile: nothing is written', async () => {
  const { gate, pending, refuse } = await accepted([1]);
  const before = await contents([gate, pending]);
  expect(await refuse(1)).toBe('applied');
  expect(await contents([gate, pending])).toEqual(before);
});

test('expired: the batch is pending no more, and there is no gate again', async () => {
  const { gate, pending, refuse } = await accepted([]);
  await redis.del(gate);
  expect(await refuse(1)).toBe('expired');
  expect(await redis.exists(gate, pending)).toBe(0);
});
