import type { RedisClient } from '../redis/client.ts';
import { loadScript, runScript } from '../redis/script.ts';

const ADD = loadScript('runs/index-add.lua');
const LIST = loadScript('runs/index-list.lua');
const END = loadScript('runs/index-end.lua');
const REMOVE = loadScript('runs/index-remove.lua');

/** A finished run is listed so within this time, or when so many wait. */
const END_WITHIN_MS = 50;
const END_AT_ONCE = 100;

/**
 * Which runs there are. The record is the truth; this only finds it: an id without a record is skipped and swept, and the
 * reconciler mends an id in the wrong list.
 */
export class RunIndex {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #ended: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(redis: RedisClient, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /** Lists a run as unfinished, whatever it was listed as. */
  async add(id: string, pipeline: string): Promise<void> {
    await runScript(this.#redis, ADD, this.#lists(pipeline), [id, Date.now()]);
  }

  /** As {@link add}, unless the run is listed as finished; then false. */
  async list(id: string, pipeline: string): Promise<boolean> {
    return (await runScript(this.#redis, LIST, this.#lists(pipeline), [id, Date.now()])) === 1;
  }

  async end(...ids: readonly string[]): Promise<void> {
    await runScript(this.#redis, END, [this.#unfinished(), this.#finished()], [Date.now(), ...ids]);
  }

  /**
   * As {@link end}, a little later and many at once: nobody waits for it, and the reconciler mends what a crash or an
   * outage leaves undone.
   */
  endSoon(id: string): void {
    this.#ended.push(id);
    if (this.#ended.length >= END_AT_ONCE) void this.flush();
    this.#timer ??= setTimeout(() => void this.flush(), END_WITHIN_MS).unref();
  }

  /** Does now what {@link endSoon} put off. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ids = this.#ended.splice(0);
    if (ids.length > 0) await this.end(...ids).catch(() => {});
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

  #lists(pipeline: string): string[] {
    return [this.#all(), this.#of(pipeline), this.#unfinished(), this.#finished()];
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
