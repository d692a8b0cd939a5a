import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rename, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { applyPart } from '../../src/leaderboard/apply.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { redisProgram, startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { listens } from '../../src/redis/running.ts';
import { accept, keptBoard } from '../leaderboard/kit.ts';

const COUNT = `
  redis.call('HSET', KEYS[1], 'gate', '1')
  redis.call('HINCRBY', KEYS[1], 'applied', 1)
  redis.call('SET', KEYS[2], string.rep('x', 40))
  return redis.call('HGET', KEYS[1], 'applied')`;

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-torn-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The file that commands are appended to, and where in it the last transaction begins and ends. */
async function lastTransaction(folder: string): Promise<{ file: string; from: number; to: number }> {
  const files = join(folder, 'appendonlydir');
  const file = join(files, (await readdir(files)).find((name) => name.endsWith('.incr.aof')) as string);
  const content = await readFile(file);
  return { file, from: content.lastIndexOf('*1\r\n$5\r\nMULTI\r\n'), to: content.length };
}

/** Every answer waits for the disk: with an fsync a second, a write may still lie in memory while the one before it is synced. */
const writeAtOnce = (redis: RedisClient) => redis.config('SET', 'appendfsync', 'always');

async function withClient<T>(url: string, use: (redis: RedisClient) => Promise<T>): Promise<T> {
  const redis = connect(waitForever(url));
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

const tears = Array.from({ length: 12 }, (_, index) => (index + 0.5) / 12);

test.each(tears)(
  'a script whose write was torn at %d of its length counts once when it runs again, over two starts',
  async (share) => {
    const folder = await emptyFolder();
    let server = await startEmbeddedRedis(folder);
    await withClient(server.url, async (redis) => {
      await writeAtOnce(redis);
      await redis.set('before', '1');
      await redis.eval(COUNT, 2, 'counts', 'text');
    });
    await server.kill();
    const { file, from, to } = await lastTransaction(folder);
    await truncate(file, from + Math.round((to - from) * share));

    server = await startEmbeddedRedis(folder);
    await withClient(server.url, async (redis) => {
      await writeAtOnce(redis);
      expect(await redis.keys('*')).toEqual(['before']);
      expect(await redis.eval(COUNT, 2, 'counts', 'text')).toBe('1');
    });
    await server.kill();

    server = await startEmbeddedRedis(folder);
    await withClient(server.url, async (redis) => {
      expect(await redis.hgetall('counts')).toEqual({ gate: '1', applied: '1' });
      expect(await redis.dbsize()).toBe(3);
    });
    await server.stop();
  },
);

test('a server whose starter was killed before anybody could find it is ended by the next start', async () => {
  const folder = await emptyFolder();
  const forgotten = await startEmbeddedRedis(folder);
  const socket = join(folder, 'redis.sock');
  await withClient(forgotten.url, (redis) => redis.set('kept', '1'));
  await rename(socket, `${socket}~`);
  const next = await startEmbeddedRedis(folder);
  expect(next.pid).not.toBe(forgotten.pid);
  expect(() => process.kill(forgotten.pid, 0)).toThrow();
  expect(await withClient(next.url, (redis) => redis.get('kept'))).toBe('1');
  await next.stop();
  expect(await listens({ path: socket })).toBe(false);
});

/** A server that nobody looks after: it cuts what was torn as its version does. */
async function bareServer(folder: string): Promise<{ url: string; kill: () => Promise<void> }> {
  const socket = join(folder, 'bare.sock');
  const where = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', ''];
  const child: ChildProcess = spawn(await redisProgram(), [...where, '--appendonly', 'yes'], { stdio: 'ignore' });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    if (child.signalCode === null) await once(child, 'exit');
  };
  onTestFinished(kill);
  const url = `unix://${socket}`;
  await withClient(url, (redis) => redis.ping());
  return { url, kill };
}

test.each(tears)(
  'a part whose write was torn at %d of its length is right when it comes again, whatever the server keeps of it',
  async (share) => {
    const folder = await emptyFolder();
    const prefix = 'torn';
    const now = Date.parse('2026-11-26T12:00:00Z');
    const scores = (by: number) => Array.from({ length: 5 }, (_, n) => ({ player: `p${n}`, score: by + n, time: now }));

    let server = await bareServer(folder);
    const at = (redis: RedisClient) => ({ redis, prefix, queue: ingestQueue(redis, prefix) });
    const { board, parts } = await withClient(server.url, async (redis) => {
      await writeAtOnce(redis);
      const place = at(redis);
      const board = await keptBoard(place, { operator: 'sum', windows: ['all', 'day'] });
      for (const part of await accept(place, board, 'first', scores(1), now))
        await applyPart(redis, prefix, board, part);
      const parts = await accept(place, board, 'second', scores(10), now);
      for (const part of parts) await applyPart(redis, prefix, board, part);
      await place.queue.close();
      return { board, parts };
    });
    const all = (redis: RedisClient) => contents(redis, boardKeys(prefix, board.id));
    const wanted = await withClient(server.url, all);
    await server.kill();
    const { file, from, to } = await lastTransaction(folder);
    await truncate(file, from + Math.round((to - from) * share));

    server = await bareServer(folder);
    await withClient(server.url, async (redis) => {
      await writeAtOnce(redis);
      for (const part of parts) expect(await applyPart(redis, prefix, board, part)).toBe('applied');
      expect(await all(redis)).toEqual(wanted);
    });
    await server.kill();
    server = await bareServer(folder);
    expect(await withClient(server.url, all)).toEqual(wanted);
  },
);

async function contents(redis: RedisClient, keys: ReturnType<typeof boardKeys>): Promise<object> {
  const windows = (await redis.zrange(keys.open, '0', '-1')) as string[];
  return {
    gates: [await redis.hgetall(keys.batch('first')), await redis.hgetall(keys.batch('second'))],
    pending: await redis.zcard(keys.pending),
    windows: await Promise.all(
      windows.map(async (id) => [
        id,
        await redis.zrange(keys.entries(id), '0', '-1', 'WITHSCORES'),
        await redis.hgetall(keys.state(id)),
      ]),
    ),
  };
}
