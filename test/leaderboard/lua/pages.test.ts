/** `top`, `around` and `page`, and `page-of` that the first two include. */
import { beforeAll, describe, expect, test } from 'vitest';
import { scripts } from '../../../src/leaderboard/scripts.ts';
import { lua } from './run.ts';

const { redis, keys, run } = lua();
const at = keys('entries', 'scores', 'metadata', 'state');
const window = [at.entries, at.scores, at.metadata];
/** Scores -9, -7, -7 and -5 in 2^3 steps: higher is better, so they are negative. */
const entries = ['ada', -72 + 1, 'bob', -56, 'cyd', -56 + 7, 'dan', -40 + 3];

beforeAll(async () => {
  for (let i = 0; i < entries.length; i += 2) await redis.zadd(at.entries, String(entries[i + 1]), String(entries[i]));
  for (const score of [-9, -7, -5]) await redis.zadd(at.scores, score, String(score));
  await redis.hset(at.metadata, 'cyd', '{"hat":"red"}');
  await redis.hset(at.state, { revision: '7', events: '12' });
});

const row = (from: number, to: number): string[] => entries.slice(2 * from, 2 * to).map(String);

describe('top', () => {
  test('from the first place', async () => {
    expect(await run(scripts.top, window, [8, 0, 0, 2])).toEqual([4, 0, 0, 0, row(0, 2), []]);
  });

  test('from a later place: how many entries and different scores are better than its first, with metadata', async () => {
    expect(await run(scripts.top, window, [8, 1, 2, 10])).toEqual([4, 2, 1, 1, row(2, 4), ['{"hat":"red"}', null]]);
    expect(await run(scripts.top, window, [8, 0, 3, 10])).toEqual([4, 3, 3, 2, row(3, 4), []]);
  });

  test('behind the last place, and of a window without entries', async () => {
    expect(await run(scripts.top, window, [8, 1, 4, 10])).toEqual([4, 4, 0, 0, [], []]);
    const none = keys('entries', 'scores', 'metadata');
    expect(await run(scripts.top, Object.values(none), [8, 1, 0, 10])).toEqual([0, 0, 0, 0, [], []]);
  });
});

describe('around', () => {
  test('a player in the middle, at an end, and alone', async () => {
    expect(await run(scripts.around, window, [8, 0, 'bob', 1])).toEqual([4, 0, 0, 0, row(0, 3), []]);
    expect(await run(scripts.around, window, [8, 0, 'dan', 1])).toEqual([4, 2, 1, 1, row(2, 4), []]);
    expect(await run(scripts.around, window, [8, 0, 'cyd', 0])).toEqual([4, 2, 1, 1, row(2, 3), []]);
  });

  test('a player who has no entry', async () => {
    expect(await run(scripts.around, window, [8, 0, 'nobody', 3])).toBeNull();
  });
});

describe('page', () => {
  test('gives the revision, events and entries', async () => {
    expect(await run(scripts.page, [at.entries, at.state], [1, 2])).toEqual(['7', '12', 4, row(1, 3)]);
    expect(await run(scripts.page, [at.entries, at.state], [4, 2])).toEqual(['7', '12', 4, []]);
  });

  test('of a window that nothing was applied to', async () => {
    const none = keys('entries', 'state');
    expect(await run(scripts.page, Object.values(none), [0, 2])).toEqual([null, null, 0, []]);
  });
});
