import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkEvents, MAX_SKEW_MS } from '../../src/leaderboard/events.ts';
import { deviationOf, meanOf, momentsOf, squareRoot } from '../../src/leaderboard/moments.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { decimalText, exactLimit, fromScaled, toScaled } from '../../src/leaderboard/score.ts';

describe('a score', () => {
  test('of any exact decimal comes back unchanged', () => {
    const decimals = fc.integer({ min: 0, max: 6 });
    const cases = decimals.chain((d) => {
      const limit = exactLimit(d);
      return fc.tuple(
        fc.constant(d),
        fc.oneof(
          fc.maxSafeInteger().map((n) => n % (limit + 1)),
          fc.constantFrom(limit, -limit, 1, -1, 0),
        ),
      );
    });
    fc.assert(
      fc.property(cases, ([d, scaled]) => {
        const text = decimalText(BigInt(scaled), d);
        // Through JSON, as it comes and goes.
        expect(toScaled(JSON.parse(text), d)).toBe(scaled + 0);
        expect(JSON.stringify(fromScaled(scaled, d))).toBe(JSON.stringify(Number(text)));
      }),
      { numRuns: 2000 },
    );
  });

  test('of any double is taken just when its shortest decimal text fits', () => {
    const near = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 8 })).map(([n, places]) => n / 10 ** places);
    const score = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), near);
    fc.assert(
      fc.property(score, fc.integer({ min: 0, max: 6 }), (value, decimals) => {
        const scaled = toScaled(value, decimals);
        const [, whole = '', fraction = ''] = /^(-?\d+)(?:\.(\d+))?$/.exec(String(value)) ?? [];
        const exact = BigInt(whole + fraction.padEnd(decimals, '0'));
        const fits =
          whole !== '' &&
          fraction.length <= decimals &&
          exact <= exactLimit(decimals) &&
          -exact <= exactLimit(decimals);
        if (fits) expect(scaled).toBe(Number(exact));
        else expect(scaled).toBeTypeOf('string');
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    [0.1, 0, /must be an integer/],
    [0.125, 2, /more than the 2 decimals/],
    [1e-7, 6, /more than the 6 decimals/],
    [2 ** 53, 0, /beyond ±9007199254740991/],
    [Number('9007199254740993'), 0, /beyond/],
    [1e21, 0, /beyond/],
    [1e13, 2, /beyond ±9999999999999.99/],
    [Number.POSITIVE_INFINITY, 0, /finite/],
    [Number.NaN, 0, /finite/],
  ])('%d with %i decimals is refused', (score, decimals, message) =>
    expect(toScaled(score, decimals)).toMatch(message),
  );
});

describe('mean and deviation', () => {
  test('are exact where floating point cancels out', () => {
    const moments = momentsOf([9_007_199_254_740_990, 9_007_199_254_740_991, 9_007_199_254_740_989]);
    expect(meanOf(moments, 0, 2)).toBe(9_007_199_254_740_990);
    // √(2/3)
    expect(deviationOf(moments, 0, 6)).toBe(0.816497);
  });

  test('agree with floating point where that is good enough', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -10_000, max: 10_000 }), { minLength: 1 }), (scaled) => {
        const values = scaled.map((n) => n / 100);
        const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
        const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
        expect(meanOf(momentsOf(scaled), 2, 4)).toBeCloseTo(mean, 3);
        expect(deviationOf(momentsOf(scaled), 2, 4)).toBeCloseTo(deviation, 3);
      }),
    );
  });

  test('round half away from zero', () => {
    expect(meanOf(momentsOf([1, 2]), 0, 0)).toBe(2);
    expect(meanOf(momentsOf([-1, -2]), 0, 0)).toBe(-2);
    expect(deviationOf(momentsOf([1, 2]), 0, 0)).toBe(1);
  });

  test('the integer root is the largest whose square fits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 200n }), (n) => {
        const root = squareRoot(n);
        expect(root * root <= n && (root + 1n) * (root + 1n) > n).toBe(true);
      }),
    );
  });
});

describe('an event', () => {
  const now = Date.parse('2026-11-24T00:00:00Z');
  const board = planBoard('b', { operator: 'best', min: 0, max: 100, decimals: 1 }, new Date(now).toISOString());
  const good = { player: 'ada', score: 1.5, time: '2026-11-23T10:00:00.123+01:00' };
  const check = (more: object) => checkEvents(board, [{ ...good, ...more }], now);

  test('becomes scaled and timed', () => {
    expect(check({})).toEqual({ players: ['ada'], scores: [15], times: [Date.parse('2026-11-23T09:00:00.123Z')] });
  });

  test.each([
    ['player', { player: '' }, /Too small|at least|small/i],
    ['player', { player: 'a\u0000b' }, /control characters/],
    ['player', { player: 'a\nb' }, /control characters/],
    ['player', { player: '\ud800' }, /well-formed/],
    ['player', { player: '鬼'.repeat(43) }, /128 bytes/],
    ['player', { player: 7 }, /string/],
    ['score', { score: undefined }, /is missing/],
    ['score', { score: '1' }, /number/],
    ['score', { score: 100.1 }, /must be from 0 to 100/],
    ['score', { score: -0.1 }, /must be from 0 to 100/],
    ['time', { time: '2026-11-23' }, /.+/],
    ['time', { time: '2026-11-23T10:00:00' }, /.+/],
    ['time', { time: '2014-12-31T23:59:59Z' }, /2015 to 2044/],
    ['time', { time: new Date(now + MAX_SKEW_MS + 1).toISOString() }, /in the future/],
    ['', { extra: 1 }, /extra/],
  ])('is refused for its %s: %j', (field, more, message) => {
    const path = field === '' ? '/0' : `/0/${field}`;
    const issue = expect.objectContaining({ path, message: expect.stringMatching(message) });
    expect(() => check(more)).toThrow(expect.objectContaining({ code: 'invalid-input', issues: [issue] }));
  });

  test('may be as long and as late as is allowed', () => {
    expect(check({ player: '鬼'.repeat(42), time: new Date(now + MAX_SKEW_MS).toISOString() }).players).toHaveLength(1);
  });

  test('of a counting board has no score', () => {
    const counting = planBoard('c', { operator: 'count' }, new Date(now).toISOString());
    const { score: _, ...rest } = good;
    expect(checkEvents(counting, [rest], now).scores).toEqual([1]);
    expect(() => checkEvents(counting, [good], now)).toThrow(/counts events/);
  });

  test('that is bad is among the first twenty named, and all are counted', () => {
    const many = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? good : { ...good, score: -1 }));
    try {
      checkEvents(board, many, now);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ message: expect.stringMatching(/^25 of 50 events.*The first: \/1\/score/) });
      expect((error as { issues: unknown[] }).issues).toHaveLength(20);
    }
  });
});
