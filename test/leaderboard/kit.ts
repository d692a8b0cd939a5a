import { createHash } from 'node:crypto';
import type { Queue } from 'bullmq';
import { afterAll } from 'vitest';

import { acceptBatch } from '../../src/leaderboard/accept.ts';
import { applyPart } from '../../src/leaderboard/apply.ts';
import { createBoards } from '../../src/leaderboard/boards.ts';
import type { Board, BoardSettings } from '../../src/leaderboard/definition.ts';
import { checkEvents } from '../../src/leaderboard/events.ts';
import { boardKeys, registryKey } from '../../src/leaderboard/keys.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { IngestJob, type IngestJobData, ingestQueue } from '../../src/leaderboard/queue.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface Sent {
  readonly player: string;
  readonly score?: number;
  /** Unix milliseconds. */
  readonly time: number;
  readonly metadata?: object;
}

export interface Place {
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly queue: Queue<IngestJobData>;
}

/** Boards and a queue on the test Redis, whose parts no worker takes, until the tests of the file have ended. */
export async function openPlace() {
  const where = testRedis();
  const redis = connect(waitForever(where.url));
  const queue = ingestQueue(redis, where.prefix);
  const boards = await createBoards(where);
  afterAll(async () => {
    await boards.close();
    await queue.close();
    redis.disconnect();
  });
  return { where, redis, queue, boards, place: { redis, prefix: where.prefix, queue } };
}

let made = 0;

/** A board of its own that is kept in Redis as a service keeps it. */
export async function keptBoard({ redis, prefix }: Place, settings: BoardSettings): Promise<Board> {
  made += 1;
  const board = planBoard(`c${made}`, settings, new Date().toISOString());
  await redis.set(boardKeys(prefix, board.id).definition, JSON.stringify(board));
  await redis.sadd(registryKey(prefix), board.id);
  return board;
}

/** Accepts a batch as of a time; its parts are handed back instead of being left in the queue. */
export async function accept(at: Place, board: Board, key: string, events: readonly Sent[], now: number) {
  await enqueue(at, board, key, events, now);
  const jobs = (await at.queue.getJobs(['waiting']))
    .map((job) => IngestJob.parse(job.data))
    .filter((job) => job.batch === key);
  await at.queue.drain();
  return jobs;
}

/** Accepts a batch as of a time, and leaves its parts to whatever worker comes. */
export async function enqueue(at: Place, board: Board, key: string, events: readonly Sent[], now: number) {
  const wire = events.map(({ time, ...event }) => ({ ...event, time: new Date(time).toISOString() }));
  await acceptBatch(at, board, checkEvents(board, wire, now), { key, now });
}

/** Accepts a batch as of a time and applies it. */
export async function play(at: Place, board: Board, key: string, events: readonly Sent[], now: number): Promise<void> {
  for (const part of await accept(at, board, key, events, now)) await applyPart(at.redis, at.prefix, board, part);
}

/** The checksum as the documentation says it, from the lines of an export; shares no code with the service. */
export function checksumOf(lines: readonly string[], decimals: number): string {
  const entries = lines.slice(1, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
  const text = entries.map(({ player, deleted, score, steps, metadata }) => {
    const sorted = metadata === undefined ? null : Object.fromEntries(Object.entries(metadata as object).sort());
    return `${JSON.stringify([deleted ? null : player, (score as number).toFixed(decimals), steps, sorted])}\n`;
  });
  return createHash('sha256').update(text.join('')).digest('hex');
}
