import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { definitionDigest, keyPlan, planBoard, scaledRange } from '../../src/leaderboard/definition.ts';
import { decodeKey, encodeKey, RESOLUTIONS, resolutionMs, stepsOf, unitFor } from '../../src/leaderboard/sort-key.ts';
import {
  EARLIEST,
  LATEST,
  parseWindow,
  resolveWindow,
  spanOf,
  WINDOW_KINDS,
  windowAt,
} from '../../src/leaderboard/windows.ts';

const CREATED = '2026-11-24T00:00:00.000Z';
const plan = (settings: object) => planBoard('b', { operator: 'best', ...settings }, CREATED);

describe('a board', () => {
  test('without a range takes the widest that ties to the second allow', () => {
    expect(plan({})).toMatchObject({
      min: -8_388_607,
      max: 8_388_607,
      decimals: 0,
      ties: 'earliest',
      direction: 'higher',
    });
    expect(plan({ windows: ['day'] }).max).toBe(2 ** 36 - 1);
    expect(plan({ ties: 'none' }).max).toBe(Number.MAX_SAFE_INTEGER);
    expect(plan({ ties: 'none', decimals: 2 }).max).toBe(9_999_999_999_999.99);
    expect(plan({ operator: 'count' })).toMatchObject({ min: 0, max: 8_388_607 });
    expect(plan({ operator: 'sum' })).toMatchObject({ min: -536_870_911, max: 536_870_911 });
  });

  test.each([
    [8191, 'ms', 'ms'],
    [8192, 's', 'ms'],
    [8_388_607, 's', 'ms'],
    [8_388_608, 'min', 'ms'],
    [536_870_911, 'min', 's'],
  ])('up to %i breaks ties by the %s for ever and by the %s in a day', (max, all, day) => {
    expect(plan({ max }).windows).toEqual([
      { kind: 'all', resolution: all },
      { kind: 'day', resolution: day },
    ]);
  });

  test.each([
    [
      { max: 536_870_912 },
      /max is beyond ±536870911, all that is left beside the times that break ties in an all-time window.*"ties": "none".*9007199254740991/,
    ],
    [{ min: -536_870_912 }, /min is beyond/],
    [{ max: 5_368_709.12, decimals: 2 }, /beyond ±5368709.11.*fewer decimals leave more room/],
    [{ ties: 'none', max: 2 ** 53 }, /max is beyond ±9007199254740991, the exact range/],
    [{ max: 0.5 }, /max must be an integer/],
    [{ min: 3, max: 2 }, /max must not be below min/],
    [{ operator: 'count', decimals: 1 }, /a count is an integer/],
  ])('of %j is refused', (settings, message) => expect(() => plan(settings)).toThrow(message));

  test('is the same whenever and in whatever order it is written', () => {
    const other = planBoard(
      'b',
      { windows: ['day', 'all'], direction: 'higher', operator: 'best' },
      '2027-01-01T00:00:00.000Z',
    );
    expect(definitionDigest(plan({}))).toBe(definitionDigest(other));
    expect(definitionDigest(plan({}))).not.toBe(definitionDigest(plan({ direction: 'lower' })));
  });
});

describe('a sort key', () => {
  const kind = fc.constantFrom(...WINDOW_KINDS);
  const scores = fc.double({ min: -1, max: 1, noNaN: true });

  test('orders by score, then by time, and comes apart into what it was made of', () => {
    fc.assert(
      fc.property(
        kind,
        fc.constantFrom('higher', 'lower'),
        fc.constantFrom(undefined, 8191, 100_000_000),
        fc.array(fc.tuple(scores, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), {
          minLength: 2,
          maxLength: 2,
        }),
        (window, direction, max, raw) => {
          const board = plan({ direction, windows: [window], ...(max === undefined ? {} : { max }) });
          const { low, high } = scaledRange(board);
          const key = keyPlan(board, window);
          const [a, b] = raw.map(([score, time]) => {
            const parts = {
              score: Math.round(score * high) + 0,
              steps: stepsOf(key, 0, Math.floor(time * spanOf(window))),
            };
            expect(parts.score).toBeGreaterThanOrEqual(low);
            expect(decodeKey(key, encodeKey(key, parts.score, parts.steps))).toEqual(parts);
            return { ...parts, key: encodeKey(key, parts.score, parts.steps) };
          }) as [Parts, Parts];
          const byScore = direction === 'higher' ? b.score - a.score : a.score - b.score;
          expect(Math.sign(a.key - b.key)).toBe(Math.sign(byScore || a.steps - b.steps));
        },
      ),
      { numRuns: 500 },
    );
  });
  type Parts = { score: number; steps: number; key: number };

  test('has room for every time of its window at every resolution', () => {
    for (const window of WINDOW_KINDS) {
      for (const resolution of RESOLUTIONS) {
        const last = Math.floor((spanOf(window) - 1) / resolutionMs(resolution));
        expect(last).toBeLessThan(unitFor(window, resolution));
      }
    }
  });
});

describe('a window', () => {
  test('of a time comes back by its id and holds the time', () => {
    fc.assert(
      fc.property(fc.integer({ min: EARLIEST, max: LATEST - 1 }), (time) => {
        for (const kind of WINDOW_KINDS) {
          const window = windowAt(kind, time);
          expect(parseWindow(window.id)).toEqual(window);
          expect(window.start <= time && time < window.end).toBe(true);
        }
        expect(resolveWindow('day', time)).toEqual(windowAt('day', time));
      }),
    );
  });

  test.each([
    '',
    'ALL',
    'day',
    'day:',
    'day:2026-1-1',
    'day:2026-02-30',
    'day:2014-12-31',
    'day:2045-01-01',
    'day:2026-11-23x',
    'hour:1',
  ])('has not the id %j', (id) => expect(() => parseWindow(id)).toThrow(/names no window/));
});
