import type { RedisClient } from '../redis/client.ts';
import type { Blobs } from './blobs.ts';
import type { RunStatus } from './run.ts';
import type { RunIndex } from './run-index.ts';

/** What a reconciler needs to know of a run. */
export interface RunState {
  readonly status: RunStatus;
  readonly pipeline: string;
  readonly priority: number;
  readonly traceparent: string | undefined;
}

/** Looking after many runs at once: whom they belong to, whether they are delivered, when they are forgotten. */
export class RedisUpkeep {
  readonly #redis: RedisClient;
  readonly #keysOf: (id: string) => string[];
  readonly #index: RunIndex;
  readonly #blobs: Blobs;

  constructor(redis: RedisClient, keysOf: (id: string) => string[], index: RunIndex, blobs: Blobs) {
    this.#redis = redis;
    this.#keysOf = keysOf;
    this.#index = index;
    this.#blobs = blobs;
  }

  /** For each id: whether someone wants it cancelled, and which epoch owns it now (0 when it is gone or final). */
  async owners(ids: readonly string[]): Promise<{ id: string; cancel: boolean; epoch: number }[]> {
    const replies = await Promise.all(
      ids.map((id) => this.#redis.hmget(this.#record(id), 'cancel', 'epoch', 'status')),
    );
    return ids.map((id, i) => {
      const [cancel, epoch, status] = replies[i] ?? [];
      return { id, cancel: cancel === '1', epoch: status === 'running' ? Number(epoch) : 0 };
    });
  }

  /** The state of a run, undefined when there is no record. An unfinished run's input lives on with it. */
  async state(id: string): Promise<RunState | undefined> {
    const [status, pipeline, priority, traceparent, input] = await this.#redis.hmget(
      this.#record(id),
      'status',
      'pipeline',
      'priority',
      'traceparent',
      'input',
    );
    if (!status || !pipeline) return undefined;
    if (status === 'queued' || status === 'running') await this.#blobs.touch([input]);
    return {
      status: status as RunStatus,
      pipeline,
      priority: Number(priority),
      traceparent: traceparent ?? undefined,
    };
  }

  /** Removes runs and their listings. Blobs go by themselves. */
  async forget(ids: readonly string[], pipelines: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#redis.unlink(...this.#keysOf(id))));
    await this.#index.remove(ids, pipelines);
  }

  #record(id: string): string {
    return this.#keysOf(id)[0] as string;
  }
}
