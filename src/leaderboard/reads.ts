import type { RedisClient } from '../redis/client.ts';
import { count } from './reads/count.ts';
import { around, type Page, top } from './reads/page.ts';
import { type Percentiles, percentiles } from './reads/percentiles.ts';
import { type Answer, type Read, runRead } from './reads/read.ts';
import type { View } from './series.ts';

export { Entry, entriesOf } from './entry.ts';
export { Page } from './reads/page.ts';
export { Percentile } from './reads/percentiles.ts';

/** Reads of windows, one round trip each: those of `reads/` by {@link Reads.run}, the plainest by a name of their own. */
export class Reads {
  readonly #redis: RedisClient;
  readonly #prefix: string;

  constructor(redis: RedisClient, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /** Reads a window, unless it still has the version `known`. */
  run<T>(view: View, read: Read<T>, known?: string): Promise<Answer<T>> {
    return runRead(this.#redis, this.#prefix, view, read, known);
  }

  /** A page from the top: skips `offset` entries, gives at most `limit`. */
  top(view: View, offset: number, limit: number): Promise<Page> {
    return this.#now(view, top({ offset, limit }));
  }

  /** A player's entry with up to `span` before and behind it. Throws `player-not-found`. */
  around(view: View, player: string, span: number): Promise<Page> {
    return this.#now(view, around(player, span));
  }

  /** How many entries the window has. */
  async count(view: View): Promise<number> {
    return (await this.#now(view, count)).count;
  }

  /** Scores at percentiles from 0 to 100 with at most three decimals, exact by rank; none when there are no entries. */
  percentiles(view: View, wanted: readonly number[]): Promise<Percentiles> {
    return this.#now(view, percentiles(wanted));
  }

  async #now<T>(view: View, read: Read<T>): Promise<T> {
    return (await this.run(view, read)).value as T;
  }
}
