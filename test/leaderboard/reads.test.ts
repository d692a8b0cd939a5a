import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acceptBatch } from '../../src/leaderboard/accept.ts';
import { applyPart } from '../../src/leaderboard/apply.ts';
import type { Board, BoardSettings } from '../../src/leaderboard/definition.ts';
import { checkEvents } from '../../src/leaderboard/events.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { count } from '../../src/leaderboard/reads/count.ts';
import { writeCursor } from '../../src/leaderboard/reads/cursor.ts';
import { friends } from '../../src/leaderboard/reads/friends.ts';
import { movers } from '../../src/leaderboard/reads/movers.ts';
import { around, top } from '../../src/leaderboard/reads/page.ts';
import { percentiles } from '../../src/leaderboard/reads/percentiles.ts';
import { type Read, runRead } from '../../src/leaderboard/reads/read.ts';
import { standing } from '../../src/leaderboard/reads/standing.ts';
import { supposedRank } from '../../src/leaderboard/reads/supposed.ts';
import { type View, viewOf } from '../../src/leaderboard/series.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';
import { type OracleEntry, type OracleEvent, standings } from './oracle.ts';

const { url, prefix } = testRedis();
const redis = connect(waitForever(url));
const queue = ingestQueue(redis, prefix);
const NOW = Date.parse('2026-11-24T00:00:00Z');
const DAYS = ['day:2026-11-21', 'day:2026-11-22', 'day:2026-11-23'];

beforeAll(() => redis.ping());
afterAll(async () => {
  await queue.close();
  redis.disconnect();
});

let made = 0;
function newBoard(settings: BoardSettings): Board {
  return planBoard(
    `b${++made}`,
    { windows: ['all', 'day'], graceSeconds: 30 * 86_400, ...settings },
    '2026-11-20T00:00:00Z',
  );
}

async function feed(board: Board, events: readonly OracleEvent[]): Promise<void> {
  if (events.length === 0) return;
  const wire = events.map(({ player, score, time, metadata }) => ({
    player,
    score,
    time: new Date(time).toISOString(),
    ...(board.metadataBytes > 0 && metadata !== undefined ? { metadata } : {}),
  }));
  await acceptBatch({ redis, prefix, queue }, board, checkEvents(board, wire, NOW), { now: NOW });
  const jobs = (await queue.getJobs(['waiting'])).map((job) => job.data);
  await queue.drain();
  for (const job of jobs) await applyPart(redis, prefix, board, job);
}

async function now<T>(view: View, read: Read<T>): Promise<T> {
  const { value } = await runRead(redis, prefix, view, read);
  if (value === undefined) throw new Error('a read without a known version has an answer');
  return value;
}

/** Follows cursors to the end; `between` runs before each page but the first. */
async function paged(view: View, limit: number, between = async (): Promise<void> => {}): Promise<OracleEntry[]> {
  const seen = [];
  let cursor: string | undefined;
  do {
    const page = await now(view, top({ limit, ...(cursor === undefined ? {} : { cursor }) }));
    seen.push(...page.entries.map(({ time: _, ...entry }) => entry as OracleEntry));
    cursor = page.next;
    await between();
  } while (cursor !== undefined);
  return seen;
}

const settings = fc
  .record({
    operator: fc.constantFrom('best', 'latest', 'sum'),
    direction: fc.constantFrom('higher', 'lower'),
    ties: fc.constantFrom('earliest', 'none'),
    decimals: fc.constantFrom(0, 1),
    denseRanks: fc.boolean(),
    metadataBytes: fc.constantFrom(0, 40),
    maxEntries: fc.constantFrom(undefined, 6),
  })
  .map(({ maxEntries, ...rest }) => ({
    ...rest,
    ...(maxEntries === undefined || rest.operator !== 'best' ? {} : { maxEntries }),
    ...(rest.ties === 'none' && rest.operator === 'sum' ? { metadataBytes: 0 } : {}),
  })) as unknown as fc.Arbitrary<BoardSettings>;

// Bytes order them otherwise than UTF-16 or a locale would.
const players = fc.constantFrom(
  'ada',
  'Bob',
  'b',
  'x:y',
  'émile',
  '鬼',
  '🦊',
  'ｚ',
  '0',
  'a b',
  '-inf',
  'a',
  'aa',
  'Z',
  '\u{10ffff}',
);
const events = fc.array(
  fc.record({
    player: players,
    score: fc.integer({ min: -3, max: 3 }),
    time: fc
      .tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1, 59_999, 80_000_000))
      .map(([day, offset]) => Date.parse('2026-11-21T00:00:00Z') + day * 86_400_000 + offset),
    metadata: fc.constantFrom(undefined, { hat: 'red' }, { hat: 'blue' }),
  }),
  { minLength: 1, maxLength: 50 },
) as fc.Arbitrary<OracleEvent[]>;

function oracle(board: Board, window: string, sent: readonly OracleEvent[]): OracleEntry[] {
  return standings(board, window, sent).map(
    ({ denseRank, ...entry }) => (board.denseRanks ? { ...entry, denseRank } : entry) as OracleEntry,
  );
}

describe('reads equal the oracle', () => {
  test('pages by cursor, single players, sets of players and supposed scores', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        events,
        fc.integer({ min: 1, max: 4 }),
        fc.uniqueArray(players, { minLength: 1 }),
        fc.integer({ min: -10, max: 10 }),
        async (chosen, sent, limit, asked, score) => {
          const board = newBoard(chosen);
          await feed(board, sent);
          for (const window of ['all', ...DAYS]) {
            const view = viewOf(board, window);
            const expected = oracle(board, window, sent);
            expect(await paged(view, limit)).toEqual(expected);
            for (const entry of expected) {
              const { time: _, ...own } = await now(view, standing(entry.player));
              const notBetter = expected.filter(({ competitionRank }) => competitionRank >= entry.competitionRank);
              const percentile = Math.floor((100_000 * notBetter.length) / expected.length) / 1000;
              expect(own).toEqual({ ...entry, count: expected.length, percentile });
            }
            const set = await now(view, friends(asked));
            const known = expected.filter(({ player }) => (asked as string[]).includes(player));
            expect(set.entries.map(({ time: _, ...entry }) => entry)).toEqual(
              known.map((entry, index) => ({ ...entry, place: index + 1 })),
            );
            expect(set.missing).toEqual(asked.filter((player) => !expected.some((entry) => entry.player === player)));
            const supposed = await now(view, supposedRank(score));
            const better = expected.filter((entry) =>
              board.direction === 'higher' ? entry.score > score : entry.score < score,
            );
            const equal = expected.filter((entry) => entry.score === score).length;
            expect(supposed).toMatchObject({
              better: better.length,
              competitionRank: better.length + 1,
              rank: better.length + equal + 1,
              count: expected.length,
            });
            const different = board.denseRanks ? new Set(better.map((entry) => entry.score)).size + 1 : undefined;
            expect(supposed.denseRank).toBe(different);
          }
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  test('a supposed score stands where a new entry with it then stands', async () => {
    await fc.assert(
      fc.asyncProperty(settings, events, fc.integer({ min: -4, max: 4 }), async (chosen, sent, score) => {
        const board = newBoard({ ...chosen, ties: 'earliest' });
        await feed(board, sent);
        const view = viewOf(board, 'all');
        const { rank, competitionRank } = await now(view, supposedRank(score));
        await feed(board, [{ player: 'the new one', score, time: NOW - 1 }]);
        const kept = await now(view, friends(['the new one']));
        if (kept.entries.length === 0) expect(rank).toBeGreaterThan(board.maxEntries ?? Number.POSITIVE_INFINITY);
        else expect(kept.entries[0]).toMatchObject({ rank, competitionRank });
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test('movers between a day and the one before', async () => {
    await fc.assert(
      fc.asyncProperty(settings, events, fc.integer({ min: 1, max: 8 }), async (chosen, sent, first) => {
        const board = newBoard(chosen);
        await feed(board, sent);
        for (const [index, day] of DAYS.entries()) {
          const before = oracle(board, DAYS[index - 1] ?? 'day:2026-11-20', sent);
          const after = oracle(board, day, sent);
          const rankIn = (list: OracleEntry[], player: string) => list.find((entry) => entry.player === player)?.rank;
          const moved = after.slice(0, first).map(({ player, score, rank }) => {
            const rankBefore = rankIn(before, player);
            return {
              player,
              score,
              rank,
              ...(rankBefore === undefined ? {} : { rankBefore, change: rankBefore - rank }),
            };
          });
          const answer = await now(viewOf(board, day), movers(first));
          expect(answer.entered).toEqual(moved.filter(({ change }) => change === undefined));
          const changed = (wanted: (change: number) => boolean) =>
            moved.filter(({ change }) => change !== undefined && wanted(change));
          const by = (a: { player: string }, b: { player: string }) => (a.player < b.player ? -1 : 1);
          expect([...answer.climbed].sort(by)).toEqual(changed((change) => change > 0).sort(by));
          expect([...answer.fallen].sort(by)).toEqual(changed((change) => change < 0).sort(by));
          const changes = (list: { change: number }[]) => list.map(({ change }) => Math.abs(change));
          for (const list of [answer.climbed, answer.fallen]) {
            expect(changes(list)).toEqual(changes(list).sort((a, b) => b - a));
          }
          expect(answer.stayed).toBe(changed((change) => change === 0).length);
          expect(answer.left).toEqual(
            before
              .slice(0, first)
              .map(({ player, rank }) => ({ player, rankBefore: rank, rank: rankIn(after, player) }))
              .filter(({ rank }) => rank === undefined || rank > first)
              .map(({ rank, ...each }) => (rank === undefined ? each : { ...each, rank })),
          );
          expect(answer).toMatchObject({ count: after.length, countBefore: before.length });
        }
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});

test('paging over a window that changes gives every entry that does not move exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(
      settings,
      events,
      fc.array(events, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 3 }),
      async (chosen, sent, later, limit) => {
        const board = newBoard(chosen);
        const view = viewOf(board, 'all');
        const { entries } = boardKeys(prefix, board.id);
        const standing = async () => {
          const flat = await redis.zrange(entries('all'), '0', '-1', 'WITHSCORES');
          return new Set(flat.flatMap((player, i) => (i % 2 === 0 ? [`${player}\n${flat[i + 1]}`] : [])));
        };
        await feed(board, sent);
        let unmoved = await standing();
        const rest = [...later];
        const seen = await paged(view, limit, async () => {
          await feed(board, rest.shift() ?? []);
          const still = await standing();
          unmoved = new Set([...unmoved].filter((each) => still.has(each)));
        });
        for (const each of unmoved) {
          const [player] = each.split('\n');
          expect(seen.filter((entry) => entry.player === player)).toHaveLength(1);
        }
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

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
      expect(same).toEqual({ version: first.version, final: false, value: undefined });
      await feed(board, [{ player: 'ada', score: 1, time: NOW - 3 * 86_400_000 }]);
      expect((await runRead(redis, prefix, view, read, first.version)).value).toBeUndefined();
      await feed(board, [{ player: 'bob', score: 1, time: NOW - 1 }]);
      expect((await runRead(redis, prefix, view, read, first.version)).value).not.toBeUndefined();
    }
    const before = await runRead(redis, prefix, view, movers(3));
    await feed(board, [{ player: 'ada', score: 1, time: NOW - 86_400_000 - 1 }]);
    expect((await runRead(redis, prefix, view, movers(3), before.version)).value).not.toBeUndefined();
  });

  test('of a closed window is final and says its snapshot', async () => {
    const board = newBoard({ operator: 'best' });
    const view = viewOf(board, 'day:2026-11-23');
    const state = (day: string) => boardKeys(prefix, board.id).state(day);
    await feed(board, [{ player: 'ada', score: 1, time: NOW - 1 }]);
    const open = await runRead(redis, prefix, view, top({ limit: 3 }));
    expect(open).toMatchObject({ final: false, value: { revision: 1, board: board.id, window: view.window.id } });
    expect(open.value).not.toHaveProperty('closed');
    await redis.hset(state('day:2026-11-23'), 'closed', '4');
    const closed = await runRead(redis, prefix, view, top({ limit: 3 }), open.version);
    expect(closed).toMatchObject({ final: true, value: { revision: 1, closed: 4 } });
    expect(await runRead(redis, prefix, view, movers(3))).toMatchObject({ final: false });
    await redis.hset(state('day:2026-11-22'), 'closed', '3');
    expect(await runRead(redis, prefix, view, movers(3))).toMatchObject({ final: true });
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
