import { OpslineError } from '../../errors.ts';
import type { RedisClient } from '../../redis/client.ts';
import { applyChanges, MAX_PART_EVENTS } from '../apply.ts';
import type { Board } from '../definition.ts';
import { boardKeys } from '../keys.ts';
import { scaledRange } from '../plan.ts';
import type { Change, WindowChange } from '../reduce.ts';
import { fromScaled } from '../score.ts';
import { decodeKey } from '../sort-key.ts';
import type { Duck } from './duckdb.ts';
import type { Target } from './fold.ts';

/** Scripts on their way at the same time: enough that Redis never waits for us. */
const DEPTH = 4;

/** How many parts so many changes make. */
export function partsOf(changes: number): number {
  return Math.ceil(changes / MAX_PART_EVENTS);
}

/** A change of a player in a window. */
interface Row {
  readonly target: Target;
  readonly change: Change;
}

/** The changes in the order in which they are cut into parts, which is the same whenever and wherever they are made. */
async function* changesIn(
  duck: Duck,
  board: Board,
  targets: readonly Target[],
  where = 'true',
): AsyncGenerator<readonly Row[]> {
  // Only what the operator needs: reading values out of DuckDB is most of the work here.
  const x = board.operator === 'best' ? [] : ['x::DOUBLE'];
  const m = board.metadataBytes === 0 ? [] : ['m'];
  const columns = ['w::INTEGER', 'player', 'k::DOUBLE', ...x, ...m];
  const sql = `SELECT ${columns.join(', ')} FROM changes WHERE ${where} ORDER BY w, player`;
  for await (const [w = [], player = [], k = [], ...rest] of duck.stream(sql)) {
    const times = x.length === 0 ? [] : (rest.shift() as number[]);
    const metadata = rest.shift() ?? [];
    yield player.map((name, index) => {
      const target = targets[w[index] as number] as Target;
      const [score, time] = scored(board, target, k[index] as number, times[index] as number);
      return { target, change: { player: name as string, score, time, metadata: (metadata[index] ?? '') as string } };
    });
  }
}

/** How many events lie in each window, by its number. */
async function eventsIn(duck: Duck, targets: readonly Target[]): Promise<Map<Target, number>> {
  const rows = await duck.rows('SELECT w::INTEGER, sum(n)::DOUBLE FROM changes GROUP BY w');
  return new Map(rows.map(([w, events]) => [targets[w as number] as Target, events as number]));
}

/** Score and time of a row of `changes`; every number in it is an integer below 2^53. */
function scored(board: Board, { series: { plan }, window }: Target, k: number, x: number): [number, number] {
  if (board.operator === 'latest') return [plan.sign * k + 0, x];
  if (board.operator !== 'best') return [k, x];
  const { score, steps } = decodeKey(plan, k);
  return [score, window.start + steps * (plan.resolutionMs ?? 1)];
}

/**
 * Refuses totals that would leave the board's range before anything is written: what the files add up to, together with what players have already in
 * the windows that have entries. Throws `invalid-input` naming player and window.
 */
export async function checkTotals(
  duck: Duck,
  redis: RedisClient,
  prefix: string,
  board: Board,
  targets: readonly Target[],
): Promise<void> {
  if (board.operator !== 'sum' && board.operator !== 'count') return;
  const { low, high } = scaledRange(board);
  const keys = boardKeys(prefix, board.id);
  const has = new Set((await Promise.all([keys.open, keys.closed].map((key) => redis.zrange(key, '0', '-1')))).flat());
  const live = targets.flatMap(({ window }, w) => (has.has(window.id) ? [w] : []));
  // Where a player may have a total already, a change can be as large as the whole range.
  const most = high - low;
  const fresh = live.length === 0 ? '' : `AND (abs(k) > ${most} OR w NOT IN (${live.join(', ')}))`;
  const [beyond] = await duck.rows(
    `SELECT w::INTEGER, player, k::VARCHAR FROM changes WHERE k NOT BETWEEN ${low} AND ${high} ${fresh} ORDER BY w, player LIMIT 1`,
  );
  if (beyond !== undefined)
    throw leaves(board, targets[beyond[0] as number], beyond[1] as string, BigInt(beyond[2] as string));
  if (live.length === 0) return;
  let page: Row[] = [];
  const look = async (): Promise<void> => {
    const [first] = page;
    if (first === undefined) return;
    const players = page.map(({ change }) => change.player);
    const olds = await redis.zmscore(keys.entries(first.target.window.id), ...players);
    for (const [index, { target, change }] of page.entries()) {
      const old = olds[index];
      const before = old == null ? 0 : decodeKey(target.series.plan, Number(old)).score;
      const total = BigInt(before) + BigInt(change.score);
      if (total < low || total > high) throw leaves(board, target, change.player, total);
    }
    page = [];
  };
  for await (const rows of changesIn(duck, board, targets, `w IN (${live.join(', ')})`)) {
    for (const row of rows) {
      if (page.length === MAX_PART_EVENTS || (page[0] !== undefined && page[0].target !== row.target)) await look();
      page.push(row);
    }
  }
  await look();
}

function leaves(board: Board, target: Target | undefined, player: string, total: bigint): OpslineError {
  return new OpslineError(
    'invalid-input',
    `The total of ${JSON.stringify(player)} in ${target?.window.id} would be ${fromScaled(total, board.decimals)} and leave the range ${board.min} to ` +
      `${board.max} of the board ${board.id}; nothing was written.`,
  );
}

export interface LoadOptions {
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly batch: string;
  readonly parts: number;
  /** Parts that are known to be applied; they are not sent again. */
  readonly applied: ReadonlySet<number>;
  readonly signal?: AbortSignal | undefined;
  onPart(changes: number): void;
}

/**
 * Applies all changes, part by part, a few at a time. When the signal is aborted, parts on their way are finished first, then its reason is
 * thrown. Throws `invalid-input` when a total would leave the range after all, because the board changed meanwhile.
 */
export async function loadChanges(
  duck: Duck,
  board: Board,
  targets: readonly Target[],
  options: LoadOptions,
): Promise<void> {
  const { redis, prefix, batch, parts, applied, signal, onPart } = options;
  const flying = new Set<Promise<void>>();
  // The first part that has entries of a window counts its events.
  const events = await eventsIn(duck, targets);
  let failure: unknown;
  const send = async (part: number, windows: readonly WindowChange[], changes: number): Promise<void> => {
    try {
      await applyChanges(redis, prefix, board, { batch, part, parts }, { windows, late: [] });
      onPart(changes);
    } catch (error) {
      failure ??= error;
    }
  };
  const put = async (part: number, rows: readonly Row[]): Promise<void> => {
    const windows = grouped(rows, events);
    if (applied.has(part)) return onPart(rows.length);
    const sent: Promise<void> = send(part, windows, rows.length).finally(() => flying.delete(sent));
    flying.add(sent);
    if (flying.size >= DEPTH) await Promise.race(flying);
  };
  let rows: Row[] = [];
  let part = 0;
  try {
    for await (const more of changesIn(duck, board, targets)) {
      rows.push(...more);
      let from = 0;
      for (; rows.length - from >= MAX_PART_EVENTS && failure === undefined; from += MAX_PART_EVENTS) {
        await put(part, rows.slice(from, from + MAX_PART_EVENTS));
        part += 1;
        signal?.throwIfAborted();
      }
      if (failure !== undefined) break;
      rows = rows.slice(from);
    }
    if (rows.length > 0 && failure === undefined) await put(part, rows);
  } finally {
    await Promise.all(flying);
  }
  if (failure !== undefined) throw failure;
}

/** The changes of a part by window. Events that a window has yet to count are taken out of `events`. */
function grouped(rows: readonly Row[], events: Map<Target, number>): WindowChange[] {
  const groups: WindowChange[] = [];
  let last: Target | undefined;
  let changes = new Map<string, Change>();
  for (const { target, change } of rows) {
    if (target !== last) {
      last = target;
      changes = new Map();
      const { window, series } = target;
      groups.push({ window, plan: series.plan, events: events.get(target) ?? 0, changes });
      events.delete(target);
    }
    changes.set(change.player, change);
  }
  return groups;
}
