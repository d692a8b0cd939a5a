import { z } from 'zod';

/**
 * A window counts the events whose own time lies in it: `all` of them, those of an hour, a day, an ISO week or a month on the clock
 * of the board's time zone, or those of a season, which has a start and an end of its own.
 */
export const WINDOW_KINDS = ['all', 'hour', 'day', 'week', 'month', 'season'] as const;
export type WindowKind = (typeof WINDOW_KINDS)[number];

/** The kinds that a board is made with; seasons are named one by one. */
export const PERIODS = ['all', 'hour', 'day', 'week', 'month'] as const satisfies readonly WindowKind[];
export type Period = (typeof PERIODS)[number];

/** Events may carry times from here … */
export const EARLIEST = Date.UTC(2015, 0, 1);
/** … to before here: the thirty years that the tie-break of an all-time window can tell apart. */
export const LATEST = Date.UTC(2045, 0, 1);

/** One window of a board: `[start, end)` in Unix milliseconds. */
export interface Window {
  /** `all`, `hour:2026-11-23T14Z`, `day:2026-11-23`, `week:2026-W48`, `month:2026-11` or `season:winter`. */
  readonly id: string;
  readonly kind: WindowKind;
  readonly start: number;
  readonly end: number;
}

export const ALL_TIME: Window = { id: 'all', kind: 'all', start: EARLIEST, end: LATEST };

/** A moment as people and programs write it. */
export const Time = z.iso.datetime({
  offset: true,
  error: 'must be an RFC 3339 time with Z or an offset, T and Z in capitals, such as 2026-11-22T14:08:52.113Z',
});

export const SeasonId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit');

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How far clocks go back in a window: mostly one hour, in Antarctica/Troll two, in Antarctica/Casey three (a test asks every zone). */
const BACK = 3 * HOUR;

/** The longest that a window of a kind lasts, milliseconds. */
export function spanOf(period: Period): number {
  return { all: LATEST - EARLIEST, hour: HOUR, day: DAY + BACK, week: 7 * DAY + BACK, month: 31 * DAY + BACK }[period];
}
