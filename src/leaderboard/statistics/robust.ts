import { meanOf } from '../moments.ts';

/**
 * The middle of integers and how far they lie from it, as fractions of exact integers: `median` over 2, `deviation` over `divisor`.
 */
export interface Center {
  readonly twiceMedian: bigint;
  /** Which absolute deviation from the median: their median, or where that is 0, their mean. */
  readonly measure: 'median' | 'mean';
  readonly deviation: bigint;
  readonly divisor: number;
}

/** Iglewicz and Hoaglin tried the method on samples of ten and more; of fewer nobody can say what is usual. */
export const SMALLEST_SAMPLE = 10;
/** |M| above this is an outlier, as they recommend. */
export const THRESHOLD = 3.5;

/**
 * Median and median absolute deviation (MAD) of sorted integers, ascending or descending, without another array: deviations are
 * met in order by walking from the middle to both sides. Where more than half of the values are equal the MAD is 0, and the mean
 * absolute deviation takes its place. Undefined when no value deviates. Exact while the values span less than 2^53.
 */
export function centerOf(sorted: Float64Array): Center | undefined {
  const { length } = sorted;
  if (length === 0) return undefined;
  const at = (index: number): number => sorted[index] as number;
  const low = (length - 1) >> 1;
  const high = length >> 1;
  const twiceMedian = BigInt(at(low)) + BigInt(at(high));
  const twice = (index: number): bigint => {
    const deviation = 2n * BigInt(at(index)) - twiceMedian;
    return deviation < 0n ? -deviation : deviation;
  };
  let left = low;
  let right = low + 1;
  let nearest = low;
  let before = 0n;
  for (let taken = 0; taken <= high; taken += 1) {
    const takesLeft = right >= length || (left >= 0 && Math.abs(at(low) - at(left)) <= Math.abs(at(right) - at(high)));
    nearest = takesLeft ? left-- : right++;
    if (taken === low) before = twice(nearest);
  }
  const mad = before + twice(nearest);
  if (mad > 0n) return { twiceMedian, measure: 'median', deviation: mad, divisor: 4 };
  // Σ|x − median| is what the values behind the middle exceed those before it by: the median itself cancels out.
  let sum = 0n;
  for (let index = 0; index < length >> 1; index += 1) sum += BigInt(at(length - 1 - index)) - BigInt(at(index));
  if (sum === 0n) return undefined;
  return { twiceMedian, measure: 'mean', deviation: sum < 0n ? -sum : sum, divisor: length };
}

/** Makes the deviations of normally distributed values comparable with their standard deviation. */
const FACTORS = { median: 0.6745, mean: 1 / 1.253314 };

/**
 * The modified z-score of a value, not rounded: 0.6745 (x − median) / MAD (B. Iglewicz and D. Hoaglin, How to Detect and Handle
 * Outliers, 1993); with the mean absolute deviation, (x − median) / (1.253314 MeanAD), as IBM SPSS has it.
 */
export function modifiedZ({ twiceMedian, measure, deviation, divisor }: Center, value: number): number {
  const distance = Number(2n * BigInt(value) - twiceMedian) / 2;
  return (FACTORS[measure] * distance) / (Number(deviation) / divisor);
}

/** Median and deviation as decimals, for values scaled by 10^decimals: exact, but that a mean has two decimals more than they. */
export function describeCenter(center: Center, decimals: number): { median: number; deviation: number } {
  const { twiceMedian, deviation, divisor } = center;
  return {
    median: meanOf({ count: 2, sum: twiceMedian }, decimals, decimals + 1),
    deviation: meanOf({ count: divisor, sum: deviation }, decimals, decimals + 2),
  };
}
