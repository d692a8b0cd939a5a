import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, MetricsTime, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { OpslineError } from '../errors.ts';
import type { Predictor } from '../model/predictor.ts';
import { ATTEMPTS, LOCKS, queuePrefix } from '../redis/bull.ts';
import type { RedisClient } from '../redis/client.ts';
import { connect, connectSubscriber, waitForever } from '../redis/connect.ts';
import { untilUsable } from '../redis/usable.ts';
import { codeRevision } from './code-revision.ts';
import { type DeliverOptions, deliver, type Verdict } from './deliver.ts';
import { HeldRuns } from './held-runs.ts';
import type { AnyPipeline } from './pipeline.ts';
import { type JobData, RunQueues } from './queues.ts';
import { startReconciling } from './reconcile.ts';
import { DEFAULT_PREFIX, DEFAULT_RETENTION, type Retention } from './redis-runs.ts';
import { RedisStore } from './redis-store.ts';

/** What a worker says of itself; pino fits. */
export interface WorkerLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface RunWorkerOptions {
  readonly url: string;
  /** Before all keys; `opsline` unless told. */
  readonly prefix?: string;
  readonly pipelines: readonly AnyPipeline[];
  readonly predictor: Predictor;
  /** Runs of each pipeline at the same time in this process; 20 unless told. */
  readonly concurrency?: number;
  readonly logger?: WorkerLogger;
  readonly retention?: Retention;
  /** Told of every run that became final here. */
  readonly onFinished?: (run: { pipeline: string; status: string; seconds: number }) => void;
  /** What code this is; worked out unless told. A run begun by other code starts over. */
  readonly codeRevision?: string;
  /** See `LOCKS` in `src/redis/bull.ts`; all workers of a queue must agree. */
  readonly lockDurationMs?: number;
  readonly stalledIntervalMs?: number;
  readonly reconcileIntervalMs?: number;
  /** How long to wait for Redis at the start; 5000 unless told. */
  readonly connectTimeoutMs?: number;
}

export interface RunWorker {
  /** Runs being executed now. */
  readonly running: number;
  /**
   * Takes no more runs, lets those in hand finish, hands back what would take too long, and lets go of Redis; within
   * `deadlineMs` (8000) also when Redis is gone.
   */
  close(deadlineMs?: number): Promise<void>;
}

/** Deliveries after which a run that never finishes is given up. */
const MAX_DELIVERIES = 12;

/**
 * Executes runs of the given pipelines, until closed. Throws `redis-unavailable` when there is no Redis at the start,
 * `redis-may-evict` when it may drop keys, `redis-wrong-mode` when the URL does not fit it; later outages are waited out.
 */
export async function startWorker(options: RunWorkerOptions): Promise<RunWorker> {
  const { url, prefix = DEFAULT_PREFIX, pipelines, retention = DEFAULT_RETENTION } = options;
  const redis = connect(waitForever(url));
  try {
    await untilUsable(redis, url, options.connectTimeoutMs);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  const subscriber = connectSubscriber(url);
  const store = new RedisStore({ redis, subscriber, prefix, keepMs: retention.ageMs });
  const held = new HeldRuns(store);
  const names = pipelines.map(({ name }) => name);
  const queues = new RunQueues(redis, prefix, names);
  const deliverOptions: DeliverOptions = {
    store,
    predictor: options.predictor,
    codeRevision: options.codeRevision ?? codeRevision(),
    maxDeliveries: MAX_DELIVERIES,
  };
  const warn = (error: unknown, message: string): void => options.logger?.warn({ err: error }, message);
  const workers = pipelines.map((pipeline) =>
    startBullWorker(pipeline, { options, redis, store, held, deliverOptions, warn }),
  );
  const stopReconciling = startReconciling({
    ...{ redis, store, queues, prefix, pipelines: names, retention },
    graceMs: Math.min(10_000, options.reconcileIntervalMs ?? 10_000),
    intervalMs: options.reconcileIntervalMs ?? 30_000,
    onError: (error) => warn(error, 'reconciling failed'),
  });
  let closing: Promise<void> | undefined;
  const stop = async (deadlineMs: number): Promise<void> => {
    stopReconciling();
    await stopWorkers(workers, held, deadlineMs);
    held.close();
    await within(Promise.all([store.index.flush(), queues.close()]), 200);
    redis.disconnect();
    subscriber.disconnect();
  };
  return {
    get running() {
      return held.size;
    },
    close: (deadlineMs = 8000) => {
      closing ??= stop(deadlineMs);
      return closing;
    },
  };
}

interface Parts {
  readonly options: RunWorkerOptions;
  readonly redis: RedisClient;
  readonly store: RedisStore;
  readonly held: HeldRuns;
  readonly deliverOptions: DeliverOptions;
  readonly warn: (error: unknown, message: string) => void;
}

function startBullWorker(pipeline: AnyPipeline, parts: Parts): Worker<JobData> {
  const { options, redis, store, warn } = parts;
  const worker = new Worker<JobData>(pipeline.name, (job, token) => processJob(pipeline, job, token, parts), {
    prefix: queuePrefix(options.prefix ?? DEFAULT_PREFIX, pipeline.name),
    concurrency: options.concurrency ?? 20,
    lockDuration: options.lockDurationMs ?? LOCKS.lockDuration,
    stalledInterval: options.stalledIntervalMs ?? LOCKS.stalledInterval,
    maxStalledCount: 3,
    maxStartedAttempts: MAX_DELIVERIES,
    drainDelay: 5,
    metrics: { maxDataPoints: MetricsTime.ONE_WEEK },
    // BullMQ makes itself a second, blocking connection from it.
    connection: redis,
  });
  worker.on('error', (error) => warn(error, `the queue of ${pipeline.name}`));
  worker.on('failed', (job, error) => {
    // BullMQ gave the run up itself: no delivery wrote its end.
    if (job?.id === undefined || !/ more than allowable limit/.test(error.message)) return;
    store
      .abandon(job.id, { code: 'delivery-limit', message: `The run was given up: ${error.message}.` })
      .catch((e) => warn(e, `run ${job.id} could not be ended`));
  });
  return worker;
}

async function processJob(
  pipeline: AnyPipeline,
  job: Job<JobData>,
  token: string | undefined,
  { options, held, deliverOptions, warn }: Parts,
): Promise<{ outcome: string }> {
  const { runId } = job.data;
  const start = performance.now();
  const lastAttempt = job.attemptsMade + 1 >= (job.opts.attempts ?? ATTEMPTS);
  const verdict = await held.hold(runId, (signal, taken) =>
    deliver(pipeline, pipeline.name, runId, deliverOptions, { signal, lastAttempt, taken }).catch((error): Verdict => {
      if (!(error instanceof OpslineError) || error.code !== 'run-not-found') throw error;
      warn(error, 'a job without a run');
      return { kind: 'not-ours' };
    }),
  );
  const finished = (status: string): void =>
    options.onFinished?.({ pipeline: pipeline.name, status, seconds: (performance.now() - start) / 1000 });
  switch (verdict.kind) {
    case 'finished':
      finished(verdict.status);
      return { outcome: verdict.status };
    case 'not-ours':
      return { outcome: 'not-ours' };
    case 'failed':
      finished('failed');
      // Into the failed set, the dead letters, without another attempt.
      throw new UnrecoverableError(`${verdict.error.code}: ${verdict.error.message}`);
    case 'again':
      throw new Error(`${verdict.error.code}: ${verdict.error.message}`);
    case 'handed-back':
      if (token !== undefined) await job.moveToWait(token);
      throw new WaitingError();
  }
}

/** Ends BullMQ's workers within the deadline; BullMQ alone never would while Redis is gone. */
async function stopWorkers(workers: readonly Worker[], held: HeldRuns, deadlineMs: number): Promise<void> {
  const end = performance.now() + deadlineMs;
  const left = (): number => Math.max(0, end - performance.now());
  const closing = Promise.all(workers.map((worker) => worker.close().catch(() => {})));
  // The last fifth (at most 2 s) is for handing back.
  const patience = Math.max(0, deadlineMs - Math.min(2000, deadlineMs / 2));
  if (!(await within(held.idle(), patience))) {
    held.abortAll(new OpslineError('shutting-down', 'The worker is shutting down.'));
    await within(held.idle(), left() * 0.7);
  }
  if (await within(closing, left())) return;
  await within(Promise.all(workers.map((worker) => worker.disconnect().catch(() => {}))), 100);
}

/** Whether the promise settled within the time. */
async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const control = new AbortController();
  const late = sleep(ms, false, { signal: control.signal }).catch(() => false);
  const done = await Promise.race([promise.then(() => true), late]);
  control.abort();
  return done;
}
