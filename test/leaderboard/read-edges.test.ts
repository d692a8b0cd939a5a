import { describe, expect, test } from 'vitest';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { count } from '../../src/leaderboard/reads/count.ts';
import { writeCursor } from '../../src/leaderboard/reads/cursor.ts';
import { friends } from '../../src/leaderboard/reads/friends.ts';
import { movers } from '../../src/leaderboard/reads/movers.ts';
import { around, top } from '../../src/leaderboard/reads/page.ts';
import { percentiles } from '../../src/leaderboard/reads/percentiles.ts';
import { type Read, runRead } from '../../src/leaderboard/reads/read.ts';
import { standing } from '../../src/leaderboard/reads/standing.ts';
import { supposedRank } from '../../src/leaderboard/reads/supposed.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { DAYS, feed, NOW, newBoard, now, paged, prefix, redis } from './reading.ts';

describe('a cursor', () => {
  const at = NOW - 1000;

  test('goes on from where its entry stood when that is gone', async () => {
    const board = newBoard({ operator: 'latest' });
    await feed(
      board,
      ['a', 'b', 'c', 'd'].map((player, i) => ({ player, score: 10 - i, time: at })),
    );
    const view = viewOf(board, 'all');
    const { next = '' } = await now(view, top({ limit: 2 }));
    await feed(board, [{ player: 'b', score: 1, time: at + 1 }]);
    const page = await now(view, top({ cursor: next, limit: 5 }));
    expect(page.entries.map(({ rank, player }) => [rank, player])).toEqual([
      [2, 'c'],
      [3, 'd'],
      [4, 'b'],
    ]);
    expect(page.next).toBeUndefined();
  });

  test('behind the last entry gives an empty page', async () => {
    const board = newBoard({ operator: 'best' });
    const view = viewOf(board, 'all');
    await feed(board, [{ player: 'a', score: 1, time: at }]);
    const cursor = writeCursor(view, { key: String(Number.MAX_SAFE_INTEGER), player: 'z' });
    expect(await now(view, top({ cursor, limit: 5 }))).toMatchObject({ count: 1, entries: [] });
  });

  test.each(['', 'x', 'e30', Buffer.from('["all","1e5","a"]').toString('base64url')])('is not %j', async (cursor) => {
    const view = viewOf(newBoard({ operator: 'best' }), 'all');
    await expect(now(view, top({ cursor, limit: 5 }))).rejects.toMatchObject({ code: 'invalid-request' });
  });

  test('belongs to one window', async () => {
    const board = newBoard({ operator: 'best' });
    const cursor = writeCursor(viewOf(board, 'day:2026-11-23'), { key: '1', player: 'a' });
    await expect(now(viewOf(board, 'all'), top({ cursor, limit: 5 }))).rejects.toThrow(
      /belongs to day:2026-11-23 of a board, not to all/,
    );
  });
});

describe('a version', () => {
  test('changes with every change of the window and of nothing else', async () => {
    const board = newBoard({ operator: 'best' });
    const view = viewOf(board, 'day:2026-11-23');
    await feed(board, [{ player: 'ada', score: 1, time: NOW - 1 }]);
    const every: Read<unknown>[] = [
      top({ limit: 3 }),
      top({ limit: 3, cursor: writeCursor(view, { key: '0', player: 'a' }) }),
      around('ada', 3),
      standing('ada'),
      friends(['ada']),
      supposedRank(2),
      movers(3),
      percentiles([50]),
      count,
    ];
    for (const read of every) {
      const first = await runRead(redis, prefix, view, read);
      expect(first.value).not.toBeUndefined();
      const same = await runRead(redis, prefix, view, read, first.version);
      expect(same).toEqual({ version: first.version, closed: false, value: undefined });
      await feed(board, [{ player: 'ada', score: 1, time: NOW - 3 * 86_400_000 }]);
      expect((await runRead(redis, prefix, view, read, first.version)).value).toBeUndefined();
      await feed(board, [{ player: 'bob', score: 1, time: NOW - 1 }]);
      expect((await runRead(redis, prefix, view, read, first.version)).value).not.toBeUndefined();
    }
    const before = await runRead(redis, prefix, view, movers(3));
    await feed(board, [{ player: 'ada', score: 1, time: NOW - 86_400_000 - 1 }]);
    expect((await runRead(redis, prefix, view, movers(3), before.version)).value).not.toBeUndefined();
  });

  test('of a closed window says so and its snapshot', async () => {
    const board = newBoard({ operator: 'best' });
    const view = viewOf(board, 'day:2026-11-23');
    const state = (day: string) => boardKeys(prefix, board.id).state(day);
    await feed(board, [{ player: 'ada', score: 1, time: NOW - 1 }]);
    const open = await runRead(redis, prefix, view, top({ limit: 3 }));
    expect(open).toMatchObject({ closed: false, value: { revision: 1, board: board.id, window: view.window.id } });
    expect(open.value).not.toHaveProperty('closed');
    await redis.hset(state('day:2026-11-23'), 'closed', '4');
    const closed = await runRead(redis, prefix, view, top({ limit: 3 }), open.version);
    expect(closed).toMatchObject({ closed: true, value: { revision: 1, closed: 4 } });
    expect(await runRead(redis, prefix, view, movers(3))).toMatchObject({ closed: false });
    await redis.hset(state('day:2026-11-22'), 'closed', '3');
    expect(await runRead(redis, prefix, view, movers(3))).toMatchObject({ closed: true });
  });
});

test('movers of a window without one before it say so', async () => {
  const board = newBoard({
    operator: 'best',
    seasons: [
      { id: 'winter', start: '2026-11-01T00:00:00Z', end: '2026-11-22T00:00:00Z' },
      { id: 'advent', start: '2026-11-22T00:00:00Z', end: '2026-12-24T00:00:00Z' },
    ],
  });
  for (const window of ['all', 'season:winter']) {
    await expect(now(viewOf(board, window), movers(3))).rejects.toMatchObject({
      code: 'window-not-found',
      message: expect.stringContaining(`no window before ${window}`),
    });
  }
  expect(await now(viewOf(board, 'season:advent'), movers(3))).toMatchObject({ before: 'season:winter' });
});

test('a supposed score must be one that the board can keep', async () => {
  const view = viewOf(newBoard({ operator: 'best', max: 100 }), 'all');
  await expect(now(view, supposedRank(0.5))).rejects.toThrow(/it must be an integer/);
  await expect(now(view, supposedRank(101))).rejects.toMatchObject({ code: 'invalid-request' });
});

test('places of deleted players are paged over, and are nobody’s move', async () => {
  const board = newBoard({ operator: 'best' });
  const day = viewOf(board, 'day:2026-11-23');
  await feed(board, [{ player: 'ada', score: 1, time: NOW - 1 }]);
  // As `erase.lua` leaves them; by chance the same in both windows.
  for (const window of DAYS.slice(1)) {
    await redis.zadd(boardKeys(prefix, board.id).entries(window), '-999999999', '\u0001000000000000001');
  }
  expect(await paged(day, 1)).toMatchObject([{ player: '', deleted: true }, { player: 'ada' }]);
  expect(await now(day, movers(2))).toMatchObject({
    entered: [{ player: 'ada', rank: 2 }],
    climbed: [],
    fallen: [],
    stayed: 0,
    left: [],
  });
});
