import { type Meaning, nanoseconds, UNKNOWN, value, valueNow } from '../cel/meaning.ts';
import { quantity } from '../fixers/resources.ts';
import { isMeaning, type Traced } from './traced.ts';

/** A number of the object or the policy as Kyverno calculates with it: texts are amounts, else durations. */
export function calculable(traced: Traced): Meaning {
  if (!isMeaning(traced)) return UNKNOWN;
  const now = valueNow(traced);
  if (typeof now !== 'string') return traced;
  const amount = quantity(now);
  if (amount === undefined && nanoseconds(now) === undefined) return UNKNOWN;
  const read: Meaning = { kind: 'quantity', of: traced, ...(amount === undefined ? { unit: 'duration' } : {}) };
  return traced.kind === 'value' ? value(valueNow(read) ?? null) : read;
}
