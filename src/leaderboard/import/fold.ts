import { SLOT_MS } from '../calendar.ts';
import type { Board } from '../definition.ts';
import { scaledRange } from '../plan.ts';
import { type Series, seriesOf } from '../series.ts';
import type { Window } from '../windows.ts';
import type { Duck } from './duckdb.ts';

/** A window that events of the import may lie in, and the series it belongs to; its number is its place in the list. */
export interface Target {
  readonly series: Series;
  readonly window: Window;
}

/** Every window of a board between two times (Unix milliseconds), series by series and in order of time. */
export function targetsOf(board: Board, first: number, last: number): Target[] {
  const begun = board.seasons.map(({ start }) => Date.parse(start));
  return seriesOf(board).flatMap((series) => {
    if (series.kind === 'season') {
      const [window] = begun.map((time) => series.at(time)).filter((found) => found !== undefined);
      return window !== undefined && window.start <= last && window.end > first ? [{ series, window }] : [];
    }
    const targets: Target[] = [];
    let window = series.at(first);
    while (window !== undefined && window.start <= last) {
      targets.push({ series, window });
      window = window.end > last ? undefined : series.at(window.end);
    }
    return targets;
  });
}

/**
 * Makes the table `changes` of the good events: one row for each window w and player, as `reduce` makes them.
 *
 *     best    k  the smallest sort key
 *     latest  k  ±score of the latest event, the better of equally late ones;  x  its time
 *     sum     k  the change of the total, a HUGEINT;                           x  time of the last event
 *
 * and n, how many events there were; and with metadata m, which of equal events' sorts first by its bytes.
 */
export async function foldEvents(
  duck: Duck,
  board: Board,
  targets: readonly Target[],
  onSeries: (done: number, of: number) => void,
): Promise<{ changes: number; windows: number; repeated: number }> {
  const repeated = await makeGood(duck, board);
  await duck.rows('CREATE TABLE windows (w BIGINT, starts BIGINT, ends BIGINT)');
  await duck.append(
    'windows',
    targets.map(({ window }, place) => [place, window.start, window.end] as const),
  );
  await duck.rows('CREATE TABLE changes (w BIGINT, player VARCHAR, k HUGEINT, x BIGINT, m VARCHAR, n BIGINT)');
  const series = seriesOf(board);
  const days = series.findIndex(({ kind }) => kind === 'day');
  const cells = await makeCells(duck, board, targets, series[days]);
  for (const [place, each] of series.entries()) {
    onSeries(place, series.length);
    const own = targets.flatMap((target, w) => (target.series === each ? [w] : []));
    const [from, to] = [own[0], own.at(-1)];
    if (from === undefined || to === undefined) continue;
    await duck.rows(`INSERT INTO changes ${foldSql(board, each, from, to, cells)}`);
  }
  onSeries(series.length, series.length);
  const [counted] = await duck.rows('SELECT count(*)::DOUBLE, count(DISTINCT w)::DOUBLE FROM changes');
  const [changes, windows] = counted as readonly number[];
  return { changes: changes as number, windows: windows as number, repeated };
}

/** Makes `good`: events with canonical metadata, those that come again left out. Returns how many came again. */
async function makeGood(duck: Duck, board: Board): Promise<number> {
  const metadata = board.metadataBytes > 0;
  const from = `events e ${metadata ? 'LEFT JOIN metas ON e.m = metas.raw ' : ''}WHERE e.wrong = 0`;
  const columns = `e.player, e.s, e.t, ${metadata ? "coalesce(metas.canonical, '')" : "''"} AS m`;
  if (board.dedupe === undefined) {
    await duck.rows(`CREATE VIEW good AS SELECT ${columns} FROM ${from}`);
    return 0;
  }
  // Rows that bear one identity should be one event; where they are not, the earliest stands, in whatever order they are read.
  await duck.rows(
    `CREATE TABLE good AS SELECT unnest(min({ t: t, player: player, s: s, m: m })) FROM (SELECT e.identity, ${columns} FROM ${from}) GROUP BY identity`,
  );
  const [row] = await duck.rows(
    'SELECT ((SELECT count(*) FROM events WHERE wrong = 0) - (SELECT count(*) FROM good))::DOUBLE',
  );
  await duck.rows('DROP TABLE events');
  return row?.[0] as number;
}

/**
 * Makes `cells`, one row for each player and day that stands for n events: the best one, the latest one, or their total and the last time. All windows but
 * hours and seasons are made of whole days, so they can be reduced from these few rows. Not where metadata is kept, whose ties depend on the window.
 * Returns whether it did.
 */
async function makeCells(
  duck: Duck,
  board: Board,
  targets: readonly Target[],
  days: Series | undefined,
): Promise<boolean> {
  const series = seriesOf(board);
  const nested = series.every(({ kind }) => kind !== 'hour' && kind !== 'season');
  if (days === undefined || !nested || series.length < 2 || board.metadataBytes > 0) return false;
  const own = targets.flatMap((target, w) => (target.series === days ? [w] : []));
  const { low, high } = scaledRange(board);
  const reach = Math.max(Math.abs(low), Math.abs(high));
  const { sign } = days.plan;
  const signed = sign === 1 ? 's' : '-s';
  const since = '(t - starts)';
  // Score and time in one 64-bit integer, so that one pass finds the best, and of equal ones the earliest; or the latest, and of those the best.
  const folds: Record<Board['operator'], [packed: string, s: string, t: string]> = {
    best: [
      `min((${signed} + ${reach}) * ${DAY_UNIT} + ${since})`,
      `${sign} * (packed // ${DAY_UNIT} - ${reach})`,
      `starts + packed % ${DAY_UNIT}`,
    ],
    latest: [
      `max(${since} * ${SCORE_UNIT} + (${reach} - (${signed})))`,
      `${sign} * (${reach} - packed % ${SCORE_UNIT})`,
      `starts + packed // ${SCORE_UNIT}`,
    ],
    sum: ['sum(s)', 'packed', 'starts + last'],
    count: ['count(*)', 'packed', 'starts + last'],
  };
  const packs = board.operator === 'best' || board.operator === 'latest';
  if (packs && 2 * reach >= SCORE_UNIT) return false;
  const [packed, s, t] = folds[board.operator];
  const last = packs ? '' : `max(${since}) AS last, `;
  const from = joined('good', own[0] as number, own.at(-1) as number);
  await duck.rows(
    `CREATE TABLE cells AS SELECT player, ${s} AS s, ${t} AS t, '' AS m, n FROM (SELECT player, any_value(starts) AS starts, ` +
      `${packed} AS packed, ${last}count(*) AS n FROM ${from} GROUP BY w, player)`,
  );
  return true;
}

/** Above the milliseconds of the longest day; and what is left of 63 bits for scores. */
const DAY_UNIT = 2 ** 27;
const SCORE_UNIT = 2 ** 36;

/** Rows of a table with the number and the bounds of the window they lie in, of those numbered so. */
function joined(table: string, from: number, to: number): string {
  if (from === to) {
    return `(SELECT *, ${from} AS w FROM ${table}, (SELECT starts, ends FROM windows WHERE w = ${from}) WHERE t >= starts AND t < ends)`;
  }
  // A hash join by the slots that windows touch is twice as fast as one by ranges; where a bound lies within a slot, the range decides.
  const slots = `(SELECT w, starts, ends, unnest(range(starts // ${SLOT_MS}, (ends - 1) // ${SLOT_MS} + 1)) AS slot FROM windows WHERE w BETWEEN ${from} AND ${to})`;
  return `(SELECT ${table}.*, w, starts FROM ${table} JOIN ${slots} ON t // ${SLOT_MS} = slot WHERE t >= starts AND t < ends)`;
}

function foldSql(board: Board, series: Series, from: number, to: number, cells: boolean): string {
  const { sign, unit, resolutionMs } = series.plan;
  const steps = resolutionMs === undefined ? '0' : `(t - starts) // ${resolutionMs}`;
  const signed = sign === 1 ? 's' : '-s';
  const metadata = board.metadataBytes > 0;
  const events = cells ? 'sum(n)' : 'count(*)';
  const tied = (order: string): string => (metadata ? `arg_min(m, { o: ${order}, m: m })` : "''");
  const folds: Record<Board['operator'], () => string> = {
    best: () => `min(${signed} * ${unit} + ${steps}), NULL, ${tied(`${signed} * ${unit} + ${steps}`)}`,
    latest() {
      // As above, for any window and score.
      const both = `(t::HUGEINT << ${BITS}) - (${signed})`;
      const latest = `((max(${both}) + ${2n ** BigInt(BITS - 1)}) >> ${BITS})`;
      return `(${latest} << ${BITS}) - max(${both}), ${latest}, ${tied(`-(${both})`)}`;
    },
    sum: () => `sum(s), max(t), ${tied(`-(${steps})`)}`,
    count: () => `${events}, max(t), ${tied(`-(${steps})`)}`,
  };
  const fold = folds[board.operator]();
  return `SELECT w, player, ${fold}, ${events} FROM ${joined(cells ? 'cells' : 'good', from, to)} GROUP BY w, player`;
}

/** Twice the largest score has fewer. */
const BITS = 54;
