import { expect, test } from 'vitest';
import { closeDue } from '../../src/leaderboard/closing.ts';
import type { Board } from '../../src/leaderboard/definition.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { serve } from '../api/serve.ts';
import { DAY, HOUR, keptBoard, openPlace, play } from './kit.ts';

const { where, redis, boards, place } = await openPlace();

const NOW = Date.now();
const START = Math.floor(NOW / HOUR) * HOUR;
const iso = (time: number) => new Date(time).toISOString();
const hour = (ago: number) => `hour:${iso(START - ago * HOUR).slice(0, 13)}Z`;

/** Plays an event of each player at each time, and closes and drops what is due. */
async function playAll(board: Board, times: readonly number[]): Promise<void> {
  for (const time of times) {
    const events = ['ada', 'bob'].map((player, n) => ({ player, score: n + 1, time }));
    await play(place, board, `${board.id}-${time}`, events, time + 1);
  }
  await closeDue(redis, where.prefix, board);
}

test('every read of a dropped window is 410 and says what the board keeps, for ever', async () => {
  const board = await keptBoard(place, {
    operator: 'best',
    windows: ['all', 'hour'],
    graceSeconds: 0,
    keep: { windows: 1 },
  });
  await playAll(board, [START - 3 * HOUR, START - 2 * HOUR]);
  const { app } = await serve({ boards });
  const get = (window: string, path: string) => app.inject(`/v1/boards/${board.id}/windows/${window}${path}`);
  const paths = [
    ...['/top', '/around/ada', '/entries/ada', '/entries?player=ada', '/rank?score=1', '/movers', '/count'],
    ...['/percentiles', '/statistics', '/export', '/top/stream'],
  ];
  const allGone = async () => {
    for (const path of paths) {
      expect((await get(hour(3), path)).json(), path).toMatchObject({
        status: 410,
        code: 'window-dropped',
        detail: expect.stringContaining('the last 1 closed windows of each kind'),
      });
    }
  };
  await allGone();
  await expect(boards.correct(board.id, hour(3), 'ada', { score: 1, reason: 'x' }, 'olga')).rejects.toMatchObject({
    code: 'window-dropped',
  });
  // The mark of the window itself goes after a while.
  await redis.del(boardKeys(where.prefix, board.id).state(hour(3)));
  await allGone();
  expect(await redis.hgetall(boardKeys(where.prefix, board.id).dropped)).toEqual({ hour: String(START - 2 * HOUR) });

  // What is kept, what ended later without an event, and what goes on, are read as ever.
  expect((await get(hour(2), '/top')).json()).toMatchObject({ closed: 2, count: 2 });
  expect((await get(hour(1), '/count')).json()).toEqual({ count: 0 });
  expect((await get('hour', '/count')).json()).toEqual({ count: 0 });
  expect((await get('all', '/count')).json()).toEqual({ count: 2 });
});

test('movers beside a dropped window are unknown, not all new, and statistics go without them', async () => {
  const seasons = ['p', 'q', 'r'].map((id, n) => ({
    id,
    start: iso(START - (9 - n) * DAY),
    end: iso(START - (8 - n) * DAY),
  }));
  const board = await keptBoard(place, {
    ...{ operator: 'best', windows: [], seasons, graceSeconds: 0, keep: { windows: 2 } },
  });
  const times = seasons.map(({ start }) => Date.parse(start) + HOUR);
  await playAll(board, times.slice(1));
  const { app } = await serve({ boards });
  const movers = (season: string, headers = {}) =>
    app.inject({ url: `/v1/boards/${board.id}/windows/season:${season}/movers`, headers });
  const known = await movers('r');
  expect(known.json()).toMatchObject({ before: 'season:q', countBefore: 2, entered: [], stayed: 2 });
  // A window before that never had an event is no dropped one.
  expect((await movers('q')).json()).toMatchObject({ before: 'season:p', countBefore: 0 });
  expect((await boards.summary(board.id, 'season:r', 0)).statistics.movers).toMatchObject({ stayed: 2 });

  await closeDue(redis, where.prefix, { ...board, keep: { windows: 1 } });
  for (const headers of [{}, { 'if-none-match': String(known.headers.etag) }]) {
    expect((await movers('r', headers)).json()).toMatchObject({
      status: 410,
      code: 'window-dropped',
      detail: expect.stringContaining('season:q'),
    });
  }
  const { statistics } = await boards.summary(board.id, 'season:r', 0);
  expect(statistics).toMatchObject({ count: 2 });
  expect(statistics).not.toHaveProperty('movers');
});
