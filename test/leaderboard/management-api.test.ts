import { expect, test } from 'vitest';
import { closeDue } from '../../src/leaderboard/closing.ts';
import { serve } from '../api/serve.ts';
import { checksumOf, HOUR, keptBoard, openPlace, play } from './kit.ts';

const { where, redis, boards, place } = await openPlace();

const NOW = Date.now();
const PAST = Math.floor(NOW / HOUR) * HOUR - 4 * HOUR;
const CLOSED = `hour:${new Date(PAST).toISOString().slice(0, 13)}Z`;

/** A board with two closed hours, and a service that asks for tokens. */
async function service() {
  const board = await keptBoard(place, { operator: 'best', windows: ['all', 'hour'], graceSeconds: 0, decimals: 2 });
  for (const [i, time] of [PAST - HOUR, PAST].entries()) {
    const events = ['ada', 'bob', 'a/b'].map((player, n) => ({ player, score: n + 0.5, time }));
    await play(place, board, `${board.id}-${i}`, events, time + 1);
  }
  await play(place, board, `${board.id}-late`, [{ player: 'ada', score: 1, time: PAST }], NOW);
  await closeDue(redis, where.prefix, board);
  const { app, tokens } = await serve({ boards });
  const bearer = async (...scopes: ('boards:read' | 'boards:write')[]) => {
    const { token } = await tokens.create({ name: `for ${scopes.join()}`, scopes });
    return { authorization: `Bearer ${token}` };
  };
  const [reader, writer] = [await bearer('boards:read'), await bearer('boards:write')];
  const get = (path: string) => app.inject({ url: `/v1/boards/${board.id}${path}`, headers: reader });
  const change = (method: 'PUT' | 'DELETE', path: string, payload?: object, headers = writer) =>
    app.inject({ method, url: `/v1/boards/${board.id}${path}`, headers, ...(payload ? { payload } : {}) });
  return { board, get, change, reader };
}

test('snapshots and late events over HTTP', async () => {
  const { board, get } = await service();
  const first = await get('/snapshots?limit=1');
  expect(first.json()).toMatchObject({ snapshots: [{ number: 2, window: CLOSED, entries: 3, late: 1 }], cursor: '2' });
  const link = String(first.headers.link);
  expect(link).toBe(`</v1/boards/${board.id}/snapshots?limit=1&cursor=2>; rel="next"`);
  const second = (await get('/snapshots?limit=1&cursor=2')).json();
  expect(second).toMatchObject({ snapshots: [{ number: 1 }] });
  expect(second).not.toHaveProperty('cursor');
  expect((await get('/snapshots/1')).json()).toEqual(second.snapshots[0]);
  expect((await get('/snapshots/3')).json()).toMatchObject({ status: 404, code: 'snapshot-not-found' });
  expect((await get('/snapshots/0')).json()).toMatchObject({ status: 400, code: 'invalid-request' });
  expect((await get('/snapshots?cursor=x')).json()).toMatchObject({ status: 400, code: 'invalid-request' });
  expect((await get('/late')).json()).toEqual({ windows: { [CLOSED]: 1 }, others: {} });
});

test('entries are corrected, removed and forgotten over HTTP, and the audit names the token', async () => {
  const { get, change, reader } = await service();
  const entry = '/windows/all/entries/a%2Fb';
  const corrected = await change('PUT', entry, { score: 0.25, reason: 'sensor' });
  expect(corrected.json()).toMatchObject({ rank: 3, player: 'a/b', score: 0.25 });
  expect((await change('PUT', entry, { score: 1, reason: 'x' }, reader)).statusCode).toBe(403);
  const wrong = await change('PUT', entry, { score: 0.001, reason: 'x' });
  expect(wrong.json()).toMatchObject({ status: 422, errors: [{ pointer: '#/score' }] });
  expect((await change('PUT', entry, { score: 1 })).json()).toMatchObject({ status: 422, code: 'invalid-input' });
  expect((await change('PUT', '/windows/all/entries/%01x', { score: 1, reason: 'x' })).statusCode).toBe(400);
  const late = await change('PUT', `/windows/${CLOSED}/entries/ada`, { score: 1, reason: 'x' });
  expect(late.json()).toMatchObject({ status: 409, code: 'window-closed' });
  expect((await change('DELETE', `/windows/${CLOSED}/entries/ada?reason=x`)).statusCode).toBe(409);

  expect((await change('DELETE', entry)).statusCode).toBe(400);
  expect((await change('DELETE', `${entry}?reason=cheating`)).statusCode).toBe(204);
  expect((await change('DELETE', `${entry}?reason=cheating`)).json()).toMatchObject({ code: 'player-not-found' });
  expect((await change('DELETE', '/players/bob?reason=asked')).json()).toEqual({ open: 1, closed: 2 });

  const audit = (await get('/audit?limit=2')).json();
  expect(audit.entries).toMatchObject([
    { action: 'forget', who: 'for boards:write', reason: 'asked' },
    { action: 'remove', player: 'a/b', window: 'all', from: 0.25, reason: 'cheating' },
  ]);
  expect(audit.entries[0]).not.toHaveProperty('player');
  expect((await get(`/audit?limit=2&cursor=${audit.cursor}`)).json()).toMatchObject({
    entries: [{ action: 'correct', from: 2.5, to: 0.25 }],
  });
  expect((await get('/audit?cursor=1')).statusCode).toBe(400);
  expect((await get(`/windows/${CLOSED}/top`)).json().entries[1]).toMatchObject({ rank: 2, player: '', deleted: true });
});

test('a window is exported as NDJSON whose last line has the checksum of the snapshot', async () => {
  const { get } = await service();
  const answer = await get(`/windows/${CLOSED}/export`);
  expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
  const lines = answer.body.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { window: CLOSED, closed: 2 },
    { rank: 1, player: 'a/b', score: 2.5 },
    { rank: 2, player: 'bob', score: 1.5 },
    { rank: 3, player: 'ada', score: 0.5 },
    { entries: 3, consistent: true, checksum: (await get('/snapshots/2')).json().checksum },
  ]);
  expect(checksumOf(lines, 2)).toBe((await get('/snapshots/2')).json().checksum);
  expect((await get('/windows/hour:2026-02-30T00Z/export')).json()).toMatchObject({ code: 'window-not-found' });
});
