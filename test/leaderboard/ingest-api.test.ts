import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serve } from '../api/serve.ts';
import { testBoards } from '../helpers/boards.ts';

const { boards } = await testBoards();
const time = new Date(Date.now() - 60_000).toISOString();
let made = 0;
let board: string;

beforeEach(async () => {
  board = `b${++made}`;
  await boards.define(board, { operator: 'sum' });
});

async function sender() {
  const { app } = await serve({ boards });
  return (payload: string | Buffer, headers: Record<string, string> = {}, query = '') =>
    app.inject({
      method: 'POST',
      url: `/v1/boards/${board}/events${query}`,
      headers: { 'content-type': 'application/x-ndjson', prefer: 'wait=10', ...headers },
      payload,
    });
}

const event = (player: string, more: object = {}) => JSON.stringify({ player, score: 1, time, ...more });
const lines = (...players: string[]) => players.map((player) => event(player)).join('\n');

describe('bodies in JSON', () => {
  const json = { 'content-type': 'application/json' };

  test('that are empty, no JSON or no array are told apart', async () => {
    const send = await sender();
    expect((await send('', json)).json()).toMatchObject({
      status: 422,
      code: 'invalid-input',
      detail: expect.stringContaining('must be a JSON array of events'),
    });
    expect((await send('{}', json)).json()).toMatchObject({ code: 'invalid-input' });
    expect((await send('[{"player":', json)).json()).toMatchObject({
      status: 400,
      code: 'invalid-request',
      detail: 'The body is not valid JSON.',
    });
  });

  test('that would poison a prototype hold fields that events do not have', async () => {
    const send = await sender();
    const poisoned = `[${event('ada').slice(0, -1)},"__proto__":{"score":2}}]`;
    expect((await send(poisoned, json)).json()).toMatchObject({
      code: 'invalid-input',
      detail: expect.stringContaining('__proto__'),
    });
    expect(await boards.count(board, 'all')).toBe(0);
  });
});

describe('bodies in UTF-8', () => {
  test.each(['application/json', 'application/x-ndjson'])('are all that is read of %s', async (type) => {
    const send = await sender();
    const wrap = (text: Buffer) =>
      type.endsWith('/json') ? Buffer.concat([Buffer.from('['), text, Buffer.from(']')]) : text;
    const bad = Buffer.concat([
      Buffer.from('\n{"player":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(event('').slice(11)),
    ]);
    const answer = await send(wrap(bad), { 'content-type': type });
    expect(answer.json()).toMatchObject({
      status: 400,
      code: 'invalid-request',
      detail: expect.stringContaining('not UTF-8 (line 2)'),
    });
    const latin = await send(wrap(Buffer.from(event('Jürgen'), 'latin1')), {
      'content-type': `${type}; charset=iso-8859-1`,
    });
    expect(latin.json()).toMatchObject({
      status: 415,
      code: 'unsupported-media-type',
      detail: expect.stringContaining('not as iso-8859-1'),
    });
    expect(await boards.count(board, 'all')).toBe(0);

    // What is UTF-8 is taken whatever it holds, also the sign for what could not be read, and a byte order mark.
    const good = wrap(Buffer.from(event('Jürgen \ufffd 李 🏁')));
    const taken = await send(Buffer.concat([Buffer.from('\ufeff'), good]), {
      'content-type': `${type};charset="UTF-8"`,
    });
    expect(taken.json()).toMatchObject({ events: 1, applied: 1 });
    expect((await boards.top(board, 'all', { limit: 1 })).entries[0]?.player).toBe('Jürgen \ufffd 李 🏁');
  });

  test('of another type are refused with the types that are taken', async () => {
    const send = await sender();
    for (const type of ['application/ndjson', 'application/jsonl']) {
      expect((await send(lines('ada'), { 'content-type': type })).json()).toMatchObject({
        status: 415,
        detail: expect.stringContaining('`application/json` or `application/x-ndjson`'),
      });
    }
  });

  test('that are too large are refused with the limit', async () => {
    const send = await sender();
    const answer = await send(Buffer.alloc(9 * 1024 * 1024, ' '));
    expect(answer.json()).toMatchObject({ status: 413, detail: expect.stringContaining('8388608 bytes') });
  });
});

describe('bodies in gzip', () => {
  const gzip = { 'content-encoding': 'gzip' };

  test('are taken as NDJSON and as JSON', async () => {
    const send = await sender();
    expect((await send(gzipSync(lines('ada', 'bob')), gzip)).json()).toMatchObject({ events: 2, applied: 1 });
    const array = gzipSync(`[${event('cleo')}]`);
    const json = await send(array, { 'content-type': 'application/json', 'content-encoding': 'GZIP' });
    expect(json.json()).toMatchObject({ events: 1 });
    expect(await boards.count(board, 'all')).toBe(3);
  });

  test('may come in several members, and bodies as they are say identity', async () => {
    const send = await sender();
    const members = Buffer.concat([gzipSync(`${event('ada')}\n`), gzipSync(event('bob'))]);
    expect((await send(members, gzip)).json()).toMatchObject({ events: 2 });
    expect((await send(lines('cleo'), { 'content-encoding': 'identity' })).json()).toMatchObject({ events: 1 });
  });

  test('that unpack to more than 8 MiB are refused before they are unpacked', async () => {
    const send = await sender();
    // A gibibyte of blanks in a mebibyte.
    const member = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => member));
    const before = process.memoryUsage().arrayBuffers;
    const answer = await send(bomb, gzip);
    expect(answer.statusCode).toBe(413);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'payload-too-large', detail: expect.stringContaining('8388608') });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 1024 * 1024);
    expect(await boards.count(board, 'all')).toBe(0);
  });

  test.each([
    ['no gzip at all', Buffer.from(event('ada'))],
    ['a torn one', gzipSync(lines('ada', 'bob')).subarray(0, -6)],
    ['an empty one', Buffer.alloc(0)],
  ])('that are %s are malformed', async (_, payload) => {
    const send = await sender();
    expect((await send(payload, gzip)).json()).toMatchObject({
      status: 400,
      code: 'invalid-request',
      detail: expect.stringContaining('not gzip'),
    });
  });

  test('are the only ones: others get 415 and are told', async () => {
    const send = await sender();
    const answer = await send('x', { 'content-encoding': 'br' });
    expect(answer.json()).toMatchObject({ status: 415, code: 'unsupported-media-type' });
    expect(answer.headers['accept-encoding']).toBe('gzip');
  });

  test('are not unpacked for who may not send them', async () => {
    const { app, bearer } = await serve({ boards });
    await bearer('boards:read');
    const url = `/v1/boards/${board}/events`;
    const headers = { 'content-type': 'application/json', ...gzip };
    expect((await app.inject({ method: 'POST', url, headers, payload: Buffer.from('no gzip') })).statusCode).toBe(401);
  });
});

describe('onInvalid=skip', () => {
  const mixed = [
    event('ada'),
    '{"player":',
    '',
    event('', { time: 'now' }),
    event('bob', { score: 0.5 }),
    event('cleo'),
  ];

  test('takes the good events and names the bad ones', async () => {
    const send = await sender();
    const answer = await send(mixed.join('\n'), {}, '?onInvalid=skip');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      events: 2,
      applied: 1,
      skipped: {
        count: 3,
        events: [
          { place: 'line 2', reason: 'is not valid JSON' },
          { place: 'line 4', reason: expect.stringMatching(/^player .*; time /) },
          { place: 'line 5', reason: 'score must be an integer: the board declares no decimals' },
        ],
      },
    });
    expect(await boards.count(board, 'all')).toBe(2);
    const json = { 'content-type': 'application/json' };
    const array = await send(`[${event('dan')},7]`, json, '?onInvalid=skip');
    expect(array.json().skipped).toMatchObject({ count: 1, events: [{ place: '/1' }] });
  });

  test('names twenty of many, and none when all are good', async () => {
    const send = await sender();
    const many = [...Array.from({ length: 50 }, () => '{}'), event('ada')].join('\n');
    const { skipped } = (await send(many, {}, '?onInvalid=skip')).json();
    expect(skipped.count).toBe(50);
    expect(skipped.events).toHaveLength(20);
    expect((await send(event('ada'), {}, '?onInvalid=skip')).json().skipped).toEqual({ count: 0, events: [] });
  });

  test('refuses a batch without a good event', async () => {
    const send = await sender();
    expect((await send('{}\n{}', {}, '?onInvalid=skip')).json()).toMatchObject({
      status: 422,
      code: 'invalid-input',
      detail: expect.stringMatching(/^None of 2 events can be taken\. The first: line 1, player: /),
    });
  });

  test('is one batch under one key: the same body counts once, another is a conflict', async () => {
    const send = await sender();
    const key = { 'idempotency-key': 'k' };
    const first = (await send(mixed.join('\n'), key, '?onInvalid=skip')).json();
    const again = await send(mixed.join('\n'), key, '?onInvalid=skip');
    expect(again.json()).toEqual({ ...first, duplicate: true });
    const mended = mixed.with(4, event('bob')).join('\n');
    expect((await send(mended, key, '?onInvalid=skip')).json()).toMatchObject({ code: 'idempotency-conflict' });
    // The same good events without the bad ones are another body.
    expect((await send(lines('ada', 'cleo'), key, '?onInvalid=skip')).json()).toMatchObject({ status: 422 });
    expect(await boards.count(board, 'all')).toBe(2);
  });

  test('is other than refuse or skip', async () => {
    const send = await sender();
    expect((await send(event('ada'), {}, '?onInvalid=drop')).json()).toMatchObject({ status: 400 });
  });
});

describe('a body that comes again later', () => {
  afterEach(() => void vi.restoreAllMocks());

  test('is judged as at first: what lay in the future then is skipped again', async () => {
    const send = await sender();
    const now = Date.now();
    const soon = new Date(now + 6 * 60_000).toISOString();
    const body = [event('ada'), event('bob', { time: soon })].join('\n');
    const key = { 'idempotency-key': 'k' };
    const first = (await send(body, key, '?onInvalid=skip')).json();
    expect(first).toMatchObject({ events: 1, skipped: { count: 1 } });
    vi.spyOn(Date, 'now').mockImplementation(() => now + 10 * 60_000);
    const again = (await send(body, key, '?onInvalid=skip')).json();
    expect(again).toEqual({ ...first, duplicate: true });
    expect(await boards.count(board, 'all')).toBe(1);
  });
});
