/** Memory of an entry, and a board of ten million entries: each beside the bare sorted set with the same members. */

import { applyChanges } from '../../src/leaderboard/apply.ts';
import { closeDue } from '../../src/leaderboard/closing.ts';
import type { Board } from '../../src/leaderboard/definition.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { Reads } from '../../src/leaderboard/reads.ts';
import type { Change } from '../../src/leaderboard/reduce.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { type Figure, inTurns, board as makeBoard, median, random, type Stage, timed } from './harness.ts';

const CHANGES = 500;

/** Fills windows with a player each, through the script that applies parts. */
async function fill(
  redis: RedisClient,
  id: string,
  players: number,
  windows: readonly ('all' | 'day' | 'week' | 'month')[],
  now = Date.now(),
): Promise<Board> {
  const board = makeBoard(id, { operator: 'best', windows: [...windows], graceSeconds: 0 });
  const keys = boardKeys('bench', id);
  const parts = Array.from({ length: Math.ceil(players / CHANGES) }, (_, part) => part);
  await redis.hset(keys.batch('fill'), 'parts', parts.length);
  await inTurns(parts, 4, async (part) => {
    const changes = new Map<string, Change>();
    for (let i = part * CHANGES; i < Math.min(players, (part + 1) * CHANGES); i += 1) {
      const player = name(i);
      changes.set(player, {
        player,
        score: Math.floor(random() * 1_000_000),
        time: now - Math.floor(random() * 1000),
        metadata: '',
      });
    }
    const made = windows.map((window) => ({ ...viewOf(board, window, now), events: changes.size, changes }));
    await applyChanges(
      redis,
      'bench',
      board,
      { batch: 'fill', part, parts: parts.length },
      { windows: made, late: [] },
    );
  });
  await redis.del(keys.batch('fill'));
  return board;
}

const name = (index: number): string => `player-${index}`;

async function fillBare(redis: RedisClient, key: string, players: number): Promise<void> {
  const parts = Array.from({ length: Math.ceil(players / 1000) }, (_, part) => part * 1000);
  await inTurns(parts, 4, async (from) => {
    const args: (string | number)[] = [];
    for (let i = from; i < Math.min(players, from + 1000); i += 1) args.push(Math.floor(random() * 1_000_000), name(i));
    await redis.zadd(key, ...args.map(String));
  });
}

async function usedMemory(redis: RedisClient): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

/** Bytes for each player and window, best without metadata. */
export async function measureMemory({ redis }: Stage, players: number): Promise<Figure[]> {
  const windows = ['all', 'day', 'week', 'month'] as const;
  const grown = async (act: () => Promise<unknown>): Promise<number> => {
    const before = await usedMemory(redis);
    await act();
    const bytes = (await usedMemory(redis)) - before;
    await redis.flushdb();
    return bytes / players / windows.length;
  };
  // Scripts and buffers take some, once.
  await fill(redis, 'warm', 1000, windows);
  await redis.flushdb();
  const ours = await grown(() => fill(redis, 'memory', players, windows));
  const bare = await grown(async () => {
    for (const window of windows) await fillBare(redis, `bare:${window}`, players);
  });
  return [
    {
      what: 'bytes for each player and window (best, no metadata), over the bare sorted set',
      measured: `${(ours / bare).toFixed(2)}x (${ours.toFixed(0)} bytes)`,
      target: '< 1.25x',
      met: ours / bare < 1.25,
    },
  ];
}

/** Reads of a large board beside the bare commands, and the longest that closing its window keeps Redis. */
export async function measureLarge(stage: Stage, entries: number): Promise<Figure[]> {
  const { redis } = stage;
  const board = await fill(redis, 'large', entries, ['all']);
  await fillBare(redis, 'bare', entries);
  const reads = new Reads(redis, 'bench');
  const view = viewOf(board, 'all');
  const someone = (): string => name(Math.floor(random() * entries));
  const pairs: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
    ['rank', () => reads.around(view, someone(), 0), () => redis.zrevrank('bare', someone())],
    [
      'around (5 on each side)',
      () => reads.around(view, someone(), 5),
      async () => {
        const at = (await redis.zrevrank('bare', someone())) as number;
        return redis.zrevrange('bare', Math.max(0, at - 5), at + 5, 'WITHSCORES');
      },
    ],
    [
      'percentile',
      () => reads.percentiles(view, [90]),
      async () => {
        const at = Math.floor((await redis.zcard('bare')) * 0.9);
        return redis.zrange('bare', String(at), String(at), 'WITHSCORES');
      },
    ],
  ];
  const figures: Figure[] = [];
  for (const [what, ours, bare] of pairs) {
    const [mine, plain]: [number[], number[]] = [[], []];
    for (let i = 0; i < 2000; i += 1) {
      for (const [list, act] of [
        [mine, ours],
        [plain, bare],
      ] as const) {
        const start = performance.now();
        await act();
        list.push(performance.now() - start);
      }
    }
    const ratio = median(mine) / median(plain);
    figures.push({
      what: `${what} among ${(entries / 1e6).toFixed(0)} M entries, over the bare commands`,
      measured: `${ratio.toFixed(2)}x (${(median(mine) * 1000).toFixed(0)} us)`,
      target: '<= 1.5x',
      met: ratio <= 1.5,
    });
  }
  return figures;
}

/** The longest command while a large window is closed: sealed, read, recorded, and in the end dropped. */
export async function measureClosing({ redis }: Stage, entries: number): Promise<Figure[]> {
  const board = await fill(redis, 'closing', entries, ['day'], Date.now() - 2 * 86_400_000);
  await redis.config('SET', 'slowlog-log-slower-than', '500', 'slowlog-max-len', '100000');
  await redis.slowlog('RESET');
  const { seconds } = await timed(() => closeDue(redis, 'bench', board));
  const dropping = { ...board, keep: { days: 1 } };
  await closeDue(redis, 'bench', dropping);
  // [id, time, microseconds, command, …]
  const slow = (await redis.slowlog('GET', 100_000)) as [number, number, number, string[]][];
  const longest = Math.max(0.5, ...slow.map(([, , microseconds]) => microseconds / 1000));
  const left = await redis.zcard(boardKeys('bench', 'closing').closed);
  return [
    {
      what: `closing a window of ${(entries / 1e6).toFixed(0)} M entries and dropping it: the longest command`,
      measured: `${longest.toFixed(1)} ms (${seconds.toFixed(0)} s in all)`,
      target: '< 10 ms',
      met: longest < 10 && left === 0,
    },
  ];
}
