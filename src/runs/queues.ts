import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { addingQueue } from '../redis/bull.ts';
import type { RedisClient } from '../redis/client.ts';
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
  /** Jobs by state: waiting, active, delayed, failed. */
  readonly jobs: Readonly<Record<string, number>>;
  /** How long the job that has waited longest has waited; 0 when none waits. Seconds. */
  readonly oldestSeconds: number;
}

/** The queues of the pipelines, one each, seen by those who add runs. */
export class RunQueues {
  readonly #redis: RedisClient;
  readonly #queues = new Map<string, Queue<JobData>>();

  /** Adds over one connection, which the caller owns: fail-fast where someone waits for the answer. */
  constructor(connection: RedisClient, prefix: string, pipelines: Iterable<string>) {
    this.#redis = connection;
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
    return reaching(Promise.all(this.all().map((queue) => depthOf(this.#redis, queue))));
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

/** How deep and how old a queue is. */
export async function depthOf(redis: RedisClient, queue: Queue): Promise<QueueDepth> {
  const [counts, [plain], urgent] = await Promise.all([
    queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed'),
    queue.getRanges(['waiting'], 0, 0, true),
    headsByPriority(redis, queue),
  ]);
  const heads = plain === undefined ? urgent : [plain, ...urgent];
  const times = await Promise.all(heads.map((id) => redis.hget(queue.toKey(id), 'timestamp')));
  const since = times.filter((time) => time !== null).map(Number);
  const { waiting = 0, prioritized = 0, ...others } = counts;
  return {
    queue: queue.name,
    jobs: { waiting: waiting + prioritized, ...others },
    oldestSeconds: since.length === 0 ? 0 : Math.max(0, (Date.now() - Math.min(...since)) / 1000),
  };
}

/** What BullMQ multiplies a priority by to get a score; what it adds counts the jobs. */
const PRIORITY_STEP = 2 ** 32;
/** More priorities than these are not looked at. */
const MAX_PRIORITIES = 64;

/** The first job of each priority. An urgent job's may be young while one behind it has waited for hours. */
async function headsByPriority(redis: RedisClient, queue: Queue): Promise<string[]> {
  const heads: string[] = [];
  let from = 0;
  while (heads.length < MAX_PRIORITIES) {
    const [id, score] = await redis.zrangebyscore(
      queue.toKey('prioritized'),
      from,
      '+inf',
      'WITHSCORES',
      'LIMIT',
      0,
      1,
    );
    if (id === undefined) break;
    heads.push(id);
    from = (Math.floor(Number(score) / PRIORITY_STEP) + 1) * PRIORITY_STEP;
  }
  return heads;
}
