import type { LightMyRequestResponse } from 'fastify';
import { beforeAll, describe, expect, test } from 'vitest';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { serve } from '../api/serve.ts';
import { testBoards } from '../helpers/boards.ts';

const { where, boards, ingest } = await testBoards();
const time = new Date(Date.now() - 60_000).toISOString();

beforeAll(async () => {
  await boards.define('race', { operator: 'best', denseRanks: true, metadataBytes: 100, windows: ['all', 'day'] });
  await ingest('race', [
    { player: 'ada', score: 30, time, metadata: { kart: 7 } },
    { player: 'bob', score: 20, time },
    { player: 'cleo', score: 20, time: new Date(Date.parse(time) + 1000).toISOString() },
    { player: 'dan', score: 10, time },
  ]);
});
async function reader(): Promise<(path: string, headers?: Record<string, string>) => Promise<LightMyRequestResponse>> {
  const { app } = await serve({ boards });
  const ask = (path: string, headers: Record<string, string> = {}) =>
    app.inject({ url: `/v1/boards/race/windows/${path}`, headers });
  return ask;
}

describe('standings over HTTP', () => {
  test('page by cursor until there is no next', async () => {
    const get = await reader();
    const first = (await get('all/top?limit=3')).json();
    expect(first).toMatchObject({ board: 'race', window: 'all', revision: 1, count: 4 });
    const second = (await get(`all/top?limit=3&cursor=${first.next}`)).json();
    expect(second.entries).toMatchObject([{ rank: 4, competitionRank: 4, denseRank: 3, player: 'dan' }]);
    expect(second).not.toHaveProperty('next');
  });

  test.each(['entries', 'rank'])('a player by /%s/:player', async (address) => {
    const get = await reader();
    expect((await get(`all/${address}/cleo`)).json()).toEqual({
      rank: 3,
      competitionRank: 2,
      denseRank: 2,
      player: 'cleo',
      score: 20,
      time: expect.any(String),
      count: 4,
      percentile: 75,
    });
    expect((await get(`all/${address}/ada`)).json()).toMatchObject({ percentile: 100, metadata: { kart: 7 } });
    expect((await get(`all/${address}/nobody`)).json()).toMatchObject({ status: 404, code: 'player-not-found' });
  });

  test('friends in order, with their place among each other, and who has no entry', async () => {
    const get = await reader();
    const answer = (await get('all/entries?player=dan&player=eve&player=ada&player=dan')).json();
    expect(answer).toMatchObject({
      count: 4,
      entries: [
        { player: 'ada', rank: 1, place: 1, metadata: { kart: 7 } },
        { player: 'dan', rank: 4, place: 2 },
      ],
      missing: ['eve'],
    });
    expect((await get('all/entries?player=dan')).json().entries).toHaveLength(1);
    const many = Array.from({ length: 201 }, (_, i) => `player=p${i}`).join('&');
    expect((await get(`all/entries?${many}`)).json()).toMatchObject({ status: 400, code: 'invalid-request' });
    expect((await get('all/entries')).statusCode).toBe(400);
  });

  test('the rank of a score that nobody has', async () => {
    const get = await reader();
    expect((await get('all/rank?score=20')).json()).toMatchObject({
      score: 20,
      rank: 4,
      competitionRank: 2,
      denseRank: 2,
      better: 1,
      count: 4,
    });
    expect((await get('all/rank?score=20.5')).json()).toMatchObject({
      status: 400,
      code: 'invalid-request',
      detail: expect.stringContaining('must be an integer'),
    });
  });

  test('movers say which window is compared, and that all has none before', async () => {
    const get = await reader();
    const day = `day:${time.slice(0, 10)}`;
    expect((await get(`${day}/movers?top=2`)).json()).toMatchObject({
      window: day,
      before: expect.stringMatching(/^day:/),
      top: 2,
      entered: [
        { player: 'ada', rank: 1 },
        { player: 'bob', rank: 2 },
      ],
      climbed: [],
      fallen: [],
      stayed: 0,
      left: [],
    });
    expect((await get('all/movers')).json()).toMatchObject({
      status: 404,
      code: 'window-not-found',
      detail: expect.stringContaining('no window before all'),
    });
  });

  test.each([
    ['all/top?limit=3&cursor=x', 'The cursor is none'],
    ['all/top?offset=0&cursor=x', 'do not fit the schema'],
    ['all/rank?score=1e3', 'do not fit the schema'],
    ['all/rank', 'do not fit the schema'],
    ['all/movers?top=1001', 'do not fit the schema'],
  ])('refuse %s', async (path, detail) => {
    const get = await reader();
    expect((await get(path)).json()).toMatchObject({ status: 400, detail: expect.stringContaining(detail) });
  });
});

describe('an ETag', () => {
  const paths = [
    'top?limit=2',
    'around/ada',
    'entries/ada',
    'rank/ada',
    'entries?player=ada',
    'rank?score=3',
    'count',
    'percentiles',
    'statistics?maxAge=0',
    'movers',
  ];

  test.each(paths)('of %s spares the answer while the window is the same', async (path) => {
    const get = await reader();
    const url = `day:${time.slice(0, 10)}/${path}`;
    const first = await get(url);
    expect(first.statusCode).toBe(200);
    expect(first.headers['cache-control']).toBe('private, max-age=0, must-revalidate');
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(url, { 'if-none-match': known });
      expect(again.statusCode).toBe(304);
      expect(again.body).toBe('');
      expect(again.headers).toMatchObject({ etag, 'cache-control': 'private, max-age=0, must-revalidate' });
    }
    await ingest('race', [{ player: 'late', score: 1, time }]);
    const changed = await get(url, { 'if-none-match': etag });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers.etag).not.toBe(etag);
  });

  test('is not that of another question, window or board', async () => {
    const get = await reader();
    const etag = String((await get('all/top?limit=2')).headers.etag);
    for (const other of ['all/top?limit=3', 'day/top?limit=2', 'all/count']) {
      expect((await get(other, { 'if-none-match': etag })).statusCode).toBe(200);
    }
  });

  test('of a closed window holds for an hour, unless the window was named by its kind', async () => {
    const get = await reader();
    const day = `day:${time.slice(0, 10)}`;
    const redis = connect(waitForever(where.url));
    const state = boardKeys(where.prefix, 'race').state(day);
    try {
      await redis.hset(state, 'closed', '7');
      const page = await get(`${day}/top`);
      expect(page.json()).toMatchObject({ closed: 7 });
      expect(page.headers['cache-control']).toBe('private, max-age=3600, must-revalidate');
      const known = await get(`${day}/top`, { 'if-none-match': String(page.headers.etag) });
      expect(known).toMatchObject({ statusCode: 304 });
      expect(known.headers['cache-control']).toContain('max-age=3600');
      if (new Date().toISOString().slice(0, 10) === time.slice(0, 10)) {
        expect((await get('day/top')).headers['cache-control']).toBe('private, max-age=0, must-revalidate');
      }
    } finally {
      await redis.hdel(state, 'closed');
      redis.disconnect();
    }
  });
});

describe('seasons', () => {
  const span = { start: '2026-12-01T00:00:00Z', end: '2027-03-01T00:00:00+01:00' };

  test('are added once, and never changed', async () => {
    const { app } = await serve({ boards });
    const put = (id: string, payload: object, board = 'race') =>
      app.inject({ method: 'PUT', url: `/v1/boards/${board}/seasons/${id}`, payload });
    const added = await put('winter', span);
    expect(added.statusCode).toBe(201);
    expect(added.headers.location).toBe('/v1/boards/race/windows/season:winter/top');
    expect(added.json().seasons).toMatchObject([
      { id: 'winter', start: '2026-12-01T00:00:00.000Z', end: '2027-02-28T23:00:00.000Z' },
    ]);
    expect((await put('winter', span)).statusCode).toBe(200);
    expect((await put('winter', { ...span, end: '2027-04-01T00:00:00Z' })).json()).toMatchObject({
      status: 409,
      code: 'season-exists',
    });
    expect((await put('spring', { start: span.end, end: span.start })).json()).toMatchObject({
      status: 422,
      code: 'invalid-input',
      detail: expect.stringContaining('spring'),
    });
    expect((await put('Winter!', span)).json()).toMatchObject({ status: 400, code: 'invalid-request' });
    expect((await put('spring', { start: 'today' })).json()).toMatchObject({ status: 422, code: 'invalid-input' });
    expect((await put('spring', span, 'nobody')).json()).toMatchObject({ status: 404, code: 'board-not-found' });
    expect((await app.inject('/v1/boards/race/windows/season:winter/count')).json()).toEqual({ count: 0 });
  });
});
