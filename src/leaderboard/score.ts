/**
 * Scores as exact integers. A board with `decimals: 2` keeps 12.34 as 1234: sums of binary fractions drift (0.1 ten times
 * is not 1), sums of integers do not.
 */

/** Every integer up to here has a double of its own, in JavaScript, in Lua and in a Redis sorted set. */
const INTEGERS = Number.MAX_SAFE_INTEGER;
/** A decimal number of up to 15 significant digits survives the way through a double and back; one of 16 may not. */
const FIFTEEN_DIGITS = 999_999_999_999_999;

export const MAX_DECIMALS = 6;

/** The largest magnitude that a board with so many decimals can keep exactly, as a scaled integer. */
export function exactLimit(decimals: number): number {
  return decimals === 0 ? INTEGERS : FIFTEEN_DIGITS;
}

/** A score as a scaled integer, or why it cannot be one without loss. */
export function toScaled(score: number, decimals: number): number | string {
  // What most boards get, and what needs no look at its digits.
  if (decimals === 0 && Number.isSafeInteger(score)) return score + 0;
  if (!Number.isFinite(score)) return 'must be a finite number';
  const limit = exactLimit(decimals);
  // Of two decimal numbers of up to 15 digits no more than one is read as this double: one that is found is the one meant.
  const near = Math.round(score * 10 ** decimals);
  if (Math.abs(near) <= FIFTEEN_DIGITS && near / 10 ** decimals === score) return near + 0;
  // String() writes an exponent from 1e21 on, and below 1e-6, which is finer than any board keeps.
  const parts = /^(-?\d+)(?:\.(\d+))?$/.exec(String(score));
  if (parts === null) {
    return Math.abs(score) < 1 ? tooFine(decimals) : `is beyond ±${fromScaled(limit, decimals)}, the exact range`;
  }
  const [, whole = '', fraction = ''] = parts;
  if (fraction.length > decimals) return tooFine(decimals);
  const scaled = Number(whole + fraction.padEnd(decimals, '0'));
  if (Math.abs(scaled) > limit) return `is beyond ±${fromScaled(limit, decimals)}, the exact range`;
  return scaled === 0 ? 0 : scaled;
}

function tooFine(decimals: number): string {
  return decimals === 0
    ? 'must be an integer: the board declares no decimals'
    : `has more than the ${decimals} decimal${decimals === 1 ? '' : 's'} that the board declares`;
}

/** The score that a scaled integer stands for; within {@link exactLimit} nothing is lost. */
export function fromScaled(scaled: number | bigint, decimals: number): number {
  // A quotient of two exact doubles is rounded once, as the decimal text is when it is read. `+ 0` turns -0 into 0.
  if (Number.isSafeInteger(scaled)) return (scaled as number) / 10 ** decimals + 0;
  return Number(decimalText(BigInt(scaled), decimals));
}

/** A scaled integer as decimal text, such as `-0.05` for -5 with two decimals. */
export function decimalText(scaled: bigint, decimals: number): string {
  if (decimals === 0) return String(scaled);
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(decimals + 1, '0');
  return `${scaled < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
