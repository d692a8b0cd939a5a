import { Queue } from 'bullmq';
import { queuePrefix } from '../redis/bull.ts';
import type { RedisClient } from '../redis/client.ts';
import { depthOf, type QueueDepth } from '../runs/queues.ts';

/** Looks into the queues from outside; jobs are added by `src/runs` and `src/leaderboard`. */
export interface Queues {
  readonly all: readonly Queue[];
  states(): Promise<QueueDepth[]>;
}

/** Opens the named queues over one fail-fast connection, which the caller closes after use. */
export function openQueues(redis: RedisClient, names: readonly string[], prefix = 'opsline'): Queues {
  const all = names.map((name) => {
    const queue = new Queue(name, {
      prefix: queuePrefix(prefix, name),
      connection: redis,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      skipMetasUpdate: true,
    });
    // Each command reports its own failure.
    queue.on('error', () => {});
    return queue;
  });
  return { all, states: () => Promise.all(all.map((queue) => depthOf(redis, queue))) };
}
