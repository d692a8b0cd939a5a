import { expect, test } from 'vitest';
import { scripts } from '../../../src/leaderboard/scripts.ts';
import { lua } from './run.ts';

const { redis, keys, run } = lua();

test.each([
  ['the version it was made from', '{"version":3}', 1],
  ['a later version', '{"version":4}', 0],
  ['an earlier version', '{"version":2}', 0],
  ['no board', undefined, 0],
])('on %s', async (_, kept, answer) => {
  const { definition } = keys('definition');
  if (kept !== undefined) await redis.set(definition, kept);
  expect(await run(scripts.redefine, [definition], [3, 'new'])).toBe(answer);
  expect(await redis.get(definition)).toBe(answer === 1 ? 'new' : (kept ?? null));
});

test('a definition without a version is the first one', async () => {
  const { definition } = keys('definition');
  await redis.set(definition, '{}');
  expect(await run(scripts.redefine, [definition], [2, 'new'])).toBe(0);
  expect(await run(scripts.redefine, [definition], [1, 'new'])).toBe(1);
});
