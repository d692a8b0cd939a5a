import { type Meaning, valueNow } from '../cel/meaning.ts';
import { sizeOf } from './lists.ts';

/** Whether a list is, or is not, `[]`; undefined for any other comparison. */
export function comparedWithNothing(operator: string, a: Meaning, b: Meaning): boolean | undefined {
  const [left, right] = [sizeOf(a), sizeOf(b)];
  if (left === undefined || right === undefined || (left > 0 && right > 0)) return undefined;
  return operator === '==' ? left === right : operator === '!=' ? left !== right : undefined;
}

/** Whether a value makes a condition hold; a place where nothing stands does not. */
export function isTrue(meaning: Meaning): boolean | undefined {
  const now = valueNow(meaning);
  return now === undefined ? (meaning.kind === 'place' ? false : undefined) : now !== false;
}

/** Whether nothing stands in a place of the object. */
export const isAbsent = (meaning: Meaning): boolean => meaning.kind === 'place' && valueNow(meaning) === undefined;

/** What has a value that is not understood; what has none makes a condition fail. */
export const isUntold = (meaning: Meaning): boolean =>
  meaning.kind === 'unknown' ||
  meaning.kind === 'map' ||
  (meaning.kind === 'quantity' && valueNow(meaning.of) !== undefined);

export const any = (verdicts: readonly (boolean | undefined)[]): boolean | undefined =>
  verdicts.includes(true) ? true : verdicts.includes(undefined) ? undefined : false;
