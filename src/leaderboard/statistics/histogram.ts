import { z } from 'zod';
import { fromScaled } from '../score.ts';

/** Entries by score, in bins of one width, ascending; every score lies in one. */
export const Histogram = z.object({
  width: z.number().describe('Width of every bin: 1, 2 or 5 times a power of ten'),
  bins: z
    .array(
      z.object({
        from: z.number().describe('Lowest score of the bin'),
        to: z.number().describe('Scores of the bin are below this'),
        count: z.number().int().describe('Entries in the bin'),
      }),
    )
    .describe('At most 20, ascending, without gaps; their counts add up to all entries'),
});
export type Histogram = z.infer<typeof Histogram>;

export const MAX_BINS = 20;

/**
 * The histogram of scaled scores in order (ascending, or descending); undefined of none. The width is the one of D. Freedman and
 * P. Diaconis (On the histogram as a density estimator, 1981), 2·IQR / ∛n, made larger to the next "nice number" (P. Heckbert,
 * Nice Numbers for Graph Labels, in Graphics Gems, 1990: 1, 2 or 5 times a power of ten) until {@link MAX_BINS} bins reach over
 * all scores. Edges are multiples of the width and exact integers.
 */
export function histogramOf(sorted: Float64Array, decimals: number): Histogram | undefined {
  const count = sorted.length;
  if (count === 0) return undefined;
  const descending = (sorted[0] as number) > (sorted[count - 1] as number);
  const at = (index: number): number => sorted[descending ? count - 1 - index : index] as number;
  const { width, first, bins } = binsFor(at, count);
  const edges = Array.from({ length: bins + 1 }, (_, index) => (first + BigInt(index)) * width);
  const below = edges.map((edge, index) => (index === bins ? count : firstFrom(at, count, Number(edge))));
  return {
    width: fromScaled(width, decimals),
    bins: edges.slice(0, -1).map((edge, index) => ({
      from: fromScaled(edge, decimals),
      to: fromScaled(edge + width, decimals),
      count: (below[index + 1] as number) - (below[index] as number),
    })),
  };
}

interface Bins {
  readonly width: bigint;
  /** Number of the first bin: its lower edge divided by the width. */
  readonly first: bigint;
  readonly bins: number;
}

function binsFor(at: (index: number) => number, count: number): Bins {
  const quartile = (share: number): number => at(Math.max(1, Math.ceil(count * share)) - 1);
  const wanted = (2 * (quartile(0.75) - quartile(0.25))) / Math.cbrt(count);
  const [lowest, highest] = [BigInt(at(0)), BigInt(at(count - 1))];
  for (let power = 1n; ; power *= 10n) {
    for (const digit of [1n, 2n, 5n]) {
      const width = digit * power;
      if (Number(width) < wanted) continue;
      const first = floorDivide(lowest, width);
      const bins = Number(floorDivide(highest, width) - first) + 1;
      // The outermost edges may lie beyond the last integers that have a double of their own.
      const exact = [first * width, (first + BigInt(bins)) * width].every((edge) => BigInt(Number(edge)) === edge);
      if (bins <= MAX_BINS && exact) return { width, first, bins };
    }
  }
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}

/** How many of the ascending scores lie below an edge. */
function firstFrom(at: (index: number) => number, count: number, edge: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(middle) < edge) low = middle + 1;
    else high = middle;
  }
  return low;
}
