import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import type { Resender } from '../redis/resender.ts';
import { runScript } from '../redis/script.ts';
import { MAX_PART_EVENTS, OPEN_GATE_SECONDS } from './apply.ts';
import type { Board } from './definition.ts';
import { type Events, MAX_NAMED, sliceEvents } from './events.ts';
import { boardKeys, short } from './keys.ts';
import { packEvents } from './packed.ts';
import type { IngestJob, IngestJobData } from './queue.ts';
import { scripts } from './scripts.ts';

/** Bad events of a batch whose good ones were taken. */
export const Skipped = z.object({
  count: z.number().int().describe('How many events were not taken'),
  events: z
    .array(z.object({ place: z.string().describe('Such as `line 3` or `/2`'), reason: z.string() }))
    .describe(`The first ${MAX_NAMED} of them`),
});
export type Skipped = z.infer<typeof Skipped>;

/** An accepted batch of events and how far it is. */
export const Batch = z.object({
  board: z.string(),
  batch: z.string().describe('The key it was sent under: Idempotency-Key, or one that was made for it'),
  events: z.number().int().describe('Events accepted'),
  parts: z.number().int().describe('Parts it was split into; each is applied wholly or not at all'),
  applied: z.number().int().describe('Parts applied so far'),
  late: z
    .number()
    .int()
    .describe('How often an applied event was not counted in a window because it came after its time of grace'),
  refused: z.array(z.object({ part: z.number().int(), reason: z.string() })).describe('Parts that cannot be applied'),
  duplicate: z.boolean().describe('Whether the same batch had been accepted before'),
  skipped: Skipped.optional().describe('What was left out, where `onInvalid=skip` asked for it'),
});
export type Batch = z.infer<typeof Batch>;

/** Whether nothing more will happen to a batch by itself. */
export function isSettled(batch: Batch): boolean {
  return batch.applied + batch.refused.length >= batch.parts;
}

export interface AcceptContext {
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly queue: Queue<IngestJobData>;
  /** Who sends accepted batches again after Redis may have lost them. */
  readonly recent?: Resender<Accepted>;
}

/** A batch that was accepted, for sending it again. */
export interface Accepted {
  readonly board: Board;
  readonly events: Events;
  readonly options: AcceptOptions;
}

export interface AcceptOptions {
  /** The batch key; one is made otherwise. */
  readonly key?: string;
  /** Unix milliseconds. */
  readonly now?: number;
  /** Where bad events stood that were left out: they belong to what the key stands for. */
  readonly skipped?: readonly number[];
}

/**
 * Accepts checked events: writes down the batch key, then enqueues the parts. The same batch sent again enqueues only what
 * may be missing (a crash in between leaves that), and the gate of each part keeps it from counting twice. Throws
 * `idempotency-conflict` when the key was used with other events, and `redis-unavailable`.
 */
export async function acceptBatch(
  { redis, prefix, queue, recent }: AcceptContext,
  board: Board,
  events: Events,
  { key = uuid(), now = Date.now(), skipped = [] }: AcceptOptions = {},
): Promise<Batch> {
  const keys = boardKeys(prefix, board.id);
  const parts = split(events).map(packEvents);
  // The columns stand in one order, so their plain JSON is the same for the same events.
  const body = short(JSON.stringify(skipped.length === 0 ? parts : [parts, skipped]));
  const answer = await runScript(
    redis,
    scripts.accept,
    [keys.batch(key), keys.pending],
    [body, events.players.length, parts.length, now, OPEN_GATE_SECONDS, short(key)],
  );
  const [known, accepted, applied] = answer as ['conflict' | 'new' | 'known', string, number];
  if (known === 'conflict') {
    throw new OpslineError(
      'idempotency-conflict',
      `The batch key ${JSON.stringify(key)} was used on the board ${board.id} with other events. Use a new key for new events.`,
    );
  }
  if (applied < parts.length) {
    const { id, version } = board;
    const acceptedAt = Number(accepted);
    const jobs = parts.map((part, index) => ({
      name: 'part',
      data: { board: id, version, batch: key, part: index, parts: parts.length, acceptedAt, events: part },
    }));
    // A pipeline for one command takes longer than the command.
    const [first] = jobs;
    if (first !== undefined && jobs.length === 1) await queue.add(first.name, first.data);
    else await queue.addBulk(jobs);
  }
  recent?.note({ board, events, options: { key, now: Number(accepted), skipped } }, events.players.length);
  if (known === 'new') {
    const counts = { events: events.players.length, parts: parts.length, applied: 0, late: 0 };
    return { board: board.id, batch: key, ...counts, refused: [], duplicate: false };
  }
  return { ...(await batchOf({ redis, prefix }, board.id, key)), duplicate: true };
}

/** How far an accepted batch is. Throws `batch-not-found`. */
export async function batchOf(
  { redis, prefix }: Pick<AcceptContext, 'redis' | 'prefix'>,
  board: string,
  key: string,
): Promise<Batch> {
  const fields: Record<string, string> = await redis.hgetall(boardKeys(prefix, board).batch(key));
  if (fields.parts === undefined) {
    throw new OpslineError('batch-not-found', `The board ${board} knows no batch ${JSON.stringify(key)}.`);
  }
  const refused = Object.entries(fields)
    .filter(([name]) => name.startsWith(REFUSED))
    .map(([name, reason]) => ({ part: Number(name.slice(REFUSED.length)), reason }))
    .sort((a, b) => a.part - b.part);
  return {
    board,
    batch: key,
    events: Number(fields.events),
    parts: Number(fields.parts),
    applied: Number(fields.applied ?? 0),
    late: Number(fields.late ?? 0),
    refused,
    duplicate: false,
  };
}

const REFUSED = 'refused:';

/**
 * Writes down that a part cannot be applied, for whoever asks after the batch; once nothing more will happen to the batch, windows
 * need not wait for it any longer. False when another worker applied the part meanwhile.
 */
export async function noteRefusal(
  redis: RedisClient,
  prefix: string,
  { board, batch, part }: IngestJob,
  reason: string,
): Promise<boolean> {
  const keys = boardKeys(prefix, board);
  const answer = await runScript(
    redis,
    scripts.refuse,
    [keys.batch(batch), keys.pending],
    [part, reason, short(batch)],
  );
  return answer !== 'applied';
}

/** Waits until every part is applied or refused, `timeoutMs` have passed, or the signal is aborted: whichever is first. */
export async function waitForBatch(
  context: Pick<AcceptContext, 'redis' | 'prefix'>,
  batch: Batch,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Batch> {
  const until = performance.now() + timeoutMs;
  let latest = batch;
  for (let pause = 5; !isSettled(latest) && performance.now() < until && !signal?.aborted; pause *= 1.5) {
    await sleep(Math.min(pause, 100, Math.max(1, until - performance.now())), undefined, { ref: false });
    const { duplicate, skipped } = batch;
    const now = await batchOf(context, batch.board, batch.batch);
    latest = { ...now, duplicate, ...(skipped === undefined ? {} : { skipped }) };
  }
  return latest;
}

function split(events: Events): Events[] {
  if (events.players.length <= MAX_PART_EVENTS) return [events];
  const parts: Events[] = [];
  for (let from = 0; from < events.players.length; from += MAX_PART_EVENTS) {
    parts.push(sliceEvents(events, from, from + MAX_PART_EVENTS));
  }
  return parts;
}
