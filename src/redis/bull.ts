import { type DefaultJobOptions, Queue } from 'bullmq';
import type { RedisClient } from './client.ts';

/** Attempts of a job that fails with a retryable error; with the backoff below they span about 50 s. */
export const ATTEMPTS = 8;

/**
 * How workers lose the jobs of dead ones, in milliseconds. BullMQ renews a lock at half its duration, so a live worker keeps
 * its jobs through 3 s in which its event loop is blocked. A job is taken from a dead one at the first check after its lock
 * ended; a check may be skipped because the dead worker itself made the last one. So it takes at most
 * lockDuration + 2 × stalledInterval: 9 s. All workers of a queue must agree: the longest interval holds for all.
 */
export const LOCKS = { lockDuration: 6000, stalledInterval: 1500 } as const;

const JOB_OPTIONS: DefaultJobOptions = {
  attempts: ATTEMPTS,
  backoff: { type: 'exponential', delay: 200, jitter: 0.5 },
  removeOnComplete: { age: 3600, count: 1000, limit: 100 },
  // Failed jobs are the dead letters: a person may retry them for a week.
  removeOnFail: { age: 7 * 86_400, count: 5000, limit: 100 },
  stackTraceLimit: 5,
  keepLogs: 20,
  sizeLimit: 512 * 1024,
};

/** BullMQ's key prefix of a queue: the braces keep all keys of a queue in one slot of a Redis Cluster. */
export const queuePrefix = (prefix: string, queue: string): string => `{${prefix}:${queue}}`;

/**
 * The adding end of a queue, over a connection that the caller owns: fail-fast where someone waits for the answer. The version
 * check and the wait for readiness are skipped together: a queue made while Redis is down would otherwise never work.
 */
export function addingQueue<T>(name: string, prefix: string, connection: RedisClient): Queue<T> {
  const queue = new Queue<T>(name, {
    prefix: queuePrefix(prefix, name),
    connection,
    skipVersionCheck: true,
    skipWaitingForReady: true,
    defaultJobOptions: JOB_OPTIONS,
    streams: { events: { maxLen: 1000 } },
  });
  // Each command reports its own failure.
  queue.on('error', () => {});
  return queue;
}
