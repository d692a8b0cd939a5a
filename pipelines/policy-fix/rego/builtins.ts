import { equalJson, isObject, type Json } from '../../../src/manifest/json.ts';
import { itemsOf, type Meaning, UNKNOWN, valueNow } from '../cel/resolve.ts';
import { alike, gone, joined } from '../cel/wishes.ts';
import type { Way } from '../wish.ts';

export const value = (json: Json): Meaning => ({ kind: 'value', value: json });

/** The items of a list or set; undefined for a map and for what is none. */
export const listOf = (meaning: Meaning): readonly Meaning[] | undefined =>
  isObject(valueNow(meaning)) ? undefined : itemsOf(meaning);

/** `sprintf` of plain words and whole numbers. */
function formatted(format: string, args: readonly Meaning[]): Meaning {
  const words = args.map(valueNow);
  if (words.some((word) => typeof word !== 'string' && !Number.isInteger(word))) return UNKNOWN;
  let next = 0;
  const text = format.replaceAll(/%[svd%]/g, (verb) => (verb === '%%' ? '%' : String(words[next++] ?? '')));
  return next === words.length && !/%[^svd%]/.test(format) ? value(text) : UNKNOWN;
}

/** Sets of more than this many pairs are not compared: hostile code is given up. */
const MOST_PAIRS = 100_000;

/** Difference, intersection and union of sets. */
export function combined(operator: string, a: Meaning, b: Meaning): Meaning {
  const [left, right] = [listOf(a), listOf(b)];
  if (!left || !right) return UNKNOWN;
  const among = (item: Meaning, list: readonly Meaning[]): boolean =>
    list.some((other) => equalJson(valueNow(other), valueNow(item)));
  if (operator === '|') return { kind: 'list', items: [...left, ...right] };
  if (left.length * right.length > MOST_PAIRS) return UNKNOWN;
  if (operator === '-') {
    const items = left.filter((item) => !among(item, right));
    // What is written down has to get into the second, what stands in the object has to go.
    const emptied = (item: Meaning): Way[] => (item.kind === 'value' ? joined(b, item.value) : gone(item));
    const filled = (some: boolean): Way[] => (some ? [] : alike(items.map(emptied)));
    return { kind: 'list', items, filled, set: true };
  }
  return operator === '&' ? { kind: 'list', items: left.filter((item) => among(item, right)) } : UNKNOWN;
}

/** Functions that change how a value is written, not which it is. */
const SAME = new Set(['to_number', 'trim', 'trim_space', 'format_int', 'sort', 'cast_array', 'cast_set']);

/** What a builtin that tests a text or a member looks at, and whether it holds. */
export interface Test {
  readonly holds: boolean | undefined;
  readonly place: Meaning;
  readonly pattern: string;
  /** The values that would do. */
  readonly list?: readonly Meaning[];
  /** Where these stand. */
  readonly of?: Meaning;
  /** Conditions of which any, or all, have to hold. */
  readonly conditions?: { readonly all: boolean; readonly items: readonly Meaning[] };
}

/** The names of such builtins. */
export const TESTS = new Set([
  'in',
  'startswith',
  'endswith',
  'contains',
  're_match',
  'regex.match',
  'glob.match',
  'any',
  'all',
]);

/** Whether a glob of `*` and `?` fits a text; undefined for one with more to it. */
function globFits(pattern: string, text: string): boolean | undefined {
  if (/[[\]{}\\]/.test(pattern) || pattern.length > 200 || pattern.split('*').length > 5) return undefined;
  const source = pattern
    .replaceAll(/[.+^$()|]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/** A builtin that tests a text or a member, for given arguments; undefined for other functions, and for a policy's own. */
export function tested(name: string, args: readonly Meaning[], own = false): Test | undefined {
  const [first, second, third] = args;
  if (!first || own) return undefined;
  if (name === 'any' || name === 'all') {
    const items = listOf(first);
    const now = items?.map(valueNow).map((item) => (typeof item === 'boolean' ? item : undefined));
    const all = name === 'all';
    const holds = now?.includes(!all) ? !all : !now || now.includes(undefined) ? undefined : all;
    return { holds, place: UNKNOWN, pattern: '', conditions: { all, items: items ?? [] } };
  }
  if (!second) return undefined;
  const [a, b] = [valueNow(first), valueNow(second)];
  const text = (part: Json | undefined): string => (typeof part === 'string' ? part : '');
  if (name === 'in') {
    const items = listOf(second) ?? (isObject(b) ? Object.values(b).map(value) : undefined);
    const nowhere = second.kind === 'place' && b === undefined;
    const held = a === undefined || !items ? undefined : items.some((item) => equalJson(valueNow(item), a));
    return { holds: nowhere ? false : held, place: first, pattern: '', list: items ?? [], of: second };
  }
  const known = typeof a === 'string' && typeof b === 'string';
  if (name === 'startswith')
    return { holds: known ? a.startsWith(b) : undefined, place: first, pattern: `${text(b)}*` };
  if (name === 'endswith') return { holds: known ? a.endsWith(b) : undefined, place: first, pattern: `*${text(b)}` };
  if (name === 'contains') return { holds: known ? a.includes(b) : undefined, place: first, pattern: `*${text(b)}*` };
  if (name === 're_match' || name === 'regex.match') return { holds: undefined, place: second, pattern: text(a) };
  if (name === 'glob.match' && third) {
    const c = valueNow(third);
    const holds = typeof a === 'string' && typeof c === 'string' ? globFits(a, c) : undefined;
    return { holds, place: third, pattern: text(a) };
  }
  return undefined;
}

/** The keys of a map, each with its place. */
function keysOf(map: Meaning): Meaning {
  const now = valueNow(map);
  const path = map.kind === 'place' ? map.path : undefined;
  if (!isObject(now) && (!path || now !== undefined)) return UNKNOWN;
  const items = Object.keys(now ?? {}).map(
    (key): Meaning => (path ? { kind: 'place', path: [...path, key], value: key, key: true } : value(key)),
  );
  const gains = (member: Json): Way[] =>
    path && typeof member === 'string' ? [[{ kind: 'present', path: [...path, member], pattern: '' }]] : [];
  return { kind: 'list', items, gains, set: true };
}

/** A text in lower or upper case, still in its place. */
function inCase(name: 'lower' | 'upper', text: Meaning): Meaning {
  const now = valueNow(text);
  const written = typeof now === 'string' ? (name === 'lower' ? now.toLowerCase() : now.toUpperCase()) : now;
  if (text.kind === 'place') return { ...text, ...(written === undefined ? {} : { value: written }), cased: true };
  return written === undefined ? UNKNOWN : value(written);
}

/** What a builtin gives for its first arguments; those that are not read give something unknown. */
export function applied(name: string, first: Meaning | undefined, second: Meaning | undefined): Meaning {
  if (name === 'set') return { kind: 'list', items: [] };
  if (!first) return UNKNOWN;
  if (SAME.has(name)) return first;
  if (name === 'lower' || name === 'upper') return inCase(name, first);
  if (name === 'units.parse' || name === 'units.parse_bytes') return { kind: 'quantity', of: first };
  if (name === 'object.keys') return keysOf(first);
  const items = listOf(first);
  if (name === 'count') return items ? value(items.length) : UNKNOWN;
  if (!second) return UNKNOWN;
  const parts = listOf(second) ?? [];
  if (name === 'array.concat') return { kind: 'list', items: [...(items ?? []), ...parts] };
  const [a, b] = [valueNow(first), valueNow(second)];
  if (typeof a !== 'string') return UNKNOWN;
  if (name === 'split' && typeof b === 'string') return value(a.split(b));
  if (name === 'sprintf') return formatted(a, parts);
  if (name !== 'concat') return UNKNOWN;
  const words = listOf(second)?.map(valueNow);
  return words?.every((word) => typeof word === 'string') ? value(words.join(a)) : UNKNOWN;
}
