import type { Queue } from 'bullmq';
import { z } from 'zod';
import { addingQueue } from '../redis/bull.ts';
import type { RedisClient } from '../redis/client.ts';
import { MAX_PART_EVENTS } from './apply.ts';
import { BoardId } from './definition.ts';
import { type PackedEvents, unpackEvents } from './packed.ts';

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
  events: z.custom<PackedEvents>().transform((value, context) => {
    const events = unpackEvents(value, MAX_PART_EVENTS);
    if (events !== undefined) return events;
    context.addIssue('must be columns of events');
    return z.NEVER;
  }),
});
export type IngestJob = z.infer<typeof IngestJob>;
/** What lies in Redis. */
export type IngestJobData = z.input<typeof IngestJob>;

/** The producer's end: somebody waits for the answer. */
export function ingestQueue(connection: RedisClient, prefix: string): Queue<IngestJobData> {
  return addingQueue<IngestJobData>(INGEST_QUEUE, prefix, connection);
}
