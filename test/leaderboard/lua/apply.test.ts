import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { scripts } from '../../../src/leaderboard/scripts.ts';
import { lua } from './run.ts';

const { redis, keys, run, contents } = lua();
const packr = new Packr({ useRecords: false });

const NAMES = ['gate', 'open', 'closed', 'late', 'pending'] as const;
const WINDOW = ['entries', 'state', 'times', 'metadata', 'scores'] as const;

const BASE = {
  ...{ part: 0, parts: 2, keep: 50, pending: 'b1', operator: 'best', low: -100, high: 100, most: 0, dense: false },
  remember: { by: 'no', keys: 0, items: [] as (string | number)[], bits: [] as number[], seconds: 0 },
  late: [] as object[],
};
/** One window in whole units; two entries change. */
const WINDOWS = [
  { id: 'day:1', kind: 'day', ends: 9000, events: 3, unit: 1, players: ['ada', 'bob'], keys: ['5', '7'] },
];

/** The arguments of a request in which each window has its sort keys. */
function packed({ windows, ...request }: { windows: { keys?: string[] }[] }): Buffer[] {
  return [
    packr.pack({ ...request, windows: windows.map(({ keys: _, ...window }) => window) }),
    Buffer.concat(windows.map((window) => packr.pack(window.keys ?? []))),
  ];
}

/** A board of one window with a batch of two parts accepted; `memory` names further keys, which stand before the window's. */
async function accepted(...memory: string[]) {
  const all = keys(...NAMES, ...memory, ...WINDOW) as Record<string, string>;
  await redis.hset(all.gate as string, { digest: 'd', parts: '2' });
  await redis.zadd(all.pending as string, 1, 'b1');
  const key = (name: (typeof NAMES)[number] | (typeof WINDOW)[number]): string => all[name] as string;
  return {
    key,
    named: all,
    apply: (more: object = {}) =>
      run(scripts.apply, Object.values(all), packed({ ...BASE, windows: WINDOWS, ...more })),
    contents: () => contents(Object.values(all)),
    entries: () => redis.zrange(key('entries'), '0', '-1', 'WITHSCORES'),
    late: () => redis.hgetall(key('late')),
  };
}

describe('applied', () => {
  test('writes entries, window, state and gate; the last part ends what is pending and begins the last days of the gate', async () => {
    const board = await accepted();
    expect(await board.apply()).toBe('applied');
    expect(await board.entries()).toEqual(['ada', '5', 'bob', '7']);
    expect(await redis.hgetall(board.key('state'))).toEqual({ events: '3', revision: '1' });
    expect(await redis.zrange(board.key('open'), '0', '-1', 'WITHSCORES')).toEqual(['day:1', '9000']);
    expect(await redis.hgetall(board.key('gate'))).toEqual({ digest: 'd', parts: '2', applied: '1', 0: '1' });
    expect(await redis.zcard(board.key('pending'))).toBe(1);
    expect(await redis.ttl(board.key('gate'))).toBe(-1);

    expect(await board.apply({ part: 1 })).toBe('applied');
    expect(await redis.hgetall(board.key('state'))).toEqual({ events: '6', revision: '2' });
    expect(await redis.zcard(board.key('pending'))).toBe(0);
    expect(await redis.ttl(board.key('gate'))).toBeGreaterThan(45);
  });

  test('a part that was refused is refused no longer; a batch whose other parts are refused is pending no more', async () => {
    const board = await accepted();
    await redis.hset(board.key('gate'), { 'refused:0': 'too much', 'refused:1': 'too much', refused: '2' });
    expect(await board.apply()).toBe('applied');
    expect(await redis.hgetall(board.key('gate'))).toMatchObject({
      applied: '1',
      refused: '1',
      'refused:1': 'too much',
    });
    expect(await redis.hexists(board.key('gate'), 'refused:0')).toBe(0);
    expect(await redis.zcard(board.key('pending'))).toBe(0);
    expect(await redis.ttl(board.key('gate'))).toBe(-1);
  });

  test('best: a higher sort key changes nothing, a lower one does', async () => {
    const board = await accepted();
    await redis.zadd(board.key('entries'), '4', 'ada', '8', 'bob');
    await board.apply();
    expect(await board.entries()).toEqual(['ada', '4', 'bob', '7']);
  });

  test('latest: an earlier event changes nothing; of one millisecond the lower sort key stays', async () => {
    const board = await accepted();
    const latest = (part: number, sortKeys: string[], times: number[]) =>
      board.apply({ operator: 'latest', part, windows: [{ ...WINDOWS[0], keys: sortKeys, times }] });
    await latest(0, ['5', '7'], [2000, 2000]);
    await latest(1, ['1', '9'], [1999, 2001]);
    expect(await board.entries()).toEqual(['ada', '5', 'bob', '9']);
    expect(await redis.hgetall(board.key('times'))).toEqual({ ada: '2000', bob: '2001' });
    await latest(2, ['4', '10'], [2000, 2001]);
    expect(await board.entries()).toEqual(['ada', '4', 'bob', '9']);
  });

  test('sum: totals add up to the unit below 2^53, steps are those of the last event', async () => {
    const board = await accepted();
    const far = 2 ** 50;
    const sum = (part: number, totals: number[], steps: number[]) =>
      board.apply({
        operator: 'sum',
        part,
        low: -far,
        high: far,
        windows: [{ ...WINDOWS[0], unit: 8, totals, steps }],
      });
    await sum(0, [3 - far, 2], [1, 5]);
    await sum(1, [-2, -5], [4, 2]);
    expect(await board.entries()).toEqual(['ada', String((1 - far) * 8 + 4), 'bob', String(-3 * 8 + 5)]);
  });

  test('metadata is that of the event that made the entry; empty removes it', async () => {
    const board = await accepted();
    const send = (part: number, sortKey: string, metadata: string) =>
      board.apply({ part, windows: [{ ...WINDOWS[0], players: ['ada'], keys: [sortKey], metadata: [metadata] }] });
    await send(0, '5', '{"a":1}');
    await send(1, '6', '{"a":2}');
    expect(await redis.hgetall(board.key('metadata'))).toEqual({ ada: '{"a":1}' });
    await send(2, '5', '{"a":0}');
    expect(await redis.hgetall(board.key('metadata'))).toEqual({ ada: '{"a":0}' });
    await send(3, '4', '');
    expect(await redis.exists(board.key('metadata'))).toBe(0);
  });

  test('a window keeps its best entries only, and each of their scores once', async () => {
    const board = await accepted();
    await board.apply({ most: 2, dense: true });
    await board.apply({ part: 1, most: 2, dense: true, windows: [{ ...WINDOWS[0], players: ['cyd'], keys: ['5'] }] });
    expect(await board.entries()).toEqual(['ada', '5', 'cyd', '5']);
    expect(await redis.zrange(board.key('scores'), '0', '-1')).toEqual(['5']);
  });

  test('a closed window takes nothing: what comes is counted as late under its id, or its kind once it is dropped', async () => {
    const board = await accepted();
    await redis.hset(board.key('state'), 'closed', '1');
    await redis.zadd(board.key('closed'), 1, 'day:1');
    for (const [part, operator] of ['best', 'latest', 'sum'].entries()) {
      const windows = [{ ...WINDOWS[0], times: [1, 1], totals: [1, 1], steps: [0, 0] }];
      expect(await board.apply({ part, operator, windows })).toBe('applied');
    }
    expect(await board.entries()).toEqual([]);
    expect(await redis.hgetall(board.key('state'))).toEqual({ closed: '1' });
    expect(await board.late()).toEqual({ 'day:1': '9' });
    await redis.del(board.key('closed'));
    await board.apply({ part: 3 });
    expect(await board.late()).toEqual({ 'day:1': '9', day: '3' });
    expect(await redis.hget(board.key('gate'), 'late')).toBe('12');
  });

  test('events that came too late are counted, by window and batch', async () => {
    const board = await accepted();
    await redis.zadd(board.key('open'), 1, 'day:0');
    const late = [
      { id: 'day:0', kind: 'day', events: 2 },
      { id: 'hour:0', kind: 'hour', events: 5 },
    ];
    expect(await board.apply({ late })).toBe('applied');
    expect(await board.late()).toEqual({ 'day:0': '2', hour: '5' });
    expect(await redis.hget(board.key('gate'), 'late')).toBe('7');
  });
});

describe('nothing is written', () => {
  test('duplicate: for a part that was applied', async () => {
    const board = await accepted();
    await board.apply();
    const before = await board.contents();
    expect(await board.apply()).toBe('duplicate');
    expect(await board.contents()).toEqual(before);
  });

  test('expired: for a part whose gate is gone', async () => {
    const board = await accepted();
    await redis.del(board.key('gate'));
    const before = await board.contents();
    expect(await board.apply()).toBe('expired');
    expect(await board.contents()).toEqual(before);
  });

  test('range: for a total beyond either end, with the player and the window, in whichever window it is', async () => {
    const board = await accepted();
    const before = await board.contents();
    for (const total of [101, -101]) {
      const windows = [{ ...WINDOWS[0], totals: [100, total], steps: [0, 0] }];
      expect(await board.apply({ operator: 'sum', windows })).toEqual(['range', 'bob', 'day:1']);
    }
    expect(await board.contents()).toEqual(before);
  });

  test('seen: for events that were applied before, by id in this span, the one before or the one behind', async () => {
    const board = await accepted('ids0', 'ids1', 'ids2');
    const remember = { by: 'id', keys: 3, items: ['a', 'b'], bits: [], seconds: 60 };
    expect(await board.apply({ remember })).toBe('applied');
    expect((await redis.smembers(board.named.ids1 as string)).sort()).toEqual(['a', 'b']);
    expect(await redis.ttl(board.named.ids1 as string)).toBeGreaterThan(55);
    await redis.sadd(board.named.ids0 as string, 'x');
    await redis.sadd(board.named.ids2 as string, 'z');
    const before = await board.contents();
    const [kind, ...places] = (await board.apply({
      part: 1,
      remember: { ...remember, items: ['c', 'b', 'x', 'z'] },
    })) as unknown[];
    expect([kind, ...places.sort()]).toEqual(['seen', 2, 3, 4]);
    expect(await board.contents()).toEqual(before);
  });

  test('seen: by sequence, each number in its bitmap', async () => {
    const board = await accepted('bits0', 'bits1');
    const remember = { by: 'sequence', keys: 2, items: [1, 2], bits: [3, 4], seconds: 60 };
    expect(await board.apply({ remember })).toBe('applied');
    expect(await redis.ttl(board.named.bits1 as string)).toBeGreaterThan(55);
    const before = await board.contents();
    const again = { ...remember, items: [1, 1, 2], bits: [4, 3, 3] };
    expect(await board.apply({ part: 1, remember: again })).toEqual(['seen', 2]);
    expect(await board.contents()).toEqual(before);
  });
});

test('windows that follow each other with the same players say them once', async () => {
  const both = keys(...NAMES, 'e1', 's1', 't1', 'm1', 'd1', 'e2', 's2', 't2', 'm2', 'd2');
  await redis.hset(both.gate, 'parts', '2');
  const { players: _, ...second } = { ...WINDOWS[0], id: 'all', ends: '+inf', keys: ['1', '2'] };
  const request = packed({ ...BASE, windows: [WINDOWS[0] as object, second] });
  expect(await run(scripts.apply, Object.values(both), request)).toBe('applied');
  expect(await redis.zrange(both.e2, '0', '-1', 'WITHSCORES')).toEqual(['ada', '1', 'bob', '2']);
  expect(await redis.zrange(both.open, '0', '-1')).toEqual(['day:1', 'all']);
});
