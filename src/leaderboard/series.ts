import { OpslineError } from '../errors.ts';
import { calendarOf } from './calendar.ts';
import type { Board } from './definition.ts';
import { type KeyPlan, planFor } from './sort-key.ts';
import { spanOf, WINDOW_KINDS, type Window, type WindowKind } from './windows.ts';

/** The windows of one kind on a board, or one season of it: of each series an event belongs to at most one window. */
export interface Series {
  readonly kind: WindowKind;
  /** How the entries of its windows are ordered. */
  readonly plan: KeyPlan;
  /** The window that an event of this time (Unix milliseconds) belongs to; a season is no window before and after it. */
  at(time: number): Window | undefined;
}

/** A window of a board and how its entries are ordered. */
export interface View {
  readonly board: Board;
  readonly window: Window;
  readonly plan: KeyPlan;
}

const made = new WeakMap<Board, readonly Series[]>();

/** The series of a board, in a fixed order. */
export function seriesOf(board: Board): readonly Series[] {
  const series = made.get(board) ?? makeSeries(board);
  made.set(board, series);
  return series;
}

function makeSeries(board: Board): Series[] {
  const calendar = calendarOf(board.timeZone);
  const periods = board.windows.map(({ kind, resolution }) => ({
    kind,
    plan: planFor(board.direction, spanOf(kind), resolution),
    at: (time: number) => calendar.at(kind, time),
  }));
  const seasons = board.seasons.map(({ id, start, end, resolution }): Series => {
    const window: Window = { id: `season:${id}`, kind: 'season', start: Date.parse(start), end: Date.parse(end) };
    return {
      kind: 'season',
      plan: planFor(board.direction, window.end - window.start, resolution),
      at: (time) => (time >= window.start && time < window.end ? window : undefined),
    };
  });
  return [...periods, ...seasons];
}

/**
 * A window of a board by its id, or by its kind as of a time (Unix milliseconds): `day` is the day that holds it, `season` the
 * season begun last. Throws `window-not-found` when the text names none that the board has.
 */
export function viewOf(board: Board, name: string, asOf: number = Date.now()): View {
  const view = isKind(name) ? viewAt(board, name, asOf) : viewNamed(board, name);
  if (view !== undefined) return view;
  const has = [...new Set(seriesOf(board).map(({ kind }) => kind))].join(', ');
  throw new OpslineError(
    'window-not-found',
    `${JSON.stringify(name)} names no window of the board ${board.id}, which has: ${has}. ` +
      'Windows are all, hour:2026-11-23T14Z, day:2026-11-23, week:2026-W48, month:2026-11, season:<id>, or a kind for the present one.',
  );
}

/** The window of the same series before this one; for a season, the one that began before it. Undefined for `all`. */
export function viewBefore({ board, window }: View): View | undefined {
  if (window.kind === 'all') return undefined;
  if (window.kind !== 'season') return viewAt(board, window.kind, window.start - 1);
  const place = board.seasons.findIndex(({ id }) => `season:${id}` === window.id);
  const before = board.seasons[place - 1];
  return before === undefined ? undefined : viewNamed(board, `season:${before.id}`);
}

function isKind(name: string): name is WindowKind {
  return (WINDOW_KINDS as readonly string[]).includes(name);
}

function viewAt(board: Board, kind: WindowKind, time: number): View | undefined {
  return seriesOf(board)
    .filter((series) => series.kind === kind)
    .map(({ plan, at }) => ({ board, plan, window: at(time) }))
    .filter((view): view is View => view.window !== undefined)
    .at(-1);
}

function viewNamed(board: Board, id: string): View | undefined {
  const start = id.startsWith('season:')
    ? Date.parse(board.seasons.find((season) => `season:${season.id}` === id)?.start ?? '')
    : calendarOf(board.timeZone).find(id)?.start;
  if (start === undefined || Number.isNaN(start)) return undefined;
  for (const { plan, at } of seriesOf(board)) {
    const window = at(start);
    if (window?.id === id) return { board, plan, window };
  }
  return undefined;
}

/** Unix milliseconds from when on events of a window are late: its end, and the time of grace after it. */
export function lateFrom(board: Board, window: Window): number {
  return window.kind === 'all' ? Number.POSITIVE_INFINITY : window.end + board.graceSeconds * 1000;
}
