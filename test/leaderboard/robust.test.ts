import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromScaled } from '../../src/leaderboard/score.ts';
import { histogramOf, MAX_BINS } from '../../src/leaderboard/statistics/histogram.ts';
import { centerOf, describeCenter, modifiedZ } from '../../src/leaderboard/statistics/robust.ts';

const integers = (reach: number) => fc.integer({ min: -reach, max: reach });
/** Samples of few different values, of any, at the ends of the exact range, and nearly all equal. */
const samples = fc.oneof(
  fc.array(integers(5), { minLength: 1, maxLength: 60 }),
  fc.array(integers(1_000_000), { minLength: 1, maxLength: 60 }),
  fc.array(integers(Number.MAX_SAFE_INTEGER), { minLength: 1, maxLength: 20 }),
  fc.array(fc.integer({ min: Number.MAX_SAFE_INTEGER - 40, max: Number.MAX_SAFE_INTEGER }), {
    minLength: 1,
    maxLength: 20,
  }),
  fc
    .tuple(fc.array(fc.constant(7), { minLength: 3, maxLength: 30 }), integers(1000))
    .map(([same, odd]) => [...same, odd]),
);

function ordered(values: readonly number[], descending: boolean): Float64Array {
  const sorted = Float64Array.from(values).sort();
  return descending ? sorted.reverse() : sorted;
}

/** Twice the median of doubled values, so that it is an integer. */
function naiveTwiceMedian(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return (sorted[(sorted.length - 1) >> 1] as bigint) + (sorted[sorted.length >> 1] as bigint);
}

describe('the histogram', () => {
  test('has at most twenty bins of one nice width without gaps, whose counts are those of a plain loop', () => {
    fc.assert(
      fc.property(samples, fc.boolean(), (values, descending) => {
        const histogram = histogramOf(ordered(values, descending), 0);
        if (histogram === undefined) throw new Error('there are values');
        const { width, bins } = histogram;
        expect(String(width)).toMatch(/^(1|2|5)(0*|e\+\d+)$/);
        expect(bins.length).toBeLessThanOrEqual(MAX_BINS);
        let from = BigInt(bins[0]?.from as number);
        expect(from % BigInt(width)).toBe(0n);
        for (const bin of bins) {
          expect(BigInt(bin.from)).toBe(from);
          from += BigInt(width);
          expect(BigInt(bin.to)).toBe(from);
          expect(bin.count).toBe(values.filter((value) => value >= bin.from && value < bin.to).length);
        }
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
        expect(bins[0]?.count).toBeGreaterThan(0);
        expect(bins.at(-1)?.count).toBeGreaterThan(0);
      }),
    );
  });

  test('has exact edges with decimals', () => {
    const scores = Float64Array.from({ length: 1000 }, (_, i) => 4800 + i);
    const histogram = histogramOf(scores, 2);
    // IQR 500, ∛1000 = 10: bins of 100 hundredths.
    expect(histogram?.width).toBe(1);
    expect(histogram?.bins.map(({ from }) => from)).toEqual([48, 49, 50, 51, 52, 53, 54, 55, 56, 57]);
    const narrow = histogramOf(Float64Array.of(10, 20, 30), 2);
    expect(narrow?.bins.every(({ from, to }) => [from, to].every((edge) => /^\d+(\.\d\d?)?$/.test(String(edge))))).toBe(
      true,
    );
    expect(histogramOf(new Float64Array(0), 0)).toBeUndefined();
    expect(histogramOf(Float64Array.of(-3), 0)).toEqual({ width: 1, bins: [{ from: -3, to: -2, count: 1 }] });
  });
});

describe('median and deviation', () => {
  test('are those of a naive computation with integers of any size', () => {
    fc.assert(
      fc.property(samples, fc.boolean(), (values, descending) => {
        const exact = values.map(BigInt);
        const twiceMedian = naiveTwiceMedian(exact);
        const deviations = exact.map((value) =>
          2n * value > twiceMedian ? 2n * value - twiceMedian : twiceMedian - 2n * value,
        );
        const mad = naiveTwiceMedian(deviations);
        const sum = deviations.reduce((total, deviation) => total + deviation, 0n);
        const center = centerOf(ordered(values, descending));
        if (sum === 0n) {
          expect(center).toBeUndefined();
          return;
        }
        const [measure, numerator, divisor] = mad > 0n ? ['median', mad, 4] : ['mean', sum / 2n, values.length];
        // Beyond 2^53 deviations that round to the same double may be taken for equal.
        const spans = Math.max(...values) - Math.min(...values) > Number.MAX_SAFE_INTEGER;
        expect(center).toMatchObject({ twiceMedian, measure, divisor });
        const off = (center?.deviation as bigint) - (numerator as bigint);
        expect(off >= (spans ? -8n : 0n) && off <= (spans ? 8n : 0n)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('are said exactly with decimals', () => {
    const center = centerOf(Float64Array.of(4800, 4805, 4811, 4890));
    if (center === undefined) throw new Error('the values differ');
    // Median 48.08; deviations 0.08, 0.03, 0.03, 0.82: their median is 0.055.
    expect(describeCenter(center, 2)).toEqual({ median: 48.08, deviation: 0.055 });
    expect(modifiedZ(center, 4890)).toBeCloseTo((0.6745 * 0.82) / 0.055, 10);
    expect(fromScaled(4808, 2)).toBe(48.08);
  });

  test('where more than half are equal, the mean deviation takes the place of the MAD', () => {
    const center = centerOf(Float64Array.of(7, 7, 7, 7, 7, 7, 7, 7, 7, 107));
    expect(center).toEqual({ twiceMedian: 14n, measure: 'mean', deviation: 100n, divisor: 10 });
    if (center !== undefined) expect(modifiedZ(center, 107)).toBeCloseTo(100 / (1.253314 * 10), 10);
  });
});
