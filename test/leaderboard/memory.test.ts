import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acceptBatch } from '../../src/leaderboard/accept.ts';
import { GATE_SECONDS } from '../../src/leaderboard/apply.ts';
import { createBoards } from '../../src/leaderboard/boards.ts';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { inTurns } from '../chaos/support/clients.ts';

const BATCHES = 2500;
const PLAYERS = 50;

test('Redis holds no more after twice as many batches, once their gates have expired', async ({ annotate }) => {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-memory-'));
  const server = await startEmbeddedRedis(folder);
  const where = { url: server.url, prefix: 'memory' };
  const redis = connect(waitForever(server.url));
  const boards = await createBoards(where);
  const worker = await startIngestWorker(where);
  const queue = ingestQueue(redis, where.prefix);
  onTestFinished(async () => {
    await worker.close();
    await Promise.all([boards.close(), queue.close()]);
    redis.disconnect();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const { board } = await boards.define('soak', { operator: 'sum' });
  const keys = boardKeys(where.prefix, board.id);
  const now = Date.now();

  /** Sends so many batches of one event, lets their gates expire, and says what Redis holds then. */
  const round = async (first: number): Promise<{ names: string[]; bytes: number; gate: number }> => {
    const names = Array.from({ length: BATCHES }, (_, index) => `batch-${first + index}`);
    await inTurns(names.entries(), 64, async ([index, key]) => {
      const events = { players: [`player-${index % PLAYERS}`], scores: [1], times: [now] };
      await acceptBatch({ redis, prefix: where.prefix, queue }, board, events, { key, now });
    });
    await expect.poll(() => queue.getJobCountByTypes('waiting', 'active', 'delayed'), { timeout: 120_000 }).toBe(0);
    expect(await redis.zcard(keys.pending)).toBe(0);
    const gates = names.map((name) => keys.batch(name));
    const gate = Number(await redis.memory('USAGE', gates[0] as string));
    for (const each of gates) {
      const seconds = await redis.ttl(each);
      expect(seconds > 0 && seconds <= GATE_SECONDS, `${each} expires in ${seconds} s`).toBe(true);
      await redis.pexpire(each, 1);
    }
    await expect.poll(() => redis.exists(...gates), { timeout: 30_000 }).toBe(0);
    const left = (await redis.keys('*')).sort();
    // Completed jobs come and go; their number is bounded.
    const jobs = left.filter((name) => /:\d+$/.test(name));
    expect(jobs.length).toBeLessThanOrEqual(1100);
    const sizes = await Promise.all(left.map((name) => redis.memory('USAGE', name, 'SAMPLES', 0)));
    const bytes = sizes.reduce<number>((sum, size) => sum + Number(size), 0);
    return { names: left.filter((name) => !jobs.includes(name)), bytes, gate };
  };

  const once = await round(0);
  const twice = await round(BATCHES);
  await annotate(
    `after ${BATCHES} batches ${once.bytes} B, after ${2 * BATCHES} ${twice.bytes} B; a gate takes ${twice.gate} B`,
  );
  const ofBoard = (names: readonly string[]): string[] => names.filter((name) => name.includes('{board:soak}'));
  expect(ofBoard(twice.names)).toEqual(ofBoard(once.names));
  // The queue's own few: locks, marks, counts by the minute.
  expect(twice.names.length).toBeLessThanOrEqual(once.names.length + 5);
  expect(twice.bytes).toBeLessThan(1.05 * once.bytes);
  expect(twice.gate).toBeLessThan(400);
}, 240_000);
