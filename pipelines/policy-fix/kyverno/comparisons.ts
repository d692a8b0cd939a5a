import type { Json } from '../../../src/manifest/json.ts';
import { compares } from '../cel/compares.ts';
import { nanoseconds } from '../cel/meaning.ts';
import { quantity } from '../fixers/resources.ts';
import { globs } from '../globs.ts';
import { nowOf } from './trace.ts';
import type { Traced } from './traced.ts';

/** Whether two values are the same, either of which may have wildcards. */
export const same = (a: Json | undefined, b: Json | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b) ||
  (a !== undefined && b !== undefined && globs(String(b), String(a))) ||
  (typeof a === 'string' && typeof b === 'string' && globs(a, b));

/** Whether two values stand as an operator says already. */
export function stand(operator: string, left: Traced, right: Traced): boolean {
  const [a, b] = [nowOf(left), nowOf(right)];
  if (a === undefined || b === undefined) return false;
  if (operator === '==' || operator === '!=') return (operator === '==') === same(a, b);
  const number = (json: Json): Json => quantity(json) ?? json;
  const times = [nanoseconds(a), nanoseconds(b)];
  const [one, other] = times.includes(undefined) ? [number(a), number(b)] : (times as number[]);
  return compares(operator, one as Json, other as Json) === true;
}

/** What has to hold for a condition with an operator of Kyverno's not to hold. */
export const OPPOSITES: Readonly<Record<string, string>> = {
  equals: '!=',
  equal: '!=',
  notequals: '==',
  notequal: '==',
  greaterthan: '<=',
  greaterthanorequals: '<',
  lessthan: '>=',
  lessthanorequals: '>',
};
