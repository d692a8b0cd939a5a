import type { Redis } from 'ioredis';

/** Listeners of Redis channels over one connection that nothing else uses. ioredis subscribes again after a reconnect. */
export class Subscriptions {
  readonly #redis: Redis;
  readonly #listeners = new Map<string, Set<(message: string) => void>>();

  constructor(redis: Redis) {
    this.#redis = redis;
    redis.on('message', (channel: string, message: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(message);
    });
  }

  /** Calls `listener` with each message until the returned function is called. */
  on(channel: string, listener: (message: string) => void): () => void {
    let listeners = this.#listeners.get(channel);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(channel, listeners);
      this.#redis.subscribe(channel).catch(() => {});
    }
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return;
      this.#listeners.delete(channel);
      this.#redis.unsubscribe(channel).catch(() => {});
    };
  }
}
