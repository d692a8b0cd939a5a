import type { RedisClient } from '../redis/client.ts';
import type { RunQueues } from './queues.ts';
import type { Retention } from './redis-runs.ts';
import type { RedisStore } from './redis-store.ts';
import { isFinal } from './run.ts';

export interface ReconcileOptions {
  readonly redis: RedisClient;
  readonly store: RedisStore;
  readonly queues: RunQueues;
  readonly prefix: string;
  readonly pipelines: readonly string[];
  readonly retention: Retention;
  /** A run that was listed less long ago is still being enqueued. */
  readonly graceMs: number;
}

/** What one pass mended. */
export interface Reconciled {
  /** Unfinished runs without a live job, enqueued again. */
  readonly enqueued: number;
  /** Runs whose job was given up by BullMQ, ended as failed. */
  readonly abandoned: number;
  /** Finished runs beyond age or count, removed; and listings without a record. */
  readonly forgotten: number;
}

const CHUNK = 100;
const GIVEN_UP = {
  code: 'delivery-limit',
  message: 'The run was delivered too often without finishing: each time its worker died or lost it.',
} as const;

/**
 * Holds the queue against the records, which are the truth: enqueues unfinished runs that nothing would deliver, ends runs
 * that BullMQ gave up, mends listings, forgets what retention says. One process at a time does it; any may.
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const total = { enqueued: 0, abandoned: 0, forgotten: 0 };
  const before = Date.now() - options.graceMs;
  for (let offset = 0; ; ) {
    const ids = await options.store.index.unfinished(before, offset, CHUNK);
    for (const id of ids) {
      const mended = await mend(id, options);
      if (mended === 'kept') offset += 1;
      else if (mended === 'enqueued') {
        total.enqueued += 1;
        offset += 1;
      } else total[mended] += 1;
    }
    if (ids.length < CHUNK) break;
  }
  total.forgotten += await forgetOld(options);
  return total;
}

/** Mends one run that is listed as unfinished; `kept` and `enqueued` leave it listed so. */
async function mend(id: string, options: ReconcileOptions): Promise<'kept' | 'enqueued' | 'abandoned' | 'forgotten'> {
  const { store, queues, pipelines } = options;
  const state = await store.upkeep.state(id);
  if (state === undefined) {
    await store.index.remove([id], pipelines);
    return 'forgotten';
  }
  if (isFinal(state.status)) {
    await store.index.end(id);
    return 'forgotten';
  }
  const queue = queues.get(state.pipeline);
  // Another release's pipeline: its own workers look after it.
  if (queue === undefined) return 'kept';
  const job = await queue.getJobState(id);
  // A failed job of a waiting run was put back by a person just before the job ended: it is enqueued below.
  if (job === 'failed' && state.status === 'running') {
    await store.abandon(id, GIVEN_UP);
    return 'abandoned';
  }
  if (job !== 'unknown' && job !== 'completed' && job !== 'failed') return 'kept';
  // Between the first look and this one the run may have ended and its job with it.
  const now = await store.upkeep.state(id);
  if (now === undefined || isFinal(now.status)) return 'kept';
  await queues.addAgain({ id, ...state });
  return 'enqueued';
}

async function forgetOld({ store, retention, pipelines }: ReconcileOptions): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const ids = await store.index.expired(Date.now() - retention.ageMs, retention.count, CHUNK);
    if (ids.length === 0) return forgotten;
    await store.upkeep.forget(ids, pipelines);
    forgotten += ids.length;
  }
}

/** Reconciles now and then every `intervalMs`, in one process of all; returns how to stop. */
export function startReconciling(
  options: ReconcileOptions & { intervalMs: number; onError: (error: unknown) => void },
): () => void {
  const { redis, prefix, intervalMs, onError } = options;
  let running = false;
  const pass = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      const turn = await redis.set(`${prefix}:{runs}:reconciler`, String(process.pid), 'PX', intervalMs * 0.9, 'NX');
      if (turn === 'OK') await reconcile(options);
    } catch (error) {
      onError(error);
    } finally {
      running = false;
    }
  };
  void pass();
  const timer = setInterval(() => void pass(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
