import { isObject } from '../../../src/manifest/json.ts';
import { field, type Meaning, value, valueNow } from '../cel/meaning.ts';

/** More nodes than these are not walked. */
const MOST_NODES = 1_000;

/** Pairs of a path and what stands there, of a meaning and everything in it. */
export function nodesOf(of: Meaning): Meaning[] {
  const found: Meaning[] = [];
  const visit = (at: Meaning, path: readonly (string | number)[]): void => {
    if (found.length >= MOST_NODES) return;
    found.push({ kind: 'list', items: [value([...path]), at] });
    const now = valueNow(at);
    const keys = Array.isArray(now) ? now.keys() : isObject(now) ? Object.keys(now) : [];
    for (const key of keys) visit(field(at, key), [...path, key]);
  };
  visit(of, []);
  return found;
}
