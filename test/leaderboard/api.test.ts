import { fastify } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boardRoutes } from '../../src/api/boards.ts';
import { addErrorHandling } from '../../src/api/error-handler.ts';
import { type Boards, createBoards } from '../../src/leaderboard/boards.ts';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';
import { testRedis } from '../helpers/redis.ts';

const where = testRedis();
const app = fastify({ bodyLimit: 8 * 1024 * 1024, routerOptions: { maxParamLength: 800 } });
const time = new Date(Date.now() - 60_000).toISOString();
let boards: Boards;
let worker: Awaited<ReturnType<typeof startIngestWorker>>;

beforeAll(async () => {
  boards = await createBoards(where);
  worker = await startIngestWorker(where);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  addErrorHandling(app);
  await app.register(boardRoutes, { boards });
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await worker.close();
  await boards.close();
});

const put = (id: string, settings: object) => app.inject({ method: 'PUT', url: `/v1/boards/${id}`, payload: settings });
const get = (url: string) => app.inject({ method: 'GET', url: `/v1/boards/${url}` });
const send = (id: string, payload: object | string, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: `/v1/boards/${id}/events`,
    headers: { ...(typeof payload === 'string' ? { 'content-type': 'application/x-ndjson' } : {}), ...headers },
    payload,
  });

describe('boards over HTTP', () => {
  test('are made, found again and listed', async () => {
    const made = await put('sprint', { operator: 'best', title: 'Sprint' });
    expect(made.statusCode).toBe(201);
    expect(made.headers.location).toBe('/v1/boards/sprint');
    expect((await put('sprint', { operator: 'best', title: 'Sprint' })).statusCode).toBe(200);
    expect((await put('sprint', { operator: 'sum' })).json()).toMatchObject({ status: 409, code: 'board-exists' });
    const posted = await app.inject({ method: 'POST', url: '/v1/boards', payload: { id: 'laps', operator: 'count' } });
    expect(posted.statusCode).toBe(201);
    expect((await app.inject('/v1/boards')).json().boards.map(({ id }: { id: string }) => id)).toEqual([
      'laps',
      'sprint',
    ]);
    expect((await get('sprint')).json()).toMatchObject({
      id: 'sprint',
      windowIds: [],
      windows: [{ kind: 'all' }, { kind: 'day' }],
    });
  });

  test.each([
    ['/operator', { operator: 'median' }],
    ['', { operator: 'best', sort: 'up' }],
    ['/max', { operator: 'best', max: 1e12 }],
    ['/windows/0', { operator: 'best', windows: ['minute'] }],
  ])('name what is wrong with a definition: %s', async (pointer, settings) => {
    const answer = await put('wrong', settings);
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors[0].pointer).toBe(`#${pointer}`);
  });
});

describe('events over HTTP', () => {
  test('as JSON are accepted with 202, or with 200 once applied', async () => {
    await put('json', { operator: 'sum' });
    const events = [
      { player: 'ada', score: 3, time },
      { player: 'bob', score: 5, time },
    ];
    const accepted = await send('json', events, { 'idempotency-key': 'a/1' });
    expect(accepted.statusCode).toBe(202);
    expect(accepted.headers.location).toBe('/v1/boards/json/batches/a%2F1');
    const again = await send('json', events, { 'idempotency-key': 'a/1', prefer: 'wait=10' });
    expect(again.statusCode).toBe(200);
    expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true', 'preference-applied': 'wait=10' });
    expect(again.json()).toEqual({
      board: 'json',
      batch: 'a/1',
      events: 2,
      parts: 1,
      applied: 1,
      late: 0,
      refused: [],
      duplicate: true,
    });
    expect((await get('json/batches/a%2F1')).json()).toMatchObject({ applied: 1 });
    const conflict = await send('json', events.slice(1), { 'idempotency-key': 'a/1' });
    expect(conflict.json()).toMatchObject({ status: 422, code: 'idempotency-conflict' });
    expect((await get('json/windows/all/top')).json()).toMatchObject({
      count: 2,
      entries: [
        { rank: 1, player: 'bob', score: 5 },
        { rank: 2, player: 'ada', score: 3 },
      ],
    });
  });

  test('as NDJSON may have blank lines; a bad one is named by its line, and then nothing is stored', async () => {
    await put('lines', { operator: 'best' });
    const line = (event: object) => JSON.stringify(event);
    const good = line({ player: 'ada', score: 3, time });
    const mixed = [good, '', line({ player: 'bob', score: 0.5, time }), line({ player: '', score: 1, time: 'now' })];
    const refused = await send('lines', mixed.join('\n'));
    expect(refused.statusCode).toBe(422);
    expect(refused.json().errors.map(({ detail }: { detail: string }) => detail)).toEqual([
      'line 3, score: must be an integer: the board declares no decimals',
      expect.stringMatching(/^line 4, player: /),
      expect.stringMatching(/^line 4, time: /),
    ]);
    expect(refused.json().detail).toMatch(/^2 of 3 events cannot be taken, and so none was stored/);
    const broken = await send('lines', `${good}\n{"player":\n`);
    expect(broken.json()).toMatchObject({
      code: 'invalid-input',
      detail: '1 of 2 events cannot be taken, and so none was stored. The first: line 2: is not valid JSON.',
    });
    expect((await get('lines/windows/all/count')).json()).toEqual({ count: 0 });
    expect((await send('lines', `\n${good}\r\n\n`, { prefer: 'wait=10' })).statusCode).toBe(200);
    expect((await get('lines/windows/all/count')).json()).toEqual({ count: 1 });
  });

  test.each([
    ['an empty batch', [], 422],
    ['no array', { player: 'ada' }, 422],
    ['10 001 events', Array.from({ length: 10_001 }, () => 0), 413],
  ])('refuse %s', async (_, payload, status) => {
    await put('lines', { operator: 'best' });
    expect((await send('lines', payload)).statusCode).toBe(status);
  });

  test('take 10 000 at once', async () => {
    await put('many', { operator: 'sum', windows: ['all'] });
    const events = Array.from({ length: 10_000 }, (_, i) => ({ player: `p${i % 100}`, score: 1, time }));
    const answer = await send('many', events, { prefer: 'wait=20' });
    expect(answer.json()).toMatchObject({ events: 10_000, parts: 20, applied: 20 });
    expect((await get('many/windows/all/statistics')).json()).toMatchObject({
      events: 10_000,
      count: 100,
      scores: { mean: 100, standardDeviation: 0 },
      ties: { scores: 1, entries: 100 },
    });
  });

  test('for a board that is not there get 404, in another form 415', async () => {
    expect((await send('nobody', [{}])).json()).toMatchObject({ status: 404, code: 'board-not-found' });
    expect((await send('lines', '<x/>', { 'content-type': 'application/xml' })).statusCode).toBe(415);
  });
});

describe('standings over HTTP', () => {
  const odd = '鬼'.repeat(42);

  beforeAll(async () => {
    await put('read', { operator: 'best', direction: 'lower', decimals: 1 });
    const events = [
      ['a', 1.5],
      ['b', 2.5],
      ['c', 2.5],
      [odd, 9],
    ].map(([player, score], i) => ({
      player,
      score,
      time: new Date(Date.parse(time) + 1000 * i).toISOString(),
    }));
    await send('read', events, { prefer: 'wait=10' });
  });

  test('pages, ranks, percentiles', async () => {
    expect((await get('read/windows/all/top?offset=1&limit=2')).json()).toMatchObject({
      count: 4,
      entries: [
        { rank: 2, competitionRank: 2, player: 'b', score: 2.5 },
        { rank: 3, competitionRank: 2, player: 'c', score: 2.5 },
      ],
    });
    expect(
      (await get('read/windows/all/around/c?span=1')).json().entries.map((e: { player: string }) => e.player),
    ).toEqual(['b', 'c', odd]);
    expect((await get(`read/windows/day:${time.slice(0, 10)}/rank/${encodeURIComponent(odd)}`)).json()).toMatchObject({
      rank: 4,
      competitionRank: 4,
      player: odd,
      score: 9,
      count: 4,
    });
    expect((await get('read/windows/all/percentiles?p=0,50,75.5,100')).json()).toEqual({
      count: 4,
      percentiles: [
        { percentile: 0, score: 1.5 },
        { percentile: 50, score: 2.5 },
        { percentile: 75.5, score: 9 },
        { percentile: 100, score: 9 },
      ],
    });
  });

  test('statistics hold the histogram, and each outlier with its reason', async () => {
    await put('odd', { operator: 'best', maxJump: 100, windows: ['all'] });
    const usual = Array.from({ length: 30 }, (_, i) => ({ player: `p${i}`, score: 50 + i, time, source: `s${i}` }));
    await send('odd', [...usual, { player: 'p0', score: 700, time, source: 's0' }], { prefer: 'wait=10' });
    const bot = Array.from({ length: 50 }, () => ({ player: 'p1', score: 1, time, source: 'bot' }));
    await send('odd', bot, { prefer: 'wait=10' });
    const answer = await get('odd/windows/all/statistics');
    expect(answer.statusCode).toBe(200);
    const { histogram, outliers, late } = answer.json();
    expect(late).toBe(0);
    expect(histogram.bins.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(30);
    expect(outliers).toMatchObject({ scores: 1, jumps: 1, bursts: 1 });
    expect(outliers.listed).toMatchObject([
      { kind: 'score', player: 'p0', value: 700, why: expect.stringContaining('modified z-score') },
      { kind: 'jump', player: 'p0', from: 50, to: 700, evidence: { maxJump: 100, times: 6.5 } },
      { kind: 'burst', source: 'bot', value: 50, evidence: { median: 1, measure: 'mean' } },
    ]);
  });

  test.each([
    ['read/windows/week/top', 404, 'window-not-found'],
    ['read/windows/all/rank/nobody', 404, 'player-not-found'],
    ['read/windows/all/top?limit=0', 400, 'invalid-request'],
    ['read/windows/all/percentiles?p=101', 400, 'invalid-request'],
    ['read/windows/all/percentiles?p=5,,6', 400, 'invalid-request'],
    ['nobody/windows/all/count', 404, 'board-not-found'],
  ])('refuse %s with %i %s', async (url, status, code) => {
    expect((await get(url)).json()).toMatchObject({ status, code });
  });
});
