import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { MAX_PART_EVENTS } from './apply.ts';
import { BoardId } from './definition.ts';

export const INGEST_QUEUE = 'ingest';

/** One job is one part of one batch for one board. */
export const IngestJob = z.object({
  board: BoardId,
  batch: z.string(),
  part: z.number().int().min(0),
  parts: z.number().int().min(1),
  events: z.object({
    players: z.array(z.string()).min(1).max(MAX_PART_EVENTS),
    scores: z.array(z.number()),
    times: z.array(z.number()),
  }),
});
export type IngestJob = z.infer<typeof IngestJob>;

export const bullPrefix = (prefix: string): string => `{${prefix}:${INGEST_QUEUE}}`;

/**
 * The producer's end, over a fail-fast connection that the caller owns: somebody waits for the answer. The version check and
 * the wait for readiness are skipped together: a queue made while Redis is down would otherwise never work.
 */
export function ingestQueue(connection: Redis, prefix: string): Queue<IngestJob> {
  const queue = new Queue<IngestJob>(INGEST_QUEUE, {
    prefix: bullPrefix(prefix),
    connection,
    skipVersionCheck: true,
    skipWaitingForReady: true,
    defaultJobOptions: {
      attempts: 8,
      backoff: { type: 'exponential', delay: 200, jitter: 0.5 },
      removeOnComplete: { age: 3600, count: 1000, limit: 100 },
      removeOnFail: { age: 7 * 86_400, count: 5000, limit: 100 },
      stackTraceLimit: 5,
      keepLogs: 20,
      sizeLimit: 512 * 1024,
    },
    streams: { events: { maxLen: 1000 } },
  });
  queue.on('error', () => {});
  return queue;
}
