import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyPart } from '../../src/leaderboard/apply.ts';
import type { Board, BoardSettings } from '../../src/leaderboard/definition.ts';
import { checkEvents, type ScoreEvent } from '../../src/leaderboard/events.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { burstsOf, type SourceCount } from '../../src/leaderboard/statistics/bursts.ts';
import { forgetJumps } from '../../src/leaderboard/statistics/jumps.ts';
import { readMovers } from '../../src/leaderboard/statistics/movers.ts';
import type { Outlier } from '../../src/leaderboard/statistics/outliers.ts';
import { computeStatistics } from '../../src/leaderboard/statistics.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';

const { url, prefix } = testRedis();
const redis = connect(waitForever(url));
const NOW = Date.parse('2026-11-24T12:00:00Z');
const DAY = 86_400_000;

beforeAll(() => redis.ping());
afterAll(() => redis.disconnect());

let made = 0;
function newBoard(settings: BoardSettings): Board {
  made += 1;
  return planBoard(`o${made}`, settings, new Date(NOW).toISOString());
}

let batches = 0;
async function apply(
  board: Board,
  sent: readonly Omit<ScoreEvent, 'time'>[],
  times: (index: number) => number,
  now = NOW,
) {
  const wire = sent.map((event, index) => ({ ...event, time: new Date(times(index)).toISOString() }));
  const batch = `batch-${batches++}`;
  await redis.hset(boardKeys(prefix, board.id).batch(batch), 'parts', 1);
  const events = checkEvents(board, wire, now);
  await applyPart(redis, prefix, board, { batch, part: 0, parts: 1, acceptedAt: now, events });
}

const statistics = (board: Board, window: string, now = NOW) =>
  computeStatistics(redis, prefix, viewOf(board, window, now), { top: 3, now });

const kindOf = (outliers: { listed: Outlier[] } | undefined, kind: Outlier['kind']) =>
  (outliers?.listed ?? []).filter((outlier) => outlier.kind === kind);

describe('scores', () => {
  test('far better than usual stand out in the better direction only, each with its numbers', async () => {
    for (const [direction, expected] of [
      ['lower', { player: 'low', value: 10.01 }],
      ['higher', { player: 'high', value: 90.07 }],
    ] as const) {
      const board = newBoard({ operator: 'best', direction, decimals: 2, windows: ['all'], max: 1000 });
      const usual = Array.from({ length: 30 }, (_, i) => ({ player: `p${i}`, score: 48 + i / 100 }));
      const odd = [
        { player: 'low', score: 10.01 },
        { player: 'high', score: 90.07 },
      ];
      await apply(board, [...usual, ...odd], (i) => NOW - 1000 * i);
      const { outliers } = await statistics(board, 'all');
      expect(outliers).toMatchObject({ scores: 1, jumps: 0, bursts: 0 });
      // 32 scores: the middle ones are 48.14 and 48.15; deviations 0.005, 0.005, 0.015, …: the middle ones 0.075 and 0.085.
      const { median, deviation } = { median: 48.145, deviation: 0.08 };
      const z = Math.round((100 * 0.6745 * Math.abs(expected.value - median)) / deviation) / 100;
      expect(outliers?.listed).toEqual([
        {
          kind: 'score',
          rank: 1,
          ...expected,
          why: expect.stringMatching(
            new RegExp(`"${expected.player}" has ${expected.value}.*32 entries is 48\\.145.*0\\.08.*${z}`),
          ),
          evidence: { median, deviation, measure: 'median', z },
        },
      ]);
    }
  });

  test('ten are named however many there are, and few entries say nothing', async () => {
    const board = newBoard({ operator: 'best', windows: ['all'] });
    const usual = Array.from({ length: 100 }, (_, i) => ({ player: `p${i}`, score: 100 + (i % 7) }));
    const odd = Array.from({ length: 12 }, (_, i) => ({ player: `odd${i}`, score: 10_000 + i }));
    await apply(board, [...usual, ...odd], () => NOW - 1000);
    const { outliers, top } = await statistics(board, 'all');
    expect(top).toHaveLength(3);
    expect(outliers).toMatchObject({ scores: 12 });
    expect(outliers?.listed.map((outlier) => 'player' in outlier && outlier.player)).toEqual(
      Array.from({ length: 10 }, (_, i) => `odd${11 - i}`),
    );
    const small = newBoard({ operator: 'best', windows: ['all'] });
    await apply(
      small,
      [1, 1, 2, 3, 1000].map((score, i) => ({ player: `p${i}`, score })),
      () => NOW - 1000,
    );
    expect((await statistics(small, 'all')).outliers).toBeUndefined();
  });
});

describe('jumps', () => {
  const jumpsOf = async (board: Board) =>
    (await redis.xrange(boardKeys(prefix, board.id).jumps, '-', '+')).map(([, fields]) => fields.join(' '));

  test('are the same whether events come one by one or in one part', async () => {
    const settings = fc.record({
      operator: fc.constantFrom('best' as const, 'latest' as const, 'sum' as const),
      direction: fc.constantFrom('higher' as const, 'lower' as const),
      decimals: fc.constantFrom(0, 2),
      denseRanks: fc.boolean(),
    });
    const events = fc.array(
      fc.record({ player: fc.constantFrom('ada', 'bob'), score: fc.integer({ min: -50, max: 50 }) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    await fc.assert(
      fc.asyncProperty(settings, events, async (chosen, sent) => {
        const singly = newBoard({
          ...chosen,
          maxJump: 20,
          windows: ['all', 'day'],
          max: 1000,
          graceSeconds: DAY / 1000,
        });
        const together = newBoard({
          ...chosen,
          maxJump: 20,
          windows: ['all', 'day'],
          max: 1000,
          graceSeconds: DAY / 1000,
        });
        // Over midnight, so that standings of two days are met.
        const at = (index: number): number => NOW - DAY / 2 + (index - 6) * 1000;
        for (const [index, event] of sent.entries()) await apply(singly, [event], () => at(index));
        await apply(together, sent, at);
        const expected = naiveJumps(
          singly,
          sent.map((event, index) => ({ ...event, time: at(index) })),
        );
        expect((await jumpsOf(singly)).sort()).toEqual(expected);
        expect((await jumpsOf(together)).sort()).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test('are reported in their window, the largest first, and forgotten with their player', async () => {
    const board = newBoard({ operator: 'best', decimals: 1, maxJump: 100, windows: ['all', 'day'] });
    const send = (player: string, score: number, at: number) => apply(board, [{ player, score }], () => at);
    await send('ada', 10, NOW - DAY);
    await send('bob', 10, NOW - DAY);
    await send('ada', 110, NOW - 3000);
    await send('bob', 250.5, NOW - 2000);
    await send('ada', 210.1, NOW - 1000);
    const { outliers } = await statistics(board, 'all');
    expect(outliers).toMatchObject({ scores: 0, jumps: 2, bursts: 0 });
    const time = new Date(NOW - 2000).toISOString();
    expect(outliers?.listed[0]).toEqual({
      kind: 'jump',
      ...{ player: 'bob', value: 240.5, from: 10, to: 250.5, time },
      why: `One event of ${time} took "bob" from 10.0 to 250.5: a change of 240.5, where the board calls at most 100.0 plausible.`,
      evidence: { maxJump: 100, times: 2.41 },
    });
    // In the day of the events bob had no standing to jump from.
    expect(kindOf((await statistics(board, 'day')).outliers, 'jump')).toMatchObject([{ player: 'ada', value: 100.1 }]);
    const { statistics: kept } = boardKeys(prefix, board.id);
    await redis.mset(kept('all'), '{}', kept('day:2026-11-24'), '{}', kept('day:2026-11-23'), '{}');
    expect(await forgetJumps(redis, prefix, board.id, 'ada')).toBe(2);
    expect(await redis.exists(kept('all'), kept('day:2026-11-24'))).toBe(0);
    expect(await redis.exists(kept('day:2026-11-23'))).toBe(1);
    expect(kindOf((await statistics(board, 'all')).outliers, 'jump')).toMatchObject([{ player: 'bob' }]);
  });

  test('are kept up to a bound, and cost boards without a limit nothing', async () => {
    const board = newBoard({ operator: 'sum', maxJump: 1, windows: ['all'] });
    for (let round = 0; round < 4; round += 1) {
      await apply(
        board,
        Array.from({ length: 500 }, (_, i) => ({ player: `p${i}`, score: 2 })),
        () => NOW - 1000,
      );
    }
    expect(await redis.xlen(boardKeys(prefix, board.id).jumps)).toBeLessThanOrEqual(1100);
    const plain = newBoard({ operator: 'sum', windows: ['all'] });
    await apply(plain, [{ player: 'ada', score: 5000 }], () => NOW - 1000);
    expect(await redis.exists(boardKeys(prefix, plain.id).jumps)).toBe(0);
  });

  test.each([
    [{ operator: 'count', maxJump: 3 }, /maxJump says nothing about a count/],
    [{ operator: 'best', maxJump: 0.5 }, /maxJump must be an integer/],
  ] as const)('cannot be asked for by %j', (settings, message) => {
    expect(() => newBoard(settings)).toThrow(message);
  });
});

/** Jumps as the stream has them, from one event after the other. */
function naiveJumps(board: Board, events: readonly { player: string; score: number; time: number }[]): string[] {
  const factor = 10 ** board.decimals;
  const better = (a: number, b: number): number => (board.direction === 'higher' ? a - b : b - a);
  const jumps: string[] = [];
  for (const window of ['all', 'day'] as const) {
    const standings = new Map<string, number>();
    for (const { player, score, time } of events) {
      const id = window === 'all' ? 'all' : `day:${new Date(time).toISOString().slice(0, 10)}`;
      const own = `${id} ${player}`;
      const before = standings.get(own);
      let after = score;
      let jumped: boolean;
      if (board.operator === 'sum') {
        after = (before ?? 0) + score;
        jumped = Math.abs(score) > 20;
      } else {
        if (board.operator === 'best' && before !== undefined && better(score, before) <= 0) continue;
        jumped = before !== undefined && better(score, before) > 20;
      }
      standings.set(own, after);
      if (!jumped) continue;
      // The stream has scores as the sort keys do: minus where higher is better.
      const [from, to] = [before ?? 0, after].map(
        (each) => (board.direction === 'higher' ? -1 : 1) * each * factor + 0,
      );
      jumps.push(`player ${player} window ${id} from ${from} to ${to} time ${time}`);
    }
  }
  return jumps.sort();
}

describe('bursts', () => {
  const counts = (usual: number, ...busy: [string, number][]): SourceCount[] => [
    ...Array.from({ length: 40 }, (_, i) => ({
      source: `s${i % 8}`,
      slot: NOW + (i >> 3) * 600_000,
      events: usual + (i % 3),
    })),
    ...busy.map(([source, events]) => ({ source, slot: NOW, events })),
  ];

  test.each([
    ['one source that sends far more than all others', counts(10, ['bot', 400]), ['bot']],
    ['two, the busiest first', counts(10, ['bot', 400], ['bat', 500]), ['bat', 'bot']],
    ['a usual source in one slot', counts(10, ['s1', 90]), ['s1']],
    ['nobody where all send alike', counts(200), []],
    ['nobody below twenty events, however quiet the others', counts(1, ['bot', 19]), []],
    ['nobody where few counts can be compared', counts(10, ['bot', 400]).slice(-9), []],
    [
      'by the mean deviation where most counts are equal',
      counts(10, ['bot', 400]).map((c) => ({ ...c, events: c.events > 99 ? c.events : 10 })),
      ['bot'],
    ],
  ])('are found of %s', (_, given, expected) => {
    const { found, listed } = burstsOf(given);
    expect(listed.map(({ source }) => source)).toEqual(expected);
    expect(found).toBe(expected.length);
  });

  test('are counted by the time of events, once, in the windows that hold them, and expire', async () => {
    const board = newBoard({ operator: 'count', windows: ['all', 'hour', 'day'] });
    const keys = boardKeys(prefix, board.id);
    const noon = NOW - 3_600_000;
    const usual = Array.from({ length: 60 }, (_, i) => ({ player: 'ada', source: `game:${i % 20}` }));
    await apply(board, usual, (i) => noon - DAY / 4 + (i % 3) * 600_000);
    await apply(
      board,
      Array.from({ length: 300 }, () => ({ player: 'bob', source: 'bot: "x"' })),
      () => noon + 1000,
    );
    await apply(board, [{ player: 'old', source: 'bot: "x"' }], () => NOW - 9 * DAY);
    await apply(board, [{ player: 'none' }], () => NOW - 1000);
    const day = Math.floor(NOW / DAY);
    expect((await redis.keys(`${keys.sources(0).slice(0, -1)}*`)).sort()).toEqual([keys.sources(day)]);
    expect(await redis.ttl(keys.sources(day))).toBeGreaterThan(7 * 86_400);
    expect(await redis.hget(keys.sources(day), '66:bot: "x"')).toBe('300');
    const from = '2026-11-24T11:00:00.000Z';
    const to = '2026-11-24T11:10:00.000Z';
    for (const window of ['all', 'day']) {
      const { outliers } = await statistics(board, window);
      expect(outliers).toMatchObject({ bursts: 1 });
      expect(kindOf(outliers, 'burst')).toEqual([
        {
          ...{ kind: 'burst', source: 'bot: "x"', value: 300, from, to },
          why: expect.stringContaining(`"bot: \\"x\\"" sent 300 events between ${from} and ${to}`),
          evidence: { median: 1, deviation: expect.any(Number), measure: 'mean', z: expect.any(Number), counts: 61 },
        },
      ]);
    }
    // In the hour of the burst there is nothing to compare it with.
    expect((await statistics(board, 'hour:2026-11-24T11Z')).outliers).toBeUndefined();
  });

  test('are counted up to a bound in each day, and it is said what found no room', async () => {
    const board = newBoard({ operator: 'count', windows: ['day'] });
    const key = boardKeys(prefix, board.id).sources(Math.floor(NOW / DAY));
    const full = Object.fromEntries(Array.from({ length: 19_998 }, (_, i) => [`3:filler-${i}`, '1']));
    await redis.hset(key, full);
    const send = (...sources: string[]) =>
      apply(
        board,
        sources.map((source) => ({ player: 'ada', source })),
        () => NOW - 1000,
      );
    await send('a', 'b', 'c', 'a', 'c');
    await send('a', 'd');
    expect(await redis.hlen(key)).toBe(20_001);
    expect(await redis.hmget(key, '71:a', '71:b', '71:c', '71:d')).toEqual(['3', '1', null, null]);
    expect((await statistics(board, 'day')).outliers).toMatchObject({ uncounted: 3, bursts: 0, listed: [] });
  });
});

describe('movers', () => {
  test('are the first entries beside the window before', async () => {
    const board = newBoard({ operator: 'best', windows: ['all', 'day'], graceSeconds: DAY / 1000 });
    const day = (scores: Record<string, number>, at: number) =>
      apply(
        board,
        Object.entries(scores).map(([player, score]) => ({ player, score })),
        () => at,
      );
    await day({ ada: 1, bob: 2, cid: 3, dot: 4 }, NOW - DAY);
    await day({ ada: 9, dot: 8, eve: 7, bob: 6 }, NOW - 1000);
    const { movers } = await statistics(board, 'day');
    expect(movers).toEqual({
      before: 'day:2026-11-23',
      revision: 1,
      countBefore: 4,
      entered: [{ player: 'eve', score: 7, rank: 3 }],
      climbed: [{ player: 'ada', score: 9, rank: 1, rankBefore: 4, change: 3 }],
      fallen: [{ player: 'dot', score: 8, rank: 2, rankBefore: 1, change: -1 }],
      stayed: 0,
    });
    expect((await statistics(board, 'all')).movers).toBeUndefined();
    expect((await statistics(board, 'day:2026-11-23')).movers).toBeUndefined();
  });

  test('who got another rank since the entries were read is left out', async () => {
    const board = newBoard({ operator: 'best', windows: ['day'], graceSeconds: DAY / 1000 });
    await apply(board, [{ player: 'ada', score: 1 }], () => NOW - DAY);
    await apply(
      board,
      [
        { player: 'bob', score: 5 },
        { player: 'eve', score: 3 },
      ],
      () => NOW - 1000,
    );
    const { top } = await statistics(board, 'day');
    await apply(
      board,
      [
        { player: 'eve', score: 9 },
        { player: 'zoe', score: 1 },
      ],
      () => NOW - 1000,
    );
    expect(await readMovers(redis, prefix, viewOf(board, 'day', NOW), top)).toMatchObject({ entered: [] });
  });
});

test('late events are told beside those that counted', async () => {
  const board = newBoard({ operator: 'count', windows: ['all', 'day'], graceSeconds: 0 });
  await apply(board, [{ player: 'ada' }], () => NOW - 2 * DAY, NOW - 2 * DAY);
  await apply(board, [{ player: 'ada' }, { player: 'bob' }], () => NOW - 2 * DAY);
  expect(await statistics(board, 'day:2026-11-22')).toMatchObject({ events: 1, late: 2, count: 1 });
  expect(await statistics(board, 'all')).toMatchObject({ events: 3, late: 0, count: 2 });
});
