import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { definitionDigest } from '../../src/leaderboard/definition.ts';
import { planBoard, scaledRange, withSeason } from '../../src/leaderboard/plan.ts';
import { viewOf } from '../../src/leaderboard/series.ts';
import { decodeKey, encodeKey, planFor, RESOLUTIONS, stepsOf } from '../../src/leaderboard/sort-key.ts';
import { PERIODS, spanOf } from '../../src/leaderboard/windows.ts';

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
    // Less than a day leaves, so that a season of a year can be added.
    expect(plan({ windows: ['day'] }).max).toBe(2 ** 33 - 1);
    expect(plan({ windows: ['day'], max: 2 ** 36 - 1 }).windows).toEqual([{ kind: 'day', resolution: 's' }]);
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
    [{ operator: 'sum', maxEntries: 10 }, /maxEntries needs the operator best/],
    [{ operator: 'count', ties: 'none', metadataBytes: 10 }, /metadataBytes needs "ties": "earliest"/],
    [{ windows: [] }, /windows must name one, or there must be a season/],
    [{ seasons: [{ id: 's', start: CREATED, end: CREATED }] }, /season s cannot be added: it must end after it starts/],
    [{ seasons: [{ id: 's', start: '2014-01-01T00:00:00Z', end: CREATED }] }, /must lie in the years 2015 to 2044/],
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

describe('seasons', () => {
  const span = { start: '2026-12-01T00:00:00Z', end: '2027-03-01T00:00:00+01:00' };

  test('are added one by one, in order of their start, and make another version', () => {
    const board = withSeason(withSeason(plan({}), 'winter', span), 'autumn', {
      start: '2026-09-01T00:00:00Z',
      end: span.start,
    });
    expect(board).toMatchObject({ version: 3, seasons: [{ id: 'autumn' }, { id: 'winter', resolution: 's' }] });
    expect(board.seasons[1]?.end).toBe('2027-02-28T23:00:00.000Z');
    expect(definitionDigest(board)).toBe(definitionDigest(plan({})));
    expect(withSeason(board, 'winter', span)).toBe(board);
    expect(viewOf(board, 'season', Date.parse('2027-01-01T00:00:00Z')).window.id).toBe('season:winter');
  });

  test('do not change, and must leave room for the scores', () => {
    const board = withSeason(plan({ windows: ['hour'] }), 'winter', span);
    expect(() => withSeason(board, 'winter', { ...span, end: '2027-03-02T00:00:00Z' })).toThrow(
      /Seasons do not change/,
    );
    const wide = plan({ windows: ['hour'], max: 2 ** 40 });
    expect(() => withSeason(wide, 'winter', span)).toThrow(/leaves room for scores to ±68719476735 only/);
  });
});

describe('a sort key', () => {
  const kind = fc.constantFrom(...PERIODS);
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
          const key = viewOf(board, window).plan;
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
    for (const period of PERIODS) {
      for (const resolution of RESOLUTIONS) {
        const key = planFor('lower', spanOf(period), resolution);
        expect(stepsOf(key, 0, spanOf(period) - 1)).toBeLessThan(key.unit);
      }
    }
  });
});
