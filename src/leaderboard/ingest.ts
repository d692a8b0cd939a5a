import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, MetricsTime, UnrecoverableError, Worker } from 'bullmq';
import { OpslineError } from '../errors.ts';
import { LOCKS, queuePrefix } from '../redis/bull.ts';
import type { RedisClient } from '../redis/client.ts';
import { connect, waitForever } from '../redis/connect.ts';
import { Resender } from '../redis/resender.ts';
import { noteRefusal } from './accept.ts';
import { type Applied, applyPart } from './apply.ts';
import { readBoard } from './boards.ts';
import { startClosing } from './closing.ts';
import type { Board } from './definition.ts';
import { INGEST_QUEUE, IngestJob } from './queue.ts';

export interface IngestLogger {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface IngestOptions {
  readonly url: string;
  /** First part of every key. Default `opsline`. */
  readonly prefix?: string;
  readonly logger?: IngestLogger;
  /** See `LOCKS` in `src/redis/bull.ts`; all workers of a queue must agree. */
  readonly lockDurationMs?: number;
  readonly stalledIntervalMs?: number;
  /** How often windows are looked for that are to be closed, by one worker of all. Default 15 s. */
  readonly closingIntervalMs?: number;
}

/**
 * Starts applying accepted parts, twenty at a time, and closing windows (see `closing.ts`). Delivery is at least once; the gate inside the script makes each count
 * once. `close` finishes what runs and returns after `deadlineMs` (default eight seconds) at the latest, also when Redis
 * is gone; what was not finished is delivered to another worker.
 */
export async function startIngestWorker(
  options: IngestOptions,
): Promise<{ close(deadlineMs?: number): Promise<void> }> {
  const { url, prefix = 'opsline', logger } = options;
  const redis = connect(waitForever(url));
  const boards = new Map<string, Board>();
  // BullMQ tells a Redis that came back of jobs that are done, when what they wrote may have gone with its last seconds.
  const recent = new Resender<IngestJob>(
    redis,
    (part) => applyOrRefuse(redis, prefix, boards, part),
    (error) => logger?.warn({ error: String(error) }, 'a part was not applied again'),
  );
  const worker = new Worker<unknown>(INGEST_QUEUE, (job) => applyJob(redis, prefix, boards, job, recent), {
    prefix: queuePrefix(prefix, INGEST_QUEUE),
    concurrency: 20,
    lockDuration: options.lockDurationMs ?? LOCKS.lockDuration,
    stalledInterval: options.stalledIntervalMs ?? LOCKS.stalledInterval,
    maxStalledCount: 3,
    maxStartedAttempts: 12,
    drainDelay: 5,
    metrics: { maxDataPoints: MetricsTime.ONE_WEEK },
    // BullMQ makes itself a second, blocking connection from it.
    connection: redis,
  });
  worker.on('error', (error) => logger?.warn({ error: error.message }, 'ingest worker: Redis'));
  worker.on('failed', (job, error) => {
    // Why a part is refused names players, which logs do not: its batch says it.
    const why = error instanceof UnrecoverableError ? 'it is refused; its batch says why' : error.message;
    logger?.error({ job: job?.id, attempts: job?.attemptsMade, error: why }, 'a part was not applied');
  });
  const stopClosing = startClosing({
    redis,
    prefix,
    intervalMs: options.closingIntervalMs ?? 15_000,
    onError: (error, board) =>
      logger?.error({ board, error: String(error) }, 'a board was not looked after; it is tried again'),
  });
  return {
    async close(deadlineMs = 8000) {
      stopClosing();
      await Promise.race([worker.close(), sleep(deadlineMs, undefined, { ref: false })]);
      recent.close();
      redis.disconnect();
    },
  };
}

/**
 * Applies the part in a job; or writes down why it never can be and throws `UnrecoverableError`. Other errors are worth another try.
 * `recent` is told of what was applied.
 */
export async function applyJob(
  redis: RedisClient,
  prefix: string,
  boards: Map<string, Board>,
  job: Job<unknown>,
  recent?: Resender<IngestJob>,
): Promise<Applied> {
  const parsed = IngestJob.safeParse(job.data);
  if (!parsed.success) throw new UnrecoverableError(`The job is not a part of a batch: ${parsed.error.message}`);
  try {
    const applied = await applyOrRefuse(redis, prefix, boards, parsed.data);
    recent?.note(parsed.data, parsed.data.events.players.length);
    return applied;
  } catch (error) {
    throw error instanceof OpslineError && !error.kind.retryable ? new UnrecoverableError(error.message) : error;
  }
}

async function applyOrRefuse(
  redis: RedisClient,
  prefix: string,
  boards: Map<string, Board>,
  part: IngestJob,
): Promise<Applied> {
  try {
    let board = boards.get(part.board);
    if (board === undefined || board.version < part.version) {
      board = await readBoard(redis, prefix, part.board);
      boards.set(board.id, board);
    }
    return await applyPart(redis, prefix, board, part);
  } catch (error) {
    if (!(error instanceof OpslineError) || error.kind.retryable) throw error;
    if (!(await noteRefusal(redis, prefix, part, error.message))) return 'duplicate';
    throw error;
  }
}
