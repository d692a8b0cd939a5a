import type { Redis } from 'ioredis';
import { OpslineError } from '../../errors.ts';
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

/** A change of a player in a window, and how many events made it. */
interface Row {
  readonly target: Target;
  readonly change: Change;
  readonly events: number;
}

/** The changes in the order in which they are cut into parts, which is the same whenever and wherever they are made. */
async function* changesIn(duck: Duck, board: Board, targets: readonly Target[], where = 'true'): AsyncGenerator<Row[]> {
  const sql = `SELECT w::INTEGER, player, k::DOUBLE, x::DOUBLE, m, n::DOUBLE FROM changes WHERE ${where} ORDER BY w, player`;
  for await (const columns of duck.stream(sql)) {
    const [w, player, k, x, m, n] = columns as [number[], string[], number[], (number | null)[], string[], number[]];
    yield player.map((name, index) => {
      const target = targets[w[index] as number] as Target;
      const [score, time] = scored(board, target, k[index] as number, x[index] as number);
      return {
        target,
        events: n[index] as number,
        change: { player: name, score, time, metadata: m[index] as string },
      };
    });
  }
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
  redis: Redis,
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
  readonly redis: Redis;
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
  let failure: unknown;
  const send = async (part: number, rows: readonly Row[]): Promise<void> => {
    try {
      await applyChanges(redis, prefix, board, { batch, part, parts }, { windows: grouped(rows), late: [] });
      onPart(rows.length);
    } catch (error) {
      failure ??= error;
    }
  };
  const put = async (part: number, rows: readonly Row[]): Promise<void> => {
    if (applied.has(part)) return onPart(rows.length);
    const sent: Promise<void> = send(part, rows).finally(() => flying.delete(sent));
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

function grouped(rows: readonly Row[]): WindowChange[] {
  const groups = new Map<Target, WindowChange>();
  for (const { target, change, events } of rows) {
    let group = groups.get(target);
    if (group === undefined) {
      group = { window: target.window, plan: target.series.plan, events: 0, changes: new Map() };
      groups.set(target, group);
    }
    group.events += events;
    group.changes.set(change.player, change);
  }
  return [...groups.values()];
}
