import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from './client.ts';

/** Redis puts off writing its append-only file by two seconds at most, then syncs it once a second; a replica lags by less. */
const KEEP_MS = 5000;
/** What is kept is dropped once nothing was acknowledged for so long: a connection that broke is noticed earlier. */
const IDLE_MS = 60_000;
/** The oldest goes first above this total weight. */
const MAX_WEIGHT = 200_000;
const PAUSE_MS = 200;

interface Kept<T> {
  readonly item: T;
  readonly weight: number;
  /** When Redis acknowledged it, in milliseconds of the monotonic clock. */
  readonly at: number;
}

/**
 * Sends again what Redis acknowledged in the last seconds before a connection to it was lost. With `appendfsync everysec` a server
 * acknowledges what it has in memory; when it is killed, loses power or hands over to a replica, its last seconds may be missing
 * afterwards, while this process already told somebody that they are safe. Only for what may be sent twice.
 */
export class Resender<T> {
  readonly #send: (item: T) => Promise<unknown>;
  readonly #onError: (error: unknown) => void;
  #recent: Kept<T>[] = [];
  #weight = 0;
  #due: Kept<T>[] = [];
  #idle: NodeJS.Timeout | undefined;
  #state: 'waiting' | 'sending' | 'closed' = 'waiting';

  /** `send` waits for Redis or throws; it is called again until it returns or throws an error that is not worth another try. */
  constructor(redis: RedisClient, send: (item: T) => Promise<unknown>, onError: (error: unknown) => void = () => {}) {
    this.#send = send;
    this.#onError = onError;
    const watch = (node: Redis): unknown => node.on('close', () => this.#lost());
    if (!(redis instanceof Cluster)) watch(redis);
    else {
      for (const node of redis.nodes('all')) watch(node);
      redis.on('+node', watch);
    }
  }

  /** Redis has acknowledged this; `weight` is its size in a unit of which 200 000 may be kept. */
  note(item: T, weight: number): void {
    const at = performance.now();
    this.#recent.push({ item, weight, at });
    this.#weight += weight;
    let old = 0;
    for (let first = this.#recent[0]; first !== undefined; first = this.#recent[old]) {
      if (first.at >= at - KEEP_MS && this.#weight <= MAX_WEIGHT) break;
      this.#weight -= first.weight;
      old += 1;
    }
    if (old > 0) this.#recent.splice(0, old);
    if (this.#idle === undefined) this.#idle = setTimeout(() => this.#forget(), IDLE_MS).unref();
    else this.#idle.refresh();
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#idle);
    this.#forget();
    this.#due = [];
  }

  #forget(): void {
    this.#recent = [];
    this.#weight = 0;
  }

  #lost(): void {
    this.#due.push(...this.#recent);
    this.#forget();
    if (this.#state === 'waiting' && this.#due.length > 0) void this.#sendAgain();
  }

  async #sendAgain(): Promise<void> {
    this.#state = 'sending';
    for (let next = this.#due[0]; next !== undefined; next = this.#due[0]) {
      try {
        await this.#send(next.item);
        if (this.#due.shift() !== undefined) this.note(next.item, next.weight);
      } catch (error) {
        if (error instanceof OpslineError && !error.kind.retryable) {
          this.#due.shift();
          this.#onError(error);
        } else await sleep(PAUSE_MS, undefined, { ref: false });
      }
    }
    if (this.#state === 'sending') this.#state = 'waiting';
  }
}
