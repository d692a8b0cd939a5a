import { setTimeout as sleep } from 'node:timers/promises';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { connect, failFast } from '../redis/connect.ts';
import { reaching } from '../redis/unavailable.ts';
import { type AcceptContext, acceptBatch, type Batch, batchOf, waitForBatch } from './accept.ts';
import { Board, type BoardSettings, definitionDigest, planBoard } from './definition.ts';
import { checkEvents, type Place } from './events.ts';
import { boardKeys, registryKey } from './keys.ts';
import { ingestQueue } from './queue.ts';
import { type Page, type Percentile, Reads, viewOf } from './reads.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

/** A snapshot as it is served: with the time it was computed at. */
export interface Summary {
  readonly computedAt: string;
  readonly snapshot: Snapshot;
}

/**
 * Everything one can do to boards. Windows are named by id (`all`, `day:2026-11-23`). Beside what each says, every method
 * throws `redis-unavailable`, and those that take a board `board-not-found` and, with a window, `window-not-found`.
 */
export interface Boards {
  /** Makes a board; the same definition again changes nothing (`created` is false), another one throws `board-exists`. */
  define(id: string, settings: BoardSettings): Promise<{ board: Board; created: boolean }>;
  /** All boards by id. */
  list(): Promise<Board[]>;
  get(id: string): Promise<Board>;
  /** Ids of the windows that have events, in order. */
  windows(id: string): Promise<string[]>;

  /**
   * Checks a whole batch and accepts it: parts of it are applied by ingest workers, each once. `key` is the batch key; the same
   * key with the same events is accepted once. Throws `invalid-input`, `payload-too-large`, `idempotency-conflict`.
   */
  ingest(id: string, events: readonly unknown[], options?: { key?: string; place?: Place }): Promise<Batch>;
  /** How far a batch is. Throws `batch-not-found`. */
  batch(id: string, key: string): Promise<Batch>;
  /** Waits until every part of a batch is applied or refused, or `timeoutMs` have passed. */
  waitForBatch(batch: Batch, timeoutMs: number, signal?: AbortSignal): Promise<Batch>;

  /** A page from the top: skips `offset` entries, gives at most `limit`. */
  top(id: string, window: string, options: { offset?: number; limit: number }): Promise<Page>;
  /** A player's entry with up to `span` before and behind it; 0 gives the player's own. Throws `player-not-found`. */
  around(id: string, window: string, player: string, span: number): Promise<Page>;
  /** How many entries a window has. */
  count(id: string, window: string): Promise<number>;
  /** Scores at percentiles (0 to 100, at most three decimals), exact by rank. */
  percentiles(
    id: string,
    window: string,
    percentiles: readonly number[],
  ): Promise<{ count: number; percentiles: Percentile[] }>;
  /** Statistics over all entries, computed now by a paged scan. */
  snapshot(id: string, window: string, options: { top: number; signal?: AbortSignal }): Promise<Snapshot>;
  /** The last statistics computed: one read while nothing was applied since, or while they are younger than `maxAgeMs`. */
  summary(id: string, window: string, maxAgeMs: number): Promise<Summary>;
  close(): Promise<void>;
}

/** How many entries a summary names. */
const SUMMARY_TOP = 10;
/** Summaries of windows that nobody asks for any more are forgotten. */
const SUMMARY_SECONDS = 24 * 3600;

export interface BoardsOptions {
  readonly url: string;
  /** First part of every key. Default `opsline`. */
  readonly prefix?: string;
}

/** Boards on Redis. Resolves once connected, or after a second when Redis is away: it is found again by itself. */
export async function createBoards({ url, prefix = 'opsline' }: BoardsOptions): Promise<Boards> {
  const redis = connect(failFast(url));
  const queue = ingestQueue(redis, prefix);
  await connected(redis);
  return new RedisBoards({ redis, prefix, queue });
}

async function connected(redis: RedisClient): Promise<void> {
  if (redis.status === 'ready') return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 1000);
  redis.once('ready', resolve);
  await promise;
  clearTimeout(timer);
  redis.off('ready', resolve);
}

class RedisBoards implements Boards {
  readonly #context: AcceptContext;
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #reads: Reads;
  /** Boards never change, so one that was read once need not be read again. */
  readonly #known = new Map<string, Board>();

  constructor(context: AcceptContext) {
    this.#context = context;
    this.#redis = context.redis;
    this.#prefix = context.prefix;
    this.#reads = new Reads(context.redis, context.prefix);
  }

  define(id: string, settings: BoardSettings): Promise<{ board: Board; created: boolean }> {
    const planned = planBoard(id, settings, new Date().toISOString());
    return reachingRedis(async () => {
      const key = boardKeys(this.#prefix, id).definition;
      // The board is entered into the list first: a crash in between leaves a name without a board, which is skipped.
      await this.#redis.sadd(registryKey(this.#prefix), id);
      const created = (await this.#redis.set(key, JSON.stringify(planned), 'NX')) === 'OK';
      const board = created ? planned : await this.#get(id);
      if (definitionDigest(board) !== definitionDigest(planned)) {
        throw new OpslineError(
          'board-exists',
          `The board ${id} exists with another definition, and boards do not change. Make a board of another name.`,
        );
      }
      return { board, created };
    });
  }

  list(): Promise<Board[]> {
    return reachingRedis(async () => {
      const ids = (await this.#redis.smembers(registryKey(this.#prefix))).sort();
      // One command each: on a cluster the boards live in different slots.
      const texts = await Promise.all(ids.map((id) => this.#redis.get(boardKeys(this.#prefix, id).definition)));
      return texts.flatMap((text) => (text === null ? [] : [Board.parse(JSON.parse(text))]));
    });
  }

  get(id: string): Promise<Board> {
    return reachingRedis(() => this.#get(id));
  }

  windows(id: string): Promise<string[]> {
    return this.#on(id, async () => (await this.#redis.smembers(boardKeys(this.#prefix, id).windows)).sort());
  }

  ingest(id: string, events: readonly unknown[], { key, place }: { key?: string; place?: Place } = {}): Promise<Batch> {
    return this.#on(id, (board) =>
      acceptBatch(this.#context, board, checkEvents(board, events, Date.now(), place), key),
    );
  }

  batch(id: string, key: string): Promise<Batch> {
    return this.#on(id, () => batchOf(this.#context, id, key));
  }

  waitForBatch(batch: Batch, timeoutMs: number, signal?: AbortSignal): Promise<Batch> {
    return reachingRedis(() => waitForBatch(this.#context, batch, timeoutMs, signal));
  }

  top(id: string, window: string, { offset = 0, limit }: { offset?: number; limit: number }): Promise<Page> {
    return this.#on(id, (board) => this.#reads.top(viewOf(board, window), offset, limit));
  }

  around(id: string, window: string, player: string, span: number): Promise<Page> {
    return this.#on(id, (board) => this.#reads.around(viewOf(board, window), player, span));
  }

  count(id: string, window: string): Promise<number> {
    return this.#on(id, (board) => this.#reads.count(viewOf(board, window)));
  }

  percentiles(
    id: string,
    window: string,
    percentiles: readonly number[],
  ): Promise<{ count: number; percentiles: Percentile[] }> {
    return this.#on(id, (board) => this.#reads.percentiles(viewOf(board, window), percentiles));
  }

  snapshot(id: string, window: string, options: { top: number; signal?: AbortSignal }): Promise<Snapshot> {
    return this.#on(id, (board) => takeSnapshot(this.#redis, this.#prefix, viewOf(board, window), options));
  }

  summary(id: string, window: string, maxAgeMs: number): Promise<Summary> {
    return this.#on(id, async (board) => {
      const view = viewOf(board, window);
      const keys = boardKeys(this.#prefix, id);
      const key = keys.snapshot(window);
      const now = Date.now();
      const [kept, revision] = await Promise.all([
        this.#redis.get(key),
        this.#redis.hget(keys.state(window), 'revision'),
      ]);
      if (kept !== null) {
        const summary = JSON.parse(kept) as Summary;
        const current = summary.snapshot.consistent && summary.snapshot.revision === Number(revision ?? 0);
        if (current || now - Date.parse(summary.computedAt) <= maxAgeMs) return summary;
      }
      const snapshot = await takeSnapshot(this.#redis, this.#prefix, view, { top: SUMMARY_TOP });
      const summary: Summary = { computedAt: new Date(now).toISOString(), snapshot };
      await this.#redis.set(key, JSON.stringify(summary), 'EX', SUMMARY_SECONDS);
      return summary;
    });
  }

  async close(): Promise<void> {
    // BullMQ's own close may wait for a Redis that is gone.
    await Promise.race([this.#context.queue.close(), sleep(1000, undefined, { ref: false })]);
    this.#redis.disconnect();
  }

  #on<T>(id: string, act: (board: Board) => Promise<T>): Promise<T> {
    return reachingRedis(async () => act(await this.#get(id)));
  }

  async #get(id: string): Promise<Board> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const board = await readBoard(this.#redis, this.#prefix, id);
    this.#known.set(id, board);
    return board;
  }
}

const reachingRedis = <T>(act: () => Promise<T>): Promise<T> => reaching(act());

/** Reads a board's definition. Throws `board-not-found`. */
export async function readBoard(redis: RedisClient, prefix: string, id: string): Promise<Board> {
  const text = await redis.get(boardKeys(prefix, id).definition);
  if (text === null) throw new OpslineError('board-not-found', `There is no board ${JSON.stringify(id)}.`);
  return Board.parse(JSON.parse(text));
}
