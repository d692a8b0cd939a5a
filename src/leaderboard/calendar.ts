import { Temporal } from 'temporal-polyfill';
import { ALL_TIME, EARLIEST, LATEST, type Period, type Window } from './windows.ts';

/**
 * A window is remembered for each slot of this length. Nearly all bounds lie on it: offsets of all zones since 2015 are multiples
 * of it, though clocks may be set between (Antarctica/Casey, one minute past midnight).
 */
export const SLOT_MS = 15 * 60_000;
/** So many slots are remembered for each kind of window: a producer's events are mostly of today. */
const REMEMBERED = 10_000;

/**
 * The hours, days, weeks and months of one time zone, as its clocks show them: a day has 23 or 25 hours when they change, and an
 * hour that a clock shows twice is two windows, told apart by the offset in their ids.
 */
export class Calendar {
  readonly zone: string;
  readonly #known = new Map<Period, Map<number, Window>>();

  constructor(zone: string) {
    this.zone = zone;
  }

  /** The window of a kind that holds a time (Unix milliseconds). */
  at(period: Period, time: number): Window {
    if (period === 'all') return ALL_TIME;
    const known = this.#known.get(period) ?? new Map<number, Window>();
    this.#known.set(period, known);
    const slot = Math.floor(time / SLOT_MS);
    let window = known.get(slot);
    if (window === undefined || time < window.start || time >= window.end) {
      if (known.size >= REMEMBERED) known.clear();
      window = finders[period](this.#zoned(time));
      known.set(slot, window);
    }
    return window;
  }

  /** The window of a kind that an id names, or undefined when it names none between {@link EARLIEST} and {@link LATEST}. */
  find(id: string): Window | undefined {
    if (id === 'all') return ALL_TIME;
    const [, period, name = ''] = /^(hour|day|week|month):(.+)$/.exec(id) ?? [];
    if (period === undefined) return undefined;
    for (const time of readers[period as keyof typeof readers](name, this.zone)) {
      if (!(time >= EARLIEST && time < LATEST)) continue;
      const window = this.at(period as Period, time);
      // 2026-02-30 reads as 2 March: only a name that comes back is one.
      if (window.id === id) return window;
    }
    return undefined;
  }

  #zoned(time: number): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(this.zone);
  }
}

const calendars = new Map<string, Calendar>();

/** The calendar of an IANA time zone; made once. */
export function calendarOf(zone: string): Calendar {
  const calendar = calendars.get(zone) ?? new Calendar(zone);
  calendars.set(zone, calendar);
  return calendar;
}

/** Whether a text names an IANA time zone, such as `Europe/Berlin`; an offset is none, because it has no summer. */
export function isTimeZone(zone: string): boolean {
  if (calendars.has(zone)) return true;
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** A zone as the IANA database spells it (`europe/berlin` is `Europe/Berlin`); what is no zone stays as it is. Links stay what they are. */
export function spelledZone(zone: string): string {
  if (!isTimeZone(zone)) return zone;
  return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId;
}

type Zoned = Temporal.ZonedDateTime;

function between(kind: Period, name: string, start: Zoned, end: Zoned): Window {
  return { id: `${kind}:${name}`, kind, start: start.epochMilliseconds, end: end.epochMilliseconds };
}

const midnight = (date: Temporal.PlainDate, { timeZoneId }: Zoned): Zoned => date.toZonedDateTime(timeZoneId);
const twoDigits = (number: number | undefined): string => String(number).padStart(2, '0');

const finders: Record<Exclude<Period, 'all'>, (at: Zoned) => Window> = {
  hour(at) {
    // From the full hour, or from when the clocks were set if that was later; until the next full hour, or until they are set.
    const full = at.toInstant().subtract({ minutes: at.minute, seconds: at.second, milliseconds: at.millisecond });
    const next = full.add({ hours: 1 });
    // Asked a moment later, because the previous transition of a time is one before it, and clocks may have been set right then.
    const set = at.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')?.toInstant();
    const willBeSet = at.getTimeZoneTransition('next')?.toInstant();
    const start = set !== undefined && Temporal.Instant.compare(set, full) > 0 ? set : full;
    const end = willBeSet !== undefined && Temporal.Instant.compare(willBeSet, next) < 0 ? willBeSet : next;
    const offset = at.offset === '+00:00' ? 'Z' : at.offset;
    const name = `${at.toPlainDate().toString()}T${twoDigits(at.hour)}${offset}`;
    return between('hour', name, start.toZonedDateTimeISO(at.timeZoneId), end.toZonedDateTimeISO(at.timeZoneId));
  },
  day(at) {
    const date = at.toPlainDate();
    return between('day', date.toString(), midnight(date, at), midnight(date.add({ days: 1 }), at));
  },
  week(at) {
    const monday = at.toPlainDate().subtract({ days: at.dayOfWeek - 1 });
    const name = `${monday.yearOfWeek}-W${twoDigits(monday.weekOfYear)}`;
    return between('week', name, midnight(monday, at), midnight(monday.add({ weeks: 1 }), at));
  },
  month(at) {
    const first = at.toPlainDate().with({ day: 1 });
    return between(
      'month',
      first.toPlainYearMonth().toString(),
      midnight(first, at),
      midnight(first.add({ months: 1 }), at),
    );
  },
};

/** Times that may lie in the window of a name, to be looked up. */
const readers: Record<Exclude<Period, 'all'>, (name: string, zone: string) => number[]> = {
  hour(name) {
    const [, hour, offset] = /^(\d{4}-\d{2}-\d{2}T\d{2})(Z|[+-]\d{2}:\d{2})$/.exec(name) ?? [];
    // Where clocks are set within the hour, the window does not begin with it.
    return hour === undefined ? [] : ['00', '15', '30', '45'].map((minute) => Date.parse(`${hour}:${minute}${offset}`));
  },
  day: (name, zone) => startOf(name, zone),
  week(name, zone) {
    const [, year, week] = /^(\d{4})-W(\d{2})$/.exec(name) ?? [];
    if (year === undefined) return [];
    // 4 January always lies in week 1 (ISO 8601).
    const fourth = Temporal.PlainDate.from(`${year}-01-04`);
    const monday = fourth.subtract({ days: fourth.dayOfWeek - 1 }).add({ weeks: Number(week) - 1 });
    return [monday.toZonedDateTime(zone).epochMilliseconds];
  },
  month: (name, zone) => startOf(`${name}-01`, zone),
};

function startOf(date: string, zone: string): number[] {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return [];
  try {
    return [Temporal.PlainDate.from(date, { overflow: 'reject' }).toZonedDateTime(zone).epochMilliseconds];
  } catch {
    return [];
  }
}
