import { setTimeout as sleep } from 'node:timers/promises';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { connect, failFast } from '../redis/connect.ts';
import { Resender } from '../redis/resender.ts';
import { runScript } from '../redis/script.ts';
import { reaching } from '../redis/unavailable.ts';
import { type AcceptContext, type Accepted, acceptBatch, type Batch, batchOf, waitForBatch } from './accept.ts';
import { acceptGood } from './accept-good.ts';
import { type AuditPage, readAudit } from './audit.ts';
import { Board, type BoardSettings, definitionDigest, differences, type SeasonSpan } from './definition.ts';
import { requireKept } from './dropped.ts';
import { checkEvents, type Place } from './events.ts';
import { exportLines } from './export.ts';
import { type Forgotten, forgetPlayer } from './forget.ts';
import { boardKeys, registryKey } from './keys.ts';
import { type Because, type Correction, correctEntry, removeEntry } from './manage.ts';
import type { BoardManagement } from './management.ts';
import { planBoard, withSeason } from './plan.ts';
import { ingestQueue } from './queue.ts';
import type { Answer, Read } from './reads/read.ts';
import { type Page, type Percentile, Reads } from './reads.ts';
import { scripts } from './scripts.ts';
import { type View, viewBefore, viewOf } from './series.ts';
import { type LateCounts, type Snapshot, type SnapshotPage, Snapshots } from './snapshots.ts';
import { computeStatistics, type Statistics } from './statistics.ts';

/** Statistics as they are served: with the time they were computed at. */
export interface Summary {
  readonly computedAt: string;
  readonly statistics: Statistics;
}

export interface IngestRequest {
  /** The batch key. */
  readonly key?: string;
  /** Where an event stands in what was sent. */
  readonly place?: Place;
  /** Whether a bad event refuses the whole batch (the default) or is left out. */
  readonly onInvalid?: 'refuse' | 'skip';
}

/**
 * Everything one can do to boards. Windows are named by id (`all`, `day:2026-11-23`), or by kind for the present one. Beside what each says, every method
 * throws `redis-unavailable`, and those that take a board `board-not-found` and, with a window, `window-not-found` or `window-dropped`.
 */
export interface Boards extends BoardManagement {
  /**
   * Makes a board; the same definition again changes nothing (`created` is false), another one throws `board-exists`. Seasons that
   * the board does not have yet are added.
   */
  define(id: string, settings: BoardSettings): Promise<{ board: Board; created: boolean }>;
  /** All boards by id. */
  list(): Promise<Board[]>;
  get(id: string): Promise<Board>;
  /** Adds a season; the same one again changes nothing. Throws `season-exists` for another span, `invalid-input`. */
  addSeason(id: string, season: string, span: SeasonSpan): Promise<{ board: Board; created: boolean }>;
  /** Ids of the windows that have events, in order. */
  windows(id: string): Promise<string[]>;

  /**
   * Checks a whole batch and accepts it: parts of it are applied by ingest workers, each once. `key` is the batch key; the same
   * key with the same events is accepted once. Bad events refuse the whole batch, or are skipped and named in the answer. Throws
   * `invalid-input`, `payload-too-large`, `idempotency-conflict`.
   */
  ingest(id: string, events: readonly unknown[], options?: IngestRequest): Promise<Batch>;
  /** How far a batch is. Throws `batch-not-found`. */
  batch(id: string, key: string): Promise<Batch>;
  /** Waits until every part of a batch is applied or refused, or `timeoutMs` have passed. */
  waitForBatch(batch: Batch, timeoutMs: number, signal?: AbortSignal): Promise<Batch>;

  /** A window by its name, for {@link read}. */
  view(id: string, window: string): Promise<View>;
  /** Makes one of the reads in `reads/`: one round trip. With `known` nothing is read while the window has that version. */
  read<T>(view: View, read: Read<T>, known?: string): Promise<Answer<T>>;
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
  statistics(id: string, window: string, options: { top: number; signal?: AbortSignal }): Promise<Statistics>;
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
  const context = { redis, prefix, queue };
  const again = ({ board, events, options }: Accepted) => acceptBatch(context, board, events, options);
  return new RedisBoards({ ...context, recent: new Resender(redis, again) });
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
  readonly #snapshots: Snapshots;
  /** Boards change only by a season that is added: one that was read within this second need not be read again. */
  readonly #known = new Map<string, { readonly board: Board; readonly until: number }>();

  constructor(context: AcceptContext) {
    this.#context = context;
    this.#redis = context.redis;
    this.#prefix = context.prefix;
    this.#reads = new Reads(context.redis, context.prefix);
    this.#snapshots = new Snapshots(context.redis, context.prefix);
  }

  define(id: string, settings: BoardSettings): Promise<{ board: Board; created: boolean }> {
    const planned = planBoard(id, settings, new Date().toISOString());
    return reachingRedis(async () => {
      const key = boardKeys(this.#prefix, id).definition;
      // The board is entered into the list first: a crash in between leaves a name without a board, which is skipped.
      await this.#redis.sadd(registryKey(this.#prefix), id);
      const created = (await this.#redis.set(key, JSON.stringify(planned), 'NX')) === 'OK';
      if (created) return { board: planned, created };
      const board = await readBoard(this.#redis, this.#prefix, id);
      if (definitionDigest(board) !== definitionDigest(planned)) {
        throw new OpslineError(
          'board-exists',
          `The board ${id} exists with another definition: its ${differences(board, planned)}. Boards do not change: make one of another name.`,
        );
      }
      const added = await this.#change(board, (current) =>
        planned.seasons.reduce((made, { id: season, start, end }) => withSeason(made, season, { start, end }), current),
      );
      return { board: added, created };
    });
  }

  addSeason(id: string, season: string, span: SeasonSpan): Promise<{ board: Board; created: boolean }> {
    return reachingRedis(async () => {
      const before = await readBoard(this.#redis, this.#prefix, id);
      const board = await this.#change(before, (current) => withSeason(current, season, span));
      return { board, created: board.version !== before.version };
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
    return this.#on(id, async () => {
      const { open, closed } = boardKeys(this.#prefix, id);
      const ids = await Promise.all([open, closed].map((key) => this.#redis.zrange(key, '0', '-1')));
      return ids.flat().sort();
    });
  }

  ingest(
    id: string,
    events: readonly unknown[],
    { onInvalid = 'refuse', place, ...options }: IngestRequest = {},
  ): Promise<Batch> {
    const now = Date.now();
    return this.#on(id, (board) =>
      onInvalid === 'skip'
        ? acceptGood(this.#context, board, events, { now, ...options, ...(place === undefined ? {} : { place }) })
        : acceptBatch(this.#context, board, checkEvents(board, events, now, place), { now, ...options }),
    );
  }

  batch(id: string, key: string): Promise<Batch> {
    return this.#on(id, () => batchOf(this.#context, id, key));
  }

  waitForBatch(batch: Batch, timeoutMs: number, signal?: AbortSignal): Promise<Batch> {
    return reachingRedis(() => waitForBatch(this.#context, batch, timeoutMs, signal));
  }

  view(id: string, window: string): Promise<View> {
    return this.#on(id, async (board) => viewOf(board, window));
  }

  read<T>(view: View, read: Read<T>, known?: string): Promise<Answer<T>> {
    return reachingRedis(() => this.#reads.run(view, read, known));
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

  statistics(id: string, window: string, options: { top: number; signal?: AbortSignal }): Promise<Statistics> {
    return this.#on(id, (board) => computeStatistics(this.#redis, this.#prefix, viewOf(board, window), options));
  }

  summary(id: string, window: string, maxAgeMs: number): Promise<Summary> {
    return this.#on(id, async (board) => {
      const view = viewOf(board, window);
      const keys = boardKeys(this.#prefix, id);
      const key = keys.statistics(view.window.id);
      const now = Date.now();
      const before = viewBefore(view)?.window.id;
      const [kept, late, ...revisions] = await Promise.all([
        this.#redis.get(key),
        this.#redis.hget(keys.late, view.window.id),
        ...[view.window.id, ...(before === undefined ? [] : [before])].map((each) =>
          this.#redis.hget(keys.state(each), 'revision'),
        ),
      ]);
      if (kept !== null) {
        const summary = JSON.parse(kept) as Summary;
        const current = isCurrent(summary.statistics, Number(late ?? 0), revisions.map(Number));
        if (current || now - Date.parse(summary.computedAt) <= maxAgeMs) return summary;
      }
      const statistics = await computeStatistics(this.#redis, this.#prefix, view, { top: SUMMARY_TOP });
      const summary: Summary = { computedAt: new Date(now).toISOString(), statistics };
      await this.#redis.set(key, JSON.stringify(summary), 'EX', SUMMARY_SECONDS);
      return summary;
    });
  }

  snapshots(id: string, options: { limit: number; cursor?: string }): Promise<SnapshotPage> {
    return this.#on(id, (board) => this.#snapshots.list(board, options));
  }

  snapshot(id: string, number: number): Promise<Snapshot> {
    return this.#on(id, (board) => this.#snapshots.get(board, number));
  }

  late(id: string): Promise<LateCounts> {
    return this.#on(id, (board) => this.#snapshots.late(board));
  }

  correct(id: string, window: string, player: string, correction: Correction, who: string): Promise<void> {
    return this.#on(id, (board) =>
      correctEntry(this.#redis, this.#prefix, viewOf(board, window), player, correction, who),
    );
  }

  remove(id: string, window: string, player: string, because: Because): Promise<void> {
    return this.#on(id, (board) => removeEntry(this.#redis, this.#prefix, viewOf(board, window), player, because));
  }

  forget(id: string, player: string, because: Because): Promise<Forgotten> {
    return this.#on(id, (board) => forgetPlayer(this.#redis, this.#prefix, board, player, because));
  }

  audit(id: string, options: { limit: number; cursor?: string }): Promise<AuditPage> {
    return this.#on(id, (board) => readAudit(this.#redis, this.#prefix, board, options));
  }

  export(id: string, window: string): Promise<AsyncIterable<string>> {
    return this.#on(id, async (board) => {
      const view = viewOf(board, window);
      await requireKept(this.#redis, this.#prefix, view);
      return exportLines(this.#redis, this.#prefix, view);
    });
  }

  async close(): Promise<void> {
    // BullMQ's own close may wait for a Redis that is gone.
    await Promise.race([this.#context.queue.close(), sleep(1000, undefined, { ref: false })]);
    this.#context.recent?.close();
    this.#redis.disconnect();
  }

  #on<T>(id: string, act: (board: Board) => Promise<T>): Promise<T> {
    return reachingRedis(async () => act(await this.#get(id)));
  }

  async #get(id: string): Promise<Board> {
    const now = performance.now();
    const known = this.#known.get(id);
    if (known !== undefined && now < known.until) return known.board;
    const read = await readBoard(this.#redis, this.#prefix, id);
    // The same object as long as nothing changed: what was worked out for it stays known.
    const board = known?.board.version === read.version ? known.board : read;
    this.#known.set(id, { board, until: now + KNOWN_MS });
    return board;
  }

  /** Changes a definition unless somebody else did meanwhile; then the change is made to theirs. */
  async #change(board: Board, change: (current: Board) => Board): Promise<Board> {
    const key = boardKeys(this.#prefix, board.id).definition;
    let current = board;
    for (;;) {
      const changed = change(current);
      if (changed === current) return current;
      const replaced = await runScript(
        this.#redis,
        scripts.redefine,
        [key],
        [current.version, JSON.stringify(changed)],
      );
      this.#known.delete(board.id);
      if (replaced === 1) return changed;
      current = await readBoard(this.#redis, this.#prefix, board.id);
    }
  }
}

/** Whether nothing came since, neither to the window (in time or late) nor to the one before, which movers are compared with. */
function isCurrent(
  { consistent, revision, late, count, movers }: Statistics,
  lateNow: number,
  revisions: number[],
): boolean {
  const [now = 0, before = 0] = revisions;
  return consistent && revision === now && late === lateNow && (count === 0 || (movers?.revision ?? 0) === before);
}

/** How long a definition is taken for current. */
const KNOWN_MS = 1000;

const reachingRedis = <T>(act: () => Promise<T>): Promise<T> => reaching(act());

/** Reads a board's definition. Throws `board-not-found`. */
export async function readBoard(redis: RedisClient, prefix: string, id: string): Promise<Board> {
  const text = await redis.get(boardKeys(prefix, id).definition);
  if (text === null) throw new OpslineError('board-not-found', `There is no board ${JSON.stringify(id)}.`);
  return Board.parse(JSON.parse(text));
}
