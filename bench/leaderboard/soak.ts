/** Memory of Redis over very many tiny batches, each with a gate that expires: it must not grow with their number. */
import { setTimeout as sleep } from 'node:timers/promises';
import { acceptBatch } from '../../src/leaderboard/accept.ts';
import { createBoards } from '../../src/leaderboard/boards.ts';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { type Figure, inTurns, perSecond, type Stage, timed } from './harness.ts';

const PREFIX = 'opsline';
const PLAYERS = 1000;
const CLIENTS = 64;
/** Batches that may wait for the worker: what waits would hide what stays. */
const BACKLOG = 10_000;
const STEPS = 10;

/**
 * Sends batches of one event through acceptance, queue and a real worker. After each tenth the gates, which live for three days,
 * are made to expire at once, and the memory is read when they are gone. The first tenth fills what is bounded: completed
 * jobs, the queue's stream of events, the players.
 */
export async function measureSoak({ redis, server }: Stage, batches: number): Promise<Figure[]> {
  const boards = await createBoards({ url: server.url, prefix: PREFIX });
  const { board } = await boards.define('soak', { operator: 'sum' });
  const queue = ingestQueue(redis, PREFIX);
  const worker = await startIngestWorker({ url: server.url, prefix: PREFIX });
  const keys = boardKeys(PREFIX, board.id);
  const now = Date.now();
  const step = Math.ceil(batches / STEPS);
  const memory: number[] = [];
  const names: number[] = [];
  let gates = 0;
  let withoutExpiry = 0;
  let seconds = 0;
  try {
    for (let round = 0; round < STEPS; round += 1) {
      const own = Array.from({ length: step }, (_, i) => `batch-${round * step + i}`);
      const { seconds: took } = await timed(async () => {
        for (let from = 0; from < step; from += BACKLOG) {
          await inTurns(own.slice(from, from + BACKLOG), CLIENTS, async (key, i) => {
            const events = { players: [`player-${(from + i) % PLAYERS}`], scores: [1], times: [now] };
            await acceptBatch({ redis, prefix: PREFIX, queue }, board, events, { key, now });
          });
          while ((await redis.zcard(keys.pending)) > 0) await sleep(20);
        }
      });
      seconds += took;
      const before = await usedMemory(redis);
      withoutExpiry += await expire(
        redis,
        own.map((key) => keys.batch(key)),
      );
      memory.push(await leastMemory(redis));
      names.push(await redis.dbsize());
      gates = (before - (memory.at(-1) as number)) / step;
      process.stderr.write(
        `  ${(round + 1) * step} batches: ${megabytes(memory.at(-1) as number)}, ${names.at(-1)} keys\n`,
      );
    }
  } finally {
    await worker.close();
    await queue.close();
    await boards.close();
  }
  const [first, last] = [memory[0] as number, memory.at(-1) as number];
  const growth = (last - first) / ((STEPS - 1) * step);
  return [
    {
      what: `memory after ${batches} batches whose gates expired, over that after a tenth of them`,
      measured: `${megabytes(last)} over ${megabytes(first)}: ${growth.toFixed(2)} B a batch (${perSecond(batches, seconds)})`,
      target: '< 1 B a batch',
      met: growth < 1,
    },
    {
      what: 'keys then, over those after a tenth; gates without an expiry',
      measured: `${names.at(-1)} over ${names[0]}; ${withoutExpiry}`,
      target: 'at most 10 more; 0',
      met: (names.at(-1) as number) <= (names[0] as number) + 10 && withoutExpiry === 0,
    },
    {
      what: 'memory of one gate while it is kept',
      measured: `${Math.round(gates)} B`,
      target: '< 300 B',
      met: gates < 300,
    },
  ];
}

/** Makes keys expire at once and waits until they are gone; how many of them would have stayed for ever. */
async function expire(redis: RedisClient, keys: readonly string[]): Promise<number> {
  let lasting = 0;
  for (let from = 0; from < keys.length; from += 1000) {
    const pipeline = redis.pipeline();
    for (const key of keys.slice(from, from + 1000)) pipeline.ttl(key).pexpire(key, 1);
    const replies = await pipeline.exec();
    lasting += (replies ?? []).filter(([, reply], index) => index % 2 === 0 && reply === -1).length;
  }
  // Whoever asks after an expired key removes it, before Redis would by itself.
  for (let from = 0; from < keys.length; from += 1000) {
    while ((await redis.exists(...keys.slice(from, from + 1000))) > 0) await sleep(1);
  }
  return lasting;
}

async function usedMemory(redis: RedisClient): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

/** The least of some seconds: buffers of connections come and go, and Redis gives them back when they are idle. */
async function leastMemory(redis: RedisClient): Promise<number> {
  let least = await usedMemory(redis);
  for (let reads = 0; reads < 8; reads += 1) {
    await sleep(500);
    least = Math.min(least, await usedMemory(redis));
  }
  return least;
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
