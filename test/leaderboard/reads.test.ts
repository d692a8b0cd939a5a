import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Board, BoardSettings } from '../../src/leaderboard/definition.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { friends } from '../../src/leaderboard/reads/friends.ts';
import { movers } from '../../src/leaderboard/reads/movers.ts';
import { standing } from '../../src/leaderboard/reads/standing.ts';
import { supposedRank } from '../../src/leaderboard/reads/supposed.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { type OracleEntry, type OracleEvent, standings } from './oracle.ts';
import { DAYS, feed, NOW, newBoard, now, paged, prefix, redis } from './reading.ts';

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
