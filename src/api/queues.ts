import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { queuePrefix } from '../redis/bull.ts';
import type { QueueState } from './metrics.ts';

/** Looks into the queues from outside; jobs are added by `src/runs` and `src/leaderboard`. */
export interface Queues {
  readonly all: readonly Queue[];
  states(): Promise<QueueState[]>;
}

/** Opens the named queues over one fail-fast connection, which the caller closes after use. */
export function openQueues(redis: Redis, names: readonly string[], prefix = 'opsline'): Queues {
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
  return { all, states: () => Promise.all(all.map(stateOf)) };
}

async function stateOf(queue: Queue): Promise<QueueState> {
  const [counts, waiting, urgent] = await Promise.all([
    queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed'),
    queue.getJobs(['waiting'], 0, 0, true),
    queue.getJobs(['prioritized'], 0, 0, true),
  ]);
  const { prioritized = 0, waiting: plain = 0, ...rest } = counts;
  // The head of each list: the oldest, as long as the jobs of a queue have one priority, which those of the API do.
  const since = [...waiting, ...urgent].map((job) => job.timestamp);
  return {
    queue: queue.name,
    jobs: { waiting: plain + prioritized, ...rest },
    oldestSeconds: since.length === 0 ? 0 : Math.max(0, (Date.now() - Math.min(...since)) / 1000),
  };
}
