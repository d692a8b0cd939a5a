import { summed } from '../cel/arithmetic.ts';
import { type Meaning, UNKNOWN, valueNow } from '../cel/meaning.ts';
import { combined } from './combined.ts';
import { listOf } from './lists.ts';

/** What an operator makes of two numbers or two sets; unknown for anything else. */
export function added(operator: string, left: Meaning, right: Meaning): Meaning {
  if (listOf(left) && listOf(right)) return combined(operator, left, right);
  const isNumeric = [left, right].every((side) => ['number', 'undefined'].includes(typeof valueNow(side)));
  return isNumeric ? summed(operator, left, right) : UNKNOWN;
}
