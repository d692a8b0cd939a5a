import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { Snapshots } from '../../src/leaderboard/snapshots.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';
import { HOUR, keptBoard, play } from './kit.ts';

const where = testRedis();
const redis = connect(waitForever(where.url));
const queue = ingestQueue(redis, where.prefix);
const children = new Set<ChildProcess>();

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await queue.close();
  redis.disconnect();
});

function worker(dieAfter: number): Promise<NodeJS.Signals | null> {
  const script = fileURLToPath(new URL('./closing-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, where.url, where.prefix, String(dieAfter)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.add(child);
  return new Promise((resolve) =>
    child.once('exit', (_, signal) => {
      children.delete(child);
      resolve(signal);
    }),
  );
}

test('workers killed behind single steps, and two at once, close each window once and drop what is old', async () => {
  const place = { redis, prefix: where.prefix, queue };
  const board = await keptBoard(place, {
    operator: 'latest',
    windows: ['hour'],
    graceSeconds: 0,
    keep: { windows: 4 },
  });
  const keys = boardKeys(where.prefix, board.id);
  const first = Math.floor(Date.now() / HOUR) * HOUR - 10 * HOUR;
  const times = Array.from({ length: 6 }, (_, i) => first + i * HOUR);
  const ids = times.map((time) => viewOf(board, 'hour', time).window.id);
  for (const time of times) {
    const events = Array.from({ length: 20 }, (_, i) => ({ player: `p${i}`, score: i, time }));
    await play(place, board, `${board.id}-${time}`, events, time + 1);
  }

  const sealedAt = new Map<string, string>();
  // Six seals, then a scan and a record for each, then two are dropped: deaths behind each kind of step.
  for (const dieAfter of [1, 3, 3, 2, 1, 5, 5, 3]) {
    expect(await worker(dieAfter)).toBe('SIGKILL');
    for (const id of ids) {
      const closedAt = await redis.hget(keys.state(id), 'closedAt');
      if (closedAt === null) continue;
      expect(sealedAt.get(id) ?? closedAt).toBe(closedAt);
      sealedAt.set(id, closedAt);
    }
  }
  void worker(0);
  void worker(0);
  await vi.waitFor(async () => expect(await redis.zcard(keys.closed)).toBe(4), { timeout: 20_000, interval: 50 });
  await vi.waitFor(async () => expect(await redis.zcard(keys.unrecorded)).toBe(0), { timeout: 20_000, interval: 50 });

  expect(await redis.zrange(keys.closed, '0', '-1', 'WITHSCORES')).toEqual(
    ids.slice(2).flatMap((id, i) => [id, String(i + 3)]),
  );
  const { snapshots } = await new Snapshots(redis, where.prefix).list(board, { limit: 10 });
  expect(snapshots.map(({ number, window, entries, closedAt }) => ({ number, window, entries, closedAt }))).toEqual(
    ids
      .slice(2)
      .map((window, i) => ({
        number: i + 3,
        window,
        entries: 20,
        closedAt: new Date(Number(sealedAt.get(window))).toISOString(),
      }))
      .reverse(),
  );
  expect(await redis.get(keys.lastSnapshot)).toBe('6');
  expect(await redis.hkeys(keys.records)).toHaveLength(4);
  for (const id of ids) expect(await redis.exists(keys.times(id))).toBe(0);
}, 60_000);
