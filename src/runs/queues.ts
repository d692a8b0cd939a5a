import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { addingQueue } from '../redis/bull.ts';
import { reaching } from '../redis/unavailable.ts';
import type { Ticket } from './service.ts';

/** What a job carries: the record in Redis says everything else. */
export interface JobData {
  readonly runId: string;
  readonly traceparent?: string;
}

/** How a queue looks to an operator. */
export interface QueueDepth {
  readonly queue: string;
  /** Jobs by state: waiting, active, delayed, failed, completed. */
  readonly jobs: Readonly<Record<string, number>>;
  /** How long ago the oldest of the first 1000 waiting runs was created; 0 when none waits. Seconds. */
  readonly oldestSeconds: number;
}

/** The queues of the pipelines, one each, seen by those who add runs. */
export class RunQueues {
  readonly #queues = new Map<string, Queue<JobData>>();

  /** Adds over one connection, which the caller owns: fail-fast where someone waits for the answer. */
  constructor(connection: Redis, prefix: string, pipelines: Iterable<string>) {
    for (const name of pipelines) {
      this.#queues.set(name, addingQueue<JobData>(name, prefix, connection));
    }
  }

  all(): Queue<JobData>[] {
    return [...this.#queues.values()];
  }

  get(pipeline: string): Queue<JobData> | undefined {
    return this.#queues.get(pipeline);
  }

  /** Adds a run's job unless it has one. Throws `redis-unavailable`. */
  async add({ id, pipeline, priority, traceparent }: Ticket): Promise<void> {
    const data: JobData = { runId: id, ...(traceparent === undefined ? {} : { traceparent }) };
    await reaching(this.#of(pipeline).add(pipeline, data, { jobId: id, priority }));
  }

  /**
   * Adds a run's job in place of one that has ended. The end of a run is written before that of its job: for a moment the
   * old job may still be active. Should it stay so, the reconciler adds the job later.
   */
  async addAgain(ticket: Ticket): Promise<void> {
    const queue = this.#of(ticket.pipeline);
    for (let attempt = 0; attempt < 25; attempt++) {
      if ((await reaching(queue.remove(ticket.id))) === 1) break;
      if ((await reaching(queue.getJobState(ticket.id))) === 'unknown') break;
      await sleep(20);
    }
    await this.add(ticket);
  }

  async depths(): Promise<QueueDepth[]> {
    return reaching(Promise.all(this.all().map(depthOf)));
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map((queue) => queue.close().catch(() => {})));
  }

  #of(pipeline: string): Queue<JobData> {
    const queue = this.#queues.get(pipeline);
    if (queue === undefined) throw new Error(`There is no queue for pipeline "${pipeline}".`);
    return queue;
  }
}

async function depthOf(queue: Queue<JobData>): Promise<QueueDepth> {
  const [counts, ids] = await Promise.all([
    queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed', 'completed'),
    queue.getRanges(['waiting', 'prioritized'], 0, 999),
  ]);
  const { waiting = 0, prioritized = 0, ...others } = counts;
  const oldest = Math.min(...ids.map(createdAt));
  return {
    queue: queue.name,
    jobs: { waiting: waiting + prioritized, ...others },
    oldestSeconds: Number.isFinite(oldest) ? Math.max(0, (Date.now() - oldest) / 1000) : 0,
  };
}

/** The time (ms since 1970) in the first 48 bits of the UUIDv7 of a run id. */
const createdAt = (id: string): number => Number.parseInt(id.slice(4).replaceAll('-', '').slice(0, 12), 16);
