import { expect, test } from 'vitest';
import { scripts } from '../../../src/leaderboard/scripts.ts';
import { lua } from './run.ts';

const { redis, keys, run } = lua();

test('without entries only their number', async () => {
  const { entries } = keys('entries');
  expect(await run(scripts.percentiles, [entries], [1, 50_000])).toEqual([0]);
});

test.each([
  // The lowest score first, or, where higher is better, last.
  ['lower', 0, ['1', '1', '2', '2', '3', '4', '4']],
  ['higher', 1, ['4', '4', '3', '3', '2', '1', '1']],
])('by nearest rank, where %s is better', async (_, higher, expected) => {
  const { entries } = keys('entries');
  for (const score of [1, 2, 3, 4]) await redis.zadd(entries, score, `p${score}`);
  const asked = [0, 25_000, 25_001, 50_000, 75_000, 75_001, 100_000];
  expect(await run(scripts.percentiles, [entries], [higher, ...asked])).toEqual([4, ...expected]);
});

test('sort keys come back with all their digits', async () => {
  const { entries } = keys('entries');
  await redis.zadd(entries, String(Number.MIN_SAFE_INTEGER), 'ada');
  expect(await run(scripts.percentiles, [entries], [1, 50_000])).toEqual([1, String(Number.MIN_SAFE_INTEGER)]);
});
