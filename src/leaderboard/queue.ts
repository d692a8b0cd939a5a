import type { Queue } from 'bullmq';
import { z } from 'zod';
import { addingQueue } from '../redis/bull.ts';
import type { RedisClient } from '../redis/client.ts';
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

/** The producer's end: somebody waits for the answer. */
export function ingestQueue(connection: RedisClient, prefix: string): Queue<IngestJob> {
  return addingQueue<IngestJob>(INGEST_QUEUE, prefix, connection);
}
