import { decimalText } from './score.ts';

/** Number, sum and sum of squares of scaled scores: exact, because they are integers of any size. */
export interface Moments {
  readonly count: number;
  readonly sum: bigint;
  readonly squares: bigint;
}

export function momentsOf(scores: Iterable<number>): Moments {
  let count = 0;
  let sum = 0n;
  let squares = 0n;
  for (const score of scores) {
    const exact = BigInt(score);
    count += 1;
    sum += exact;
    squares += exact * exact;
  }
  return { count, sum, squares };
}

/** Σx / n, rounded half away from zero to `places` decimals, for scores scaled by 10^decimals. `count` is above 0. */
export function meanOf({ count, sum }: Pick<Moments, 'count' | 'sum'>, decimals: number, places: number): number {
  return Number(
    decimalText(divideRounded(sum * 10n ** BigInt(places), BigInt(count) * 10n ** BigInt(decimals)), places),
  );
}

/**
 * The standard deviation of the whole population, √(nΣx² − (Σx)²) / n, rounded to `places` decimals. Integers all the
 * way, so nothing cancels out as it does in floating point when the mean is large.
 */
export function deviationOf({ count, sum, squares }: Moments, decimals: number, places: number): number {
  const n = BigInt(count);
  // ⌊2x⌋ of x = √v × 10^places / (n × 10^decimals): the root of a floor is the floor of the root. Half of that, rounded, is x
  // rounded.
  const variance = (n * squares - sum * sum) * 10n ** BigInt(2 * places);
  const divisor = n * 10n ** BigInt(decimals);
  const twice = squareRoot((4n * variance) / (divisor * divisor));
  return Number(decimalText((twice + 1n) / 2n, places));
}

/** ⌊√value⌋ by Newton's method from above. */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const half = dividend < 0n ? -divisor / 2n : divisor / 2n;
  return (dividend + half) / divisor;
}
