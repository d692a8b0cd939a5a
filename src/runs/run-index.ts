import type { Redis } from 'ioredis';
import { loadScript, runScript } from '../redis/script.ts';

const ADD = loadScript('runs/index-add.lua');
const END = loadScript('runs/index-end.lua');
const REMOVE = loadScript('runs/index-remove.lua');

/**
 * Which runs there are. The record is the truth; this only finds it: an id without a record is skipped and swept, and the
 * reconciler mends an id in the wrong list.
 */
export class RunIndex {
  readonly #redis: Redis;
  readonly #prefix: string;

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  async add(id: string, pipeline: string): Promise<void> {
    const keys = [this.#all(), this.#of(pipeline), this.#unfinished(), this.#finished()];
    await runScript(this.#redis, ADD, keys, [id, Date.now()]);
  }

  async end(id: string): Promise<void> {
    await runScript(this.#redis, END, [this.#unfinished(), this.#finished()], [id, Date.now()]);
  }

  async remove(ids: readonly string[], pipelines: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const keys = [this.#all(), this.#unfinished(), this.#finished(), ...pipelines.map((name) => this.#of(name))];
    await runScript(this.#redis, REMOVE, keys, ids);
  }

  /** Ids newest first (an id sorts by its time), those before `cursor`. */
  page(pipeline: string | undefined, cursor: string | undefined, count: number): Promise<string[]> {
    const key = pipeline === undefined ? this.#all() : this.#of(pipeline);
    return this.#redis.zrevrangebylex(key, cursor === undefined ? '+' : `(${cursor}`, '-', 'LIMIT', 0, count);
  }

  /** Unfinished runs listed before `before` (ms since 1970), oldest first. */
  unfinished(before: number, offset: number, count: number): Promise<string[]> {
    return this.#redis.zrangebyscore(this.#unfinished(), '-inf', before, 'LIMIT', offset, count);
  }

  /** Finished runs to forget: those that ended before `before`, and the oldest beyond `keep`; at most `count`. */
  async expired(before: number, keep: number, count: number): Promise<string[]> {
    const old = await this.#redis.zrangebyscore(this.#finished(), '-inf', before, 'LIMIT', 0, count);
    if (old.length > 0) return old;
    const beyond = (await this.#redis.zcard(this.#finished())) - keep;
    return beyond <= 0 ? [] : this.#redis.zrange(this.#finished(), 0, String(Math.min(beyond, count) - 1));
  }

  #all(): string {
    return `${this.#prefix}:{runs}:all`;
  }

  #of(pipeline: string): string {
    return `${this.#prefix}:{runs}:of:${pipeline}`;
  }

  #unfinished(): string {
    return `${this.#prefix}:{runs}:unfinished`;
  }

  #finished(): string {
    return `${this.#prefix}:{runs}:finished`;
  }
}
