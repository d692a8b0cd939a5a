/** The scripts that read a window: what each returns, and that a version which the caller knows is all there is to say. */
import { beforeAll, describe, expect, test } from 'vitest';
import { scripts } from '../../../src/leaderboard/scripts.ts';
import { lua } from './run.ts';

const { redis, keys, run } = lua();
const at = keys('state', 'entries', 'scores', 'metadata');
const before = keys('state', 'entries');
const window = Object.values(at);
const none = Object.values(keys('state', 'entries', 'scores', 'metadata'));
/** Scores -9, -7, -7 and -5 in 2^3 steps: higher is better, so they are negative. */
const entries = ['ada', -72 + 1, 'bob', -56, 'cyd', -56 + 7, 'dan', -40 + 3];
/** Versions: an open window of revision 7, and a closed one of revision 2 and snapshot 5. */
const OPEN = '7';
const CLOSED = '2.5';

beforeAll(async () => {
  for (let i = 0; i < entries.length; i += 2) await redis.zadd(at.entries, String(entries[i + 1]), String(entries[i]));
  for (const score of [-9, -7, -5]) await redis.zadd(at.scores, score, String(score));
  await redis.hset(at.metadata, 'cyd', '{"hat":"red"}');
  await redis.hset(at.state, { revision: '7', events: '12' });
  await redis.zadd(before.entries, 1, 'dan', 2, 'eve', 3, 'ada');
  await redis.hset(before.state, { revision: '2', closed: '5' });
});

const row = (from: number, to: number): string[] => entries.slice(2 * from, 2 * to).map(String);
const page = (from: number, to: number): string => JSON.stringify(row(from, to));

test.each([
  ['top', scripts.top, [OPEN, 8, 0, 0, 2]],
  ['after', scripts.after, [OPEN, 8, 0, -56, 'bob', 2]],
  ['around', scripts.around, [OPEN, 8, 0, 'nobody', 1]],
  ['friends', scripts.friends, [OPEN, 8, 0, 'ada']],
  ['supposed', scripts.supposed, [OPEN, -7, -56, -48]],
  ['percentiles', scripts.percentiles, [OPEN, 1, 50_000]],
  ['count', scripts.count, [OPEN]],
])('%s says only the version to whoever knows it', async (_, script, args) => {
  expect(await run(script, window, args)).toEqual([OPEN]);
});

describe('top', () => {
  test('from the first place', async () => {
    expect(await run(scripts.top, window, ['', 8, 0, 0, 2])).toEqual([OPEN, 4, 0, 0, 0, page(0, 2), '[]']);
  });

  test('from a later place: how many entries and different scores are better than its first, with metadata', async () => {
    const metadata = JSON.stringify(['{"hat":"red"}', false]);
    expect(await run(scripts.top, window, ['6', 8, 1, 2, 10])).toEqual([OPEN, 4, 2, 1, 1, page(2, 4), metadata]);
    expect(await run(scripts.top, window, ['6', 8, 0, 3, 10])).toEqual([OPEN, 4, 3, 3, 2, page(3, 4), '[]']);
  });

  test('behind the last place, and of a window without entries', async () => {
    expect(await run(scripts.top, window, ['', 8, 1, 4, 10])).toEqual([OPEN, 4, 4, 0, 0, '[]', '[]']);
    expect(await run(scripts.top, none, ['', 8, 1, 0, 10])).toEqual(['0', 0, 0, 0, 0, '[]', '[]']);
  });
});

describe('after', () => {
  test.each([
    ['an entry', -56, 'bob', 2],
    ['a place between two of one key', -56, 'bobby', 2],
    ['a place before all', -1000, 'x', 0],
    ['a place behind all', 0, 'x', 4],
  ])('%s', async (_, key, player, first) => {
    const reply = (await run(scripts.after, window, ['', 8, 0, key, player, 10])) as unknown[];
    expect([reply[2], reply[5]]).toEqual([first, page(first, 4)]);
  });
});

describe('around', () => {
  test('a player in the middle, at an end, and alone', async () => {
    expect(await run(scripts.around, window, ['', 8, 0, 'bob', 1])).toEqual([OPEN, 4, 0, 0, 0, page(0, 3), '[]']);
    expect(await run(scripts.around, window, ['', 8, 0, 'dan', 1])).toEqual([OPEN, 4, 2, 1, 1, page(2, 4), '[]']);
    expect(await run(scripts.around, window, ['', 8, 0, 'cyd', 0])).toEqual([OPEN, 4, 2, 1, 1, page(2, 3), '[]']);
  });

  test('a player who has no entry', async () => {
    expect(await run(scripts.around, window, ['', 8, 0, 'nobody', 3])).toEqual([OPEN, null]);
  });
});

test('friends: in the order that was asked for, nothing for those without an entry', async () => {
  const standings = [3, 3, 2, 2, 1, 1];
  const [sortKeys, metadata] = [
    ['-37', null, '-49'],
    [null, null, '{"hat":"red"}'],
  ];
  const asked = ['dan', 'nobody', 'cyd'];
  expect(await run(scripts.friends, window, ['', 8, 1, ...asked])).toEqual([OPEN, 4, sortKeys, standings, metadata]);
  expect(await run(scripts.friends, none, ['', 8, 0, 'dan'])).toEqual(['0', 0, [null], [], []]);
});

test('supposed: how many entries and different scores are better, and how many as good', async () => {
  expect(await run(scripts.supposed, window, ['', -7, -56, -48])).toEqual([OPEN, 4, 1, 3, 1]);
  expect(await run(scripts.supposed, window, ['', -6, -48, -40])).toEqual([OPEN, 4, 3, 3, 2]);
});

test('movers: both windows, each with the places in the other', async () => {
  const both = [at.state, at.entries, before.state, before.entries];
  const version = `${OPEN}~${CLOSED}`;
  expect(await run(scripts.movers, both, ['', 2])).toEqual([
    ...[version, 4, 3],
    ...[row(0, 2), [2, null]],
    ...[
      ['dan', 'eve'],
      [3, null],
    ],
  ]);
  expect(await run(scripts.movers, both, [version, 2])).toEqual([version]);
});

describe('percentiles', () => {
  test('without entries there are none', async () => {
    expect(await run(scripts.percentiles, none, ['', 1, 50_000])).toEqual(['0', 0]);
  });

  test.each([
    // The lowest score first, or, where higher is better, last.
    ['lower', 0, ['1', '1', '2', '2', '3', '4', '4']],
    ['higher', 1, ['4', '4', '3', '3', '2', '1', '1']],
  ])('by nearest rank, where %s is better', async (_, higher, expected) => {
    const own = keys('state', 'entries');
    for (const score of [1, 2, 3, 4]) await redis.zadd(own.entries, score, `p${score}`);
    const asked = [0, 25_000, 25_001, 50_000, 75_000, 75_001, 100_000];
    expect(await run(scripts.percentiles, Object.values(own), ['', higher, ...asked])).toEqual(['0', 4, ...expected]);
  });

  test('sort keys come back with all their digits', async () => {
    const own = keys('state', 'entries');
    const key = String(Number.MIN_SAFE_INTEGER);
    await redis.zadd(own.entries, key, 'ada');
    expect(await run(scripts.percentiles, Object.values(own), ['', 1, 50_000])).toEqual(['0', 1, key]);
  });
});

test('count', async () => {
  expect(await run(scripts.count, window, [''])).toEqual([OPEN, 4]);
  expect(await run(scripts.count, none, [''])).toEqual(['0', 0]);
});

test('page: the revision, events and entries, or nothing of a window that nothing was applied to', async () => {
  expect(await run(scripts.page, [at.entries, at.state], [1, 2])).toEqual(['7', '12', 4, row(1, 3)]);
  expect(await run(scripts.page, [at.entries, at.state], [4, 2])).toEqual(['7', '12', 4, []]);
  expect(await run(scripts.page, none.slice(0, 2), [0, 2])).toEqual([null, null, 0, []]);
});
