import type { Queue } from 'bullmq';
import { z } from 'zod';
import { addingQueue } from '../redis/bull.ts';
import type { RedisClient } from '../redis/client.ts';
import { MAX_PART_EVENTS } from './apply.ts';
import { isColumns } from './columns.ts';
import { BoardId } from './definition.ts';
import type { Events } from './events.ts';

export const INGEST_QUEUE = 'ingest';

/** One job is one part of one batch for one board. */
export const IngestJob = z.object({
  board: BoardId,
  /** Of the board's definition when the batch was accepted: a worker that knows an older one reads it again. */
  version: z.number().int(),
  batch: z.string(),
  part: z.number().int().min(0),
  parts: z.number().int().min(1),
  /** Unix milliseconds. */
  acceptedAt: z.number().int(),
  events: z.custom<Events>((value) => isColumns(value, MAX_PART_EVENTS), 'must be columns of events'),
});
export type IngestJob = z.infer<typeof IngestJob>;

/** The producer's end: somebody waits for the answer. */
export function ingestQueue(connection: RedisClient, prefix: string): Queue<IngestJob> {
  return addingQueue<IngestJob>(INGEST_QUEUE, prefix, connection);
}
