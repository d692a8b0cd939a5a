import { OpslineError } from '../errors.ts';

/** A window counts the events whose own time lies in it: `all`, or a UTC day such as `day:2026-11-23`. */
export type WindowKind = 'all' | 'day';

export const WINDOW_KINDS = ['all', 'day'] as const satisfies readonly WindowKind[];

/** Events may carry times from here … */
export const EARLIEST = Date.UTC(2015, 0, 1);
/** … to before here: the thirty years that the tie-break of an all-time window can tell apart. */
export const LATEST = Date.UTC(2045, 0, 1);

const DAY_MS = 86_400_000;

/** One window of a board: `[start, end)` in Unix milliseconds. */
export interface Window {
  readonly id: string;
  readonly kind: WindowKind;
  readonly start: number;
  readonly end: number;
}

/** The window of a kind that an event of this time (Unix milliseconds) belongs to. */
export function windowAt(kind: WindowKind, time: number): Window {
  if (kind === 'all') return { id: 'all', kind, start: EARLIEST, end: LATEST };
  const start = Math.floor(time / DAY_MS) * DAY_MS;
  return { id: `day:${new Date(start).toISOString().slice(0, 10)}`, kind, start, end: start + DAY_MS };
}

/** The longest that a window of a kind lasts, milliseconds. */
export function spanOf(kind: WindowKind): number {
  return kind === 'all' ? LATEST - EARLIEST : DAY_MS;
}

/** A window by its id. Throws `window-not-found` when the text names none. */
export function parseWindow(id: string): Window {
  if (id === 'all') return windowAt('all', EARLIEST);
  const date = /^day:(\d{4}-\d{2}-\d{2})$/.exec(id)?.[1];
  const time = date === undefined ? Number.NaN : Date.parse(`${date}T00:00:00Z`);
  if (time >= EARLIEST && time < LATEST) {
    const window = windowAt('day', time);
    // 2026-02-30 parses as 2 March in some engines: only a date that comes back is one.
    if (window.id === id) return window;
  }
  throw new OpslineError(
    'window-not-found',
    `${JSON.stringify(id)} names no window. Windows are all, and UTC days such as day:2026-11-23.`,
  );
}

/** A window by its id, or by its kind as of a time: `day` is the UTC day that holds it. Throws `window-not-found`. */
export function resolveWindow(name: string, asOf: number): Window {
  return name === 'day' ? windowAt('day', asOf) : parseWindow(name);
}
