import { isObject, type Json } from '../../src/manifest/json.ts';

/** The keys that all maps of a list have. */
export function keysOfAll(list: readonly Json[]): string[] {
  const [first, ...others] = list.filter(isObject);
  return Object.keys(first ?? {}).filter((key) => others.every((other) => other[key] !== undefined));
}

/** Keys of which an item means what is usual where it says nothing (API reference: Toleration). */
const USUAL: Readonly<Record<string, string>> = { operator: 'value' };

/**
 * The keys that an item lacks beside the other maps of a list, all of which have them: without them it is only a part of one. A
 * value that stands beside no `operator` is compared for equality.
 */
export const lackingOf = (item: Json, list: readonly Json[]): string[] =>
  isObject(item)
    ? keysOfAll(list).filter((key) => item[key] === undefined && item[USUAL[key] ?? ''] === undefined)
    : [];
