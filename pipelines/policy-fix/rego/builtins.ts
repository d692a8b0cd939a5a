import { equalJson, isObject, type Json } from '../../../src/manifest/json.ts';
import { cidrContains, networkOf } from '../../../src/networks.ts';
import { summed, total } from '../cel/arithmetic.ts';
import { composedOf } from '../cel/composed.ts';
import { field, type Meaning, UNKNOWN, value, valueNow } from '../cel/meaning.ts';
import { gone } from '../cel/ways.ts';
import { compared, joined } from '../cel/wishes.ts';
import { globs } from '../globs.ts';
import { regexFits } from '../regex-fits.ts';
import type { Way } from '../wish.ts';
import { combined } from './combined.ts';
import { listOf, sizeOf } from './lists.ts';
import { nodesOf } from './nodes.ts';
import { BY_PATTERN, OF_TEXT, stripped } from './texts.ts';

/** `sprintf` of plain words and whole numbers. */
function formatted(format: string, args: readonly Meaning[]): Meaning {
  if (/%[^svd%]/.test(format)) return UNKNOWN;
  let next = 0;
  const parts = format
    .split(/(%[svd%])/)
    .filter((part) => part !== '')
    .map((part): Meaning => (/^%[svd]$/.test(part) ? (args[next++] ?? UNKNOWN) : value(part === '%%' ? '%' : part)));
  return next === args.length ? composedOf(parts) : UNKNOWN;
}

/** Two maps as one: of a place in the object that says nothing, what the first has counts. */
function united(a: Meaning, b: Meaning): Meaning {
  const [left, right] = [valueNow(a), valueNow(b)];
  if (listOf(a) && listOf(b)) return combined('|', a, b);
  const keys = [left, right].flatMap((map) => (isObject(map) ? Object.keys(map) : []));
  const known = [a, b].every(({ kind }) => kind !== 'unknown');
  const fields = [...new Set(keys)].map((key): [string, Meaning] => {
    const [first, second] = [field(a, key), field(b, key)];
    const fallback = valueNow(first);
    if (second.kind !== 'place' || second.value !== undefined) return [key, second.kind === 'unknown' ? first : second];
    return [key, fallback === undefined ? second : { ...second, fallback }];
  });
  return known ? { kind: 'map', fields: new Map(fields) } : UNKNOWN;
}

/** Functions that change how a list is held, not what is in it. */
const SAME = new Set(['sort', 'cast_array', 'cast_set', 'array.reverse']);

const isNumber = (text: string): boolean => /^-?\d+(?:\.\d+)?$/.test(text);

/** Functions that write the same thing otherwise: what they give still stands for the place. Undefined where they fail. */
const REWRITE: Readonly<Record<string, (now: Json, characters: string) => Json | undefined>> = {
  trim_space: (now) => (typeof now === 'string' ? now.trim() : undefined),
  trim: (now, characters) => (typeof now === 'string' ? stripped(now, characters, true, true) : undefined),
  to_number: (now) =>
    typeof now === 'string' ? (isNumber(now) ? Number(now) : undefined) : typeof now === 'boolean' ? Number(now) : now,
  format_int: (now) => (typeof now === 'number' ? String(Math.floor(now)) : undefined),
};

/** Functions of plain numbers. */
const OF_NUMBERS: Readonly<Record<string, (numbers: readonly number[]) => number>> = {
  sum: (numbers) => numbers.reduce((a, b) => a + b, 0),
  product: (numbers) => numbers.reduce((a, b) => a * b, 1),
  max: (numbers) => Math.max(...numbers),
  min: (numbers) => Math.min(...numbers),
  abs: ([first = 0]) => Math.abs(first),
  ceil: ([first = 0]) => Math.ceil(first),
  floor: ([first = 0]) => Math.floor(first),
  round: ([first = 0]) => Math.round(first),
};

/** Whole numbers from one to another; undefined for more than are worth listing. */
function range(from: Json | undefined, to: Json | undefined): Meaning {
  const MOST = 70_000;
  if (typeof from !== 'number' || typeof to !== 'number' || Math.abs(to - from) > MOST) return UNKNOWN;
  const step = to < from ? -1 : 1;
  return value(Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => from + i * step));
}

/** What a builtin that tests a text or a member looks at, and whether it holds. */
export interface Test {
  readonly holds: boolean | undefined;
  readonly place: Meaning;
  readonly pattern: string;
  /** The values that would do. */
  readonly list?: readonly Meaning[];
  /** Where these stand. */
  readonly of?: Meaning;
  /** The largest of the values that would do, of which another may be meant. */
  readonly widest?: string;
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
  'strings.any_prefix_match',
  'strings.any_suffix_match',
  'any',
  'all',
  'is_null',
  'object.subset',
  'is_string',
  'is_number',
  'is_boolean',
  'is_array',
  'is_object',
  'net.cidr_contains',
]);

const TYPES: Readonly<Record<string, (now: Json) => boolean>> = {
  is_string: (now) => typeof now === 'string',
  is_number: (now) => typeof now === 'number',
  is_boolean: (now) => typeof now === 'boolean',
  is_array: Array.isArray,
  is_object: isObject,
};

/** Whether any of some texts begins or ends with any of others. */
function anyMatch(name: string, first: Meaning, second: Meaning): Test {
  const texts = (meaning: Meaning): (Json | undefined)[] => listOf(meaning)?.map(valueNow) ?? [valueNow(meaning)];
  const [many, parts] = [texts(first), texts(second)];
  const told = [...many, ...parts].every((text) => typeof text === 'string');
  const prefix = name.includes('prefix');
  const fits = (text: string, part: string): boolean => (prefix ? text.startsWith(part) : text.endsWith(part));
  const holds = told ? many.some((text) => parts.some((part) => fits(String(text), String(part)))) : undefined;
  const patterns = parts.map((part) => (prefix ? `${part}*` : `*${part}`));
  return { holds, place: first, pattern: patterns.join('|') };
}

/** Ways of a place that must be null, or must not be. */
const nothing = (place: Meaning): Meaning => ({
  kind: 'condition',
  now: valueNow(place) === undefined ? undefined : valueNow(place) === null,
  ways: (want) =>
    place.kind !== 'place' ? [] : want ? gone(place) : [[{ kind: 'present', path: place.path, pattern: '' }]],
});

/** What has to hold for one map, list or set to have all of another: each of its keys with its value, each member. */
function partsHeld(whole: Meaning, part: Meaning): Meaning[] {
  const wanted = valueNow(part);
  if (isObject(wanted))
    return Object.entries(wanted).flatMap(([key, item]) => {
      const inner = field(whole, key);
      if (isObject(item)) return partsHeld(inner, field(part, key));
      const now = inner.kind === 'unknown' ? undefined : equalJson(valueNow(inner), item);
      return [{ kind: 'condition', now, ways: (want) => compared(want ? '==' : '!=', inner, value(item)) }];
    });
  const held = listOf(whole)?.map(valueNow);
  return (listOf(part) ?? [UNKNOWN]).map((item) => {
    const member = valueNow(item);
    const now = held && member !== undefined ? held.some((other) => equalJson(other, member)) : undefined;
    return { kind: 'condition', now, ways: (want) => (want && member !== undefined ? joined(whole, member) : []) };
  });
}

/** Whether a glob of `*` and `?` fits a text; undefined for one with more to it. */
const globFits = (pattern: string, text: string): boolean | undefined =>
  /[[\]{}\\]/.test(pattern) ? undefined : globs(pattern, text);

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
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type) {
    const now = valueNow(first);
    return { holds: now === undefined ? undefined : type(now), place: first, pattern: '' };
  }
  if (name === 'is_null') {
    const item = nothing(first);
    return {
      holds: item.kind === 'condition' ? item.now : undefined,
      place: UNKNOWN,
      pattern: '',
      conditions: { all: true, items: [item] },
    };
  }
  if (!second) return undefined;
  if (name === 'object.subset') {
    const items = partsHeld(first, second);
    const now = items.map((item) => valueNow(item));
    const holds = now.includes(false) ? false : now.includes(undefined) ? undefined : true;
    return { holds, place: UNKNOWN, pattern: '', conditions: { all: true, items } };
  }
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
  if (name === 're_match' || name === 'regex.match')
    return { holds: known ? regexFits(a, b) : undefined, place: second, pattern: text(a) };
  if (name === 'strings.any_prefix_match' || name === 'strings.any_suffix_match') return anyMatch(name, first, second);
  if (name === 'net.cidr_contains') {
    const holds = known ? cidrContains(a, b) : undefined;
    // Either of the two may stand in the object; which network is meant is for people to say.
    const place = second.kind === 'place' ? second : first;
    if (second.kind === 'place') return { holds, place, pattern: '', ...(typeof a === 'string' ? { widest: a } : {}) };
    // What is not there yet holds the one that has to be in it, and no more.
    const only = first.kind === 'place' && a === undefined && typeof b === 'string' ? networkOf(b) : undefined;
    return { holds, place, pattern: '', ...(only === undefined ? {} : { list: [value(only)] }) };
  }
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

/** What was taken out of a text, which still belongs to where the text stands. */
function partOf(of: Meaning, part: Json): Meaning {
  const text = valueNow(of);
  const within =
    of.kind === 'place' && typeof text === 'string'
      ? { path: of.path, text }
      : of.kind === 'value'
        ? of.within
        : undefined;
  return { kind: 'value', value: part, ...(within ? { within } : {}) };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** What a builtin gives for its arguments; those that are not read give something unknown. */
export function applied(name: string, args: readonly Meaning[]): Meaning {
  const [first, second] = args;
  if (name === 'set') return { kind: 'list', items: [] };
  if (!first) return UNKNOWN;
  if (name === 'walk') return { kind: 'list', items: nodesOf(first) };
  if (SAME.has(name)) return first;
  if (name === 'lower' || name === 'upper') return inCase(name, first);
  if (name === 'units.parse' || name === 'units.parse_bytes') return { kind: 'quantity', of: first };
  if (name === 'time.parse_duration_ns') return { kind: 'quantity', of: first, unit: 'duration' };
  if (name === 'object.keys') return keysOf(first);
  const [now, ...more] = args.map(valueNow);
  const rewrite = Object.hasOwn(REWRITE, name) ? REWRITE[name] : undefined;
  if (rewrite) {
    if (now === undefined) return first;
    const written = rewrite(now, String(more[0] ?? ''));
    if (written === undefined) return UNKNOWN;
    // A number that is reckoned of places of the object still is, as the same number.
    if (written === now && (first.kind === 'quantity' || first.kind === 'sum')) return first;
    const said = typeof now === 'string' && typeof written === 'number' ? { said: true as const } : {};
    return first.kind === 'place' ? { ...first, value: written, ...said } : partOf(first, written);
  }
  if (name === 'json.unmarshal') {
    const read = typeof now === 'string' ? parsed(now) : undefined;
    return read === undefined ? UNKNOWN : partOf(first, read);
  }
  const items = listOf(first);
  if (name === 'count') {
    const size = typeof now === 'string' ? [...now].length : sizeOf(first);
    return size === undefined ? UNKNOWN : value(size);
  }
  if (name === 'numbers.range') return range(now, more[0]);
  if (name === 'sum' && items && !items.every(({ kind }) => kind === 'value')) return total(items);
  const numeric = Object.hasOwn(OF_NUMBERS, name) ? OF_NUMBERS[name] : undefined;
  if (numeric) {
    const numbers = items ? items.map(valueNow) : [now];
    // The largest or smallest of some amounts is the one that has to change; other numbers are only reckoned with.
    const most = name === 'max' || name === 'min' ? numbers.indexOf(Math[name](...(numbers as number[]))) : -1;
    const item = most >= 0 ? items?.[most] : undefined;
    if (item?.kind === 'quantity') return item;
    return numbers.length > 0 && numbers.every((number) => typeof number === 'number')
      ? value(numeric(numbers))
      : UNKNOWN;
  }
  if (!second) return UNKNOWN;
  const parts = listOf(second) ?? [];
  if (name === 'semver.compare') {
    const version = (of: Meaning): Meaning => ({ kind: 'quantity', of, unit: 'version' });
    const order = summed('-', version(first), version(second));
    const now = valueNow(order);
    return order.kind === 'sum' && typeof now === 'number' ? { ...order, now: Math.sign(now) } : order;
  }
  if (name === 'array.concat') return { kind: 'list', items: [...(items ?? []), ...parts] };
  if (name === 'object.union') return united(first, second);
  const apart = Object.hasOwn(BY_PATTERN, name) ? BY_PATTERN[name] : undefined;
  if (apart) {
    const [of, words] = [args[apart.text] ?? UNKNOWN, args.map(valueNow)];
    const text = words[apart.text];
    const found = typeof text === 'string' && !words.includes(undefined) ? apart.give(text, words) : undefined;
    return found === undefined ? UNKNOWN : partOf(of, found);
  }
  if (typeof now !== 'string') return UNKNOWN;
  const part = Object.hasOwn(OF_TEXT, name) ? OF_TEXT[name] : undefined;
  if (part) {
    const found = more.includes(undefined) ? undefined : part(now, more);
    if (found === undefined) return UNKNOWN;
    return partOf(first, found);
  }
  if (name === 'sprintf') return formatted(now, parts);
  if (name !== 'concat') return UNKNOWN;
  const joined = listOf(second)?.flatMap((part, i) => (i === 0 ? [part] : [value(now), part]));
  return joined?.every((part) => typeof valueNow(part) === 'string') ? composedOf(joined) : UNKNOWN;
}

/** What a function of Rego's own gives that tests nothing. */
export function ofBuiltin(name: string, args: readonly Meaning[]): Meaning {
  const [first, second, third] = args;
  if (name === 'object.get' && first && second) {
    const keys = (listOf(second) ?? [second]).map(valueNow);
    if (!keys.every((key) => typeof key === 'string' || typeof key === 'number')) return UNKNOWN;
    const place = keys.reduce<Meaning>(field, first);
    const fallback = third && (third.kind === 'list' ? [] : valueNow(third));
    if (place.kind === 'place' && fallback !== undefined) return { ...place, fallback };
    return place.kind === 'unknown' && fallback !== undefined ? value(fallback) : place;
  }
  return applied(name, args);
}
