import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPart } from '../../src/leaderboard/apply.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { computeStatistics } from '../../src/leaderboard/statistics.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';
import { standings } from './oracle.ts';

const { url, prefix } = testRedis();
const redis = connect(waitForever(url));
const board = planBoard('large', { operator: 'sum', windows: ['all'] }, '2026-11-24T00:00:00.000Z');
const keys = boardKeys(prefix, board.id);
const time = Date.parse('2026-11-23T00:00:00Z');
const events = Array.from({ length: 12_345 }, (_, i) => ({
  player: `p${i}`,
  score: (i * 7919) % 4001,
  time: time + i,
}));
let batches = 0;

async function apply(some: typeof events): Promise<void> {
  for (let from = 0; from < some.length; from += 500) {
    const part = some.slice(from, from + 500);
    const batch = `batch-${batches++}`;
    await redis.hset(keys.batch(batch), 'parts', 1);
    const columns = {
      players: part.map(({ player }) => player),
      scores: part.map(({ score }) => score),
      times: part.map((event) => event.time),
    };
    await applyPart(redis, prefix, board, { batch, part: 0, parts: 1, acceptedAt: 0, events: columns });
  }
}

beforeAll(() => apply(events));
afterAll(() => redis.disconnect());

test('a window of several pages is read as one', async () => {
  const statistics = await computeStatistics(redis, prefix, viewOf(board, 'all'), { top: 5 });
  const sorted = events.map(({ score }) => score).sort((a, b) => a - b);
  const sum = sorted.reduce((total, score) => total + score, 0);
  expect(statistics).toMatchObject({ consistent: true, revision: 25, events: 12_345, count: 12_345 });
  expect(statistics.scores?.mean).toBeCloseTo(sum / sorted.length, 2);
  expect(statistics.scores?.percentiles.find(({ percentile }) => percentile === 90)?.score).toBe(
    sorted[Math.ceil(0.9 * sorted.length) - 1],
  );
  const top = standings(
    board,
    'all',
    events.filter(({ score }) => score > 3990),
  )
    .slice(0, 5)
    .map(({ denseRank: _, ...entry }) => entry);
  expect(statistics.top.map(({ time: _, ...entry }) => entry)).toEqual(top);
  const groups = [...Map.groupBy(sorted, (score) => score).values()].filter((group) => group.length > 1);
  expect(statistics.ties).toMatchObject({
    scores: groups.length,
    entries: groups.reduce((total, group) => total + group.length, 0),
  });
});

test('what arrives during a scan makes it start again, and is said when it goes on arriving', async () => {
  // Applies a part before every page that is read, as long as `arriving`.
  let arriving = 2;
  const busy = new Proxy(redis, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver);
      if (name !== 'evalsha') return typeof value === 'function' ? value.bind(target) : value;
      return async (...args: Parameters<typeof redis.evalsha>) => {
        if (arriving-- > 0) await apply([{ player: 'late', score: 1, time }]);
        return redis.evalsha(...args);
      };
    },
  });
  const settled = await computeStatistics(busy, prefix, viewOf(board, 'all'), { top: 1 });
  expect(settled).toMatchObject({ consistent: true, count: 12_346 });
  arriving = Number.POSITIVE_INFINITY;
  expect((await computeStatistics(busy, prefix, viewOf(board, 'all'), { top: 1 })).consistent).toBe(false);
});

test('a scan ends when its run does', async () => {
  const signal = AbortSignal.abort(new Error('cancelled'));
  await expect(computeStatistics(redis, prefix, viewOf(board, 'all'), { top: 1, signal })).rejects.toThrow('cancelled');
});
