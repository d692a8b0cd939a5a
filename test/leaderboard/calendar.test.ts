import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { Calendar, calendarOf, isTimeZone } from '../../src/leaderboard/calendar.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { viewBefore, viewOf } from '../../src/leaderboard/series.ts';
import { EARLIEST, LATEST, PERIODS, spanOf } from '../../src/leaderboard/windows.ts';
import { windowsAt } from './oracle.ts';

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];
const board = (timeZone: string) =>
  planBoard('b', { operator: 'best', windows: [...PERIODS], timeZone }, '2026-11-24T00:00:00.000Z');
const iso = (time: number): string => new Date(time).toISOString();

test('the windows of a zone hold their times, follow each other without a gap, and are found by their ids', () => {
  const time = fc.integer({ min: EARLIEST, max: LATEST - 1 });
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), time, (zone, at) => {
      const made = board(zone);
      const windows = PERIODS.map((period) => viewOf(made, period, at).window);
      expect(windows.map(({ id }) => id)).toEqual(windowsAt(made, at));
      for (const window of windows) {
        expect(window.start <= at && at < window.end).toBe(true);
        expect(window.end - window.start).toBeLessThanOrEqual(spanOf(window.kind as 'day'));
        if (window.kind === 'all' || window.start < EARLIEST || window.end >= LATEST) continue;
        expect(viewOf(made, window.id).window).toEqual(window);
        const view = viewOf(made, window.kind, window.end);
        expect(view.window.start).toBe(window.end);
        expect(viewBefore(view)?.window).toEqual(window);
      }
    }),
    { numRuns: 2000 },
  );
}, 60_000);

test('in every zone, windows follow each other where clocks are set, and none lasts longer than its kind', () => {
  for (const zone of ZONES) {
    const calendar = calendarOf(zone);
    let at = Temporal.Instant.fromEpochMilliseconds(EARLIEST).toZonedDateTimeISO(zone);
    for (;;) {
      const next = at.getTimeZoneTransition('next');
      if (next === null || next.epochMilliseconds >= LATEST) break;
      at = next;
      const set = at.epochMilliseconds;
      for (const period of PERIODS) {
        // Windows are remembered: it must not matter whether, nor which time asked first.
        const times = [set - 1, set, set + 1];
        const [before, after, later] = times.map((time) => new Calendar(zone).at(period, time));
        expect(times.map((time) => calendar.at(period, time))).toEqual([before, after, later]);
        const where = `${zone} ${period} ${iso(set)}`;
        expect(later, where).toEqual(after);
        if (before?.id === after?.id) expect(before, where).toEqual(after);
        else expect(before?.end, where).toBe(after?.start);
        for (const window of [before, after]) {
          if (window === undefined || window.start < EARLIEST) continue;
          expect(calendar.find(window.id), where).toEqual(window);
          expect(window.end - window.start, where).toBeLessThanOrEqual(spanOf(period));
        }
      }
    }
  }
}, 60_000);

describe('where clocks are set', () => {
  const hours = (zone: string, ...times: string[]) =>
    times.map((time) => {
      const { id, start, end } = calendarOf(zone).at('hour', Date.parse(time));
      return [id, iso(start), iso(end)];
    });

  test('a day has 23 or 25 hours, and an hour shown twice is two windows', () => {
    const berlin = calendarOf('Europe/Berlin');
    const length = (day: string): number => {
      const { start, end } = berlin.find(`day:${day}`) ?? { start: 0, end: 0 };
      return (end - start) / 3_600_000;
    };
    expect(['2026-03-28', '2026-03-29', '2026-10-25'].map(length)).toEqual([24, 23, 25]);
    expect(hours('Europe/Berlin', '2026-10-25T00:59:59.999Z', '2026-10-25T01:00:00Z')).toEqual([
      ['hour:2026-10-25T02+02:00', '2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z'],
      ['hour:2026-10-25T02+01:00', '2026-10-25T01:00:00.000Z', '2026-10-25T02:00:00.000Z'],
    ]);
  });

  test('by half an hour, an hour is cut short', () => {
    const zone = 'Australia/Lord_Howe';
    expect(hours(zone, '2026-04-04T14:59:00Z', '2026-04-04T15:10:00Z', '2026-04-04T15:30:00Z')).toEqual([
      ['hour:2026-04-05T01+11:00', '2026-04-04T14:00:00.000Z', '2026-04-04T15:00:00.000Z'],
      ['hour:2026-04-05T01+10:30', '2026-04-04T15:00:00.000Z', '2026-04-04T15:30:00.000Z'],
      ['hour:2026-04-05T02+10:30', '2026-04-04T15:30:00.000Z', '2026-04-04T16:30:00.000Z'],
    ]);
    expect(calendarOf(zone).find('hour:2026-04-05T01+10:30')?.start).toBe(Date.parse('2026-04-04T15:00:00Z'));
  });

  test('at midnight, the day begins at one', () => {
    expect(iso(calendarOf('Asia/Beirut').find('day:2026-03-29')?.start ?? 0)).toBe('2026-03-28T22:00:00.000Z');
    expect(iso(calendarOf('Asia/Beirut').find('day:2026-03-29')?.end ?? 0)).toBe('2026-03-29T21:00:00.000Z');
  });
});

test('weeks and their years are those of ISO 8601', () => {
  const utc = calendarOf('UTC');
  const weeks = ['2021-01-03', '2021-01-04', '2026-12-31', '2027-01-04'].map(
    (day) => utc.at('week', Date.parse(day)).id,
  );
  expect(weeks).toEqual(['week:2020-W53', 'week:2021-W01', 'week:2026-W53', 'week:2027-W01']);
});

test.each([
  '',
  'ALL',
  'day:',
  'day:2026-1-1',
  'day:2026-02-30',
  'day:2014-12-31',
  'day:2045-01-01',
  'day:2026-11-23x',
  'week:2026-W00',
  'week:2026-W54',
  'week:2026-48',
  'month:2026-13',
  'month:2026-11-23',
  'hour:1',
  'hour:2026-11-23T14',
  'hour:2026-11-23T24Z',
  'hour:2026-11-23T14+01:00',
  'season:none',
  'toString',
])('no window has the id %j', (id) => {
  expect(() => viewOf(board('UTC'), id)).toThrow(
    /names no window of the board b, which has: all, hour, day, week, month/,
  );
});

test('a window of a kind that the board does not have is none', () => {
  const daily = planBoard('b', { operator: 'best', windows: ['day'] }, '2026-11-24T00:00:00.000Z');
  expect(() => viewOf(daily, 'all')).toThrow(/which has: day/);
  expect(() => viewOf(daily, 'week:2026-W48')).toThrow(/names no window/);
  expect(() => viewOf(daily, 'season')).toThrow(/names no window/);
});

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['+01:00', false],
  ['Europe/Atlantis', false],
  ['', false],
])('%j as a time zone: %s', (zone, is) => expect(isTimeZone(zone)).toBe(is));
