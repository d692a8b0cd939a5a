import { equalJson, isObject, type Json } from '../../../src/manifest/json.ts';

/** Whether a comparison of two values holds; undefined where they cannot be compared. */
export function compares(operator: string, a: Json, b: Json): boolean | undefined {
  if (operator === '==') return equalJson(a, b);
  if (operator === '!=') return !equalJson(a, b);
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return undefined;
  const [left, right] = [a as number, b as number];
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

/** What `type(x)` may be compared with. */
export const TYPES: Readonly<Record<string, (now: Json) => boolean>> = {
  int: Number.isInteger,
  double: (now) => typeof now === 'number' && !Number.isInteger(now),
  string: (now) => typeof now === 'string',
  bool: (now) => typeof now === 'boolean',
  list: Array.isArray,
  map: isObject,
};

/** Sets as CEL's extension has them: whether one holds all, or any, of another. */
export function setTest(
  name: string,
  has: readonly (Json | undefined)[],
  wanted: readonly (Json | undefined)[],
): boolean | undefined {
  if ([...has, ...wanted].includes(undefined)) return undefined;
  const within = (list: typeof has, item: Json | undefined): boolean => list.some((other) => equalJson(other, item));
  if (name === 'intersects') return wanted.some((item) => within(has, item));
  const all = wanted.every((item) => within(has, item));
  if (name === 'contains') return all;
  return name === 'equivalent' ? all && has.every((item) => within(wanted, item)) : undefined;
}
