import { equalJson, isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { nanoseconds } from '../cel/meaning.ts';
import {
  defaultAt,
  endsWork,
  FIRST_OF_PEOPLE,
  isAmount,
  isEdgeOfTime,
  isForever,
  isId,
  keepsThings,
  oldestTaken,
  strictestOf,
} from '../defaults.ts';
import { append, applyEdits, type Edit, type Path, remove, set } from '../edits.ts';
import { quantity } from '../fixers/resources.ts';
import { globs } from '../globs.ts';
import { keysOfAll, lackingOf } from '../items.ts';
import { isNever, pathOfWish, type Wish } from '../wish.ts';

const ANCHOR = /^([=+^<X]?)\((.*)\)$/;

/** `>=1`, `!latest`, `1-5` and outside of it `1!-5`, `?*`: the operators as Kyverno documents them. */
const BOUND = /^(>=|<=|>|<)\s*(.+)$/;
const RANGE = /^(\d+(?:\.\d+)?[a-zA-Z]*)(!?)-(\d+(?:\.\d+)?[a-zA-Z]*)$/;

const split = (pattern: string, by: string): string[] => pattern.split(by).map((part) => part.trim());

function compare(operator: string, a: number, b: number): boolean {
  if (operator === '>=') return a >= b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a < b;
}

/** Two values as numbers, as Kyverno compares them: durations where both are, else quantities. */
function sizes(a: Json | undefined, b: Json | undefined): readonly [number | undefined, number | undefined] {
  const times = [nanoseconds(a), nanoseconds(b)] as const;
  return times.includes(undefined) ? [quantity(a), quantity(b)] : times;
}

const compares = (operator: string, a: Json | undefined, b: Json | undefined): boolean => {
  const [one, other] = sizes(a, b);
  return one !== undefined && other !== undefined && compare(operator, one, other);
};

const isSize = (text: string): boolean => quantity(text) !== undefined || nanoseconds(text) !== undefined;

/** Whether one term of a pattern takes a value. */
function takes(term: string, current: Json | undefined): boolean {
  if (current === undefined || current === null || typeof current === 'object') return false;
  const text = String(current);
  const [, low, not, high] = RANGE.exec(term) ?? [];
  if (low !== undefined && high !== undefined && isSize(text)) {
    const inside = compares('>=', current, low) && compares('<=', current, high);
    return not === '!' ? !inside : inside;
  }
  const [, operator, bound] = BOUND.exec(term) ?? [];
  if (operator !== undefined) return compares(operator, current, bound);
  if (term.startsWith('!')) return !takes(term.slice(1).trim(), current);
  const [size, number] = sizes(term, current);
  return globs(term, text) || (size !== undefined && size === number);
}

/** Whether a pattern of operators, `&` and `|` takes a value. */
export const accepts = (pattern: string, current: Json | undefined): boolean =>
  split(pattern, '|').some((alternative) => split(alternative, '&').every((term) => takes(term, current)));

/** A number or quantity as the pattern writes it. */
const written = (text: string): Json => (/^\d+(?:\.\d+)?$/.test(text) ? Number(text) : text);

/** The value of a range or bound that is nearest to the present one; undefined for other terms. */
export const nearestInside = (term: string, current: Json | undefined): Json | undefined =>
  RANGE.test(term) ? nearest(term, current) : undefined;

/** The whole number next to the present one that lies outside of a range; what would be nothing or less is none. */
function beyond(low: string, high: string, current: Json | undefined): number | undefined {
  if (!/^\d+$/.test(low) || !/^\d+$/.test(high)) return undefined;
  const [below, above] = [Number(low) - 1, Number(high) + 1];
  return typeof current === 'number' && below > 0 && current - below < above - current ? below : above;
}

/** The value nearest to the present one that a term takes, if it names one. */
function nearest(term: string, current: Json | undefined): Json | undefined {
  const [, low, not, high] = RANGE.exec(term) ?? [];
  if (low !== undefined && high !== undefined) {
    return not === '!' ? beyond(low, high, current) : written(compares('>', current, high) ? high : low);
  }
  const [, operator, bound] = BOUND.exec(term) ?? [];
  if (operator !== undefined && bound !== undefined) {
    if (operator === '>=' || operator === '<=') return isSize(bound) ? written(bound) : undefined;
    return /^\d+$/.test(bound) ? Number(bound) + (operator === '>' ? 1 : -1) : undefined;
  }
  const negated = /^!\s*(true|false)$/.exec(term)?.[1];
  if (negated !== undefined) return negated === 'false';
  return /[*?!<>&]|\{\{/.test(term) || term === '' ? undefined : typed(term);
}

/** Kyverno compares `"true"` in a pattern with the boolean; labels and annotations are handled where strings are asked. */
const typed = (text: string): Json => (text === 'true' ? true : text === 'false' ? false : text);

/** An id of the system's as an ordinary one, where the pattern takes that, too. */
export const ordinary = (path: Path, value: Json, pattern: string): Json =>
  isId(path) && typeof value === 'number' && value < FIRST_OF_PEOPLE && accepts(pattern, FIRST_OF_PEOPLE)
    ? FIRST_OF_PEOPLE
    : value;

/** The value as it is written at a place: labels, annotations and variables are texts, and so is what takes a text's place. */
const writtenAt = (path: Path, value: Json, current: Json | undefined): Json =>
  ['labels', 'annotations'].includes(String(path.at(-2))) ||
  path.at(-1) === 'value' ||
  (typeof current === 'string' && typeof value !== 'object')
    ? String(value)
    : value;

/** The values that the alternatives of a pattern name, each nearest to the present one. */
function named(pattern: string, current: Json | undefined): Json[] {
  return split(pattern, '|').flatMap((alternative) => {
    // Of terms that all have to hold, the one that does not says where to go; the rest has to agree.
    const terms = split(alternative, '&');
    const wanted = terms.filter((term) => !takes(term, current)).map((term) => nearest(term, current));
    return wanted.flatMap((value) => (value !== undefined && terms.every((term) => takes(term, value)) ? [value] : []));
  });
}

/** Numbers with the one first that is next to the number that stands there; other values as they come. */
const nextFirst = (values: readonly Json[], current: Json | undefined): readonly Json[] =>
  typeof current === 'number' && values.every((value) => typeof value === 'number')
    ? values.toSorted((a, b) => Math.abs(Number(a) - current) - Math.abs(Number(b) - current))
    : values;

/** Whether a range says too little of a place where nothing stands: neither of its ends is what anybody meant. */
export const isOpen = (path: Path, range: string, current: Json | undefined): boolean =>
  current === undefined && RANGE.test(range) && defaultAt(path) === undefined && !isForever(path) && !isId(path);

/** What nothing in a place counts as beside a range, where that is for ever. */
export const nothingAt = (path: Path, range: string): number | undefined =>
  RANGE.test(range) && isForever(path) ? Number.MAX_SAFE_INTEGER : undefined;

function scalar(pattern: Json, current: Json | undefined, path: Path): Wish[] {
  if (typeof pattern === 'boolean' || typeof pattern === 'number')
    return current === pattern ? [] : [{ kind: 'edit', edit: set(path, pattern) }];
  if (pattern === null) return current === undefined || current === null ? [] : [{ kind: 'edit', edit: remove(path) }];
  if (typeof pattern === 'string' && Array.isArray(current)) return scalars(pattern, current, path);
  if (typeof pattern !== 'string' || accepts(pattern, current)) return [];
  const usual = current === undefined ? defaultAt(path) : undefined;
  if (usual !== undefined && accepts(pattern, usual)) return [{ kind: 'edit', edit: set(path, usual) }];
  const alternatives = split(pattern, '|').filter((alternative) => alternative !== '');
  const values = nextFirst(named(pattern, current ?? usual ?? nothingAt(path, pattern)), current);
  const [first] = values;
  if (current === undefined && isAmount(path) && /^[<>\d]/.test(pattern)) return [{ kind: 'present', path, pattern }];
  const ends = (current === undefined && endsWork(path)) || keepsThings(path) ? /^</.test(pattern) : false;
  if (
    first === undefined ||
    ends ||
    (/^>/.test(pattern) && isEdgeOfTime(path, first)) ||
    isOpen(path, pattern, current)
  )
    return [{ kind: 'present', path, pattern }];
  // Beside a value others are accepted that a wildcard stands for, defaults apart: it is not the only one.
  if (
    values.length === 1 &&
    alternatives.some((other) => /^[^!*?]+\*$/.test(other)) &&
    !/default$/i.test(String(first))
  )
    return [{ kind: 'present', path, pattern }];
  // The strictest value is no question of taste, nor are the oldest of versions and the only one; the rest is.
  const strictest = strictestOf(values) ?? oldestTaken(path, values.map(String));
  if (strictest !== undefined) return [{ kind: 'edit', edit: set(path, strictest) }];
  if (values.length === 1 || values.some((value) => typeof value === 'number'))
    return [{ kind: 'edit', edit: set(path, writtenAt(path, ordinary(path, first, pattern), current)) }];
  return [{ kind: 'choose', path, values: values.map(String) }];
}

/** A list of scalars: every item has to be as the pattern says. */
function scalars(pattern: Json, value: Json | undefined, path: Path): Wish[] {
  const values =
    typeof pattern === 'string' ? named(pattern, undefined).map((near) => ordinary(path, near, pattern)) : [pattern];
  const [first] = values;
  const only = values.length === 1 && ['string', 'number'].includes(typeof first) ? [first as Json] : undefined;
  const all: Wish[] = only
    ? [{ kind: 'edit', edit: set(path, only) }]
    : values.length > 1
      ? [{ kind: 'choose', path: [...path, 0], values: values.map(String) }]
      : [];
  // A list of anything has to begin with something.
  if (value === undefined && all.length === 0 && typeof pattern === 'string')
    return [{ kind: 'present', path: [...path, 0], pattern }];
  if (!Array.isArray(value)) return all;
  const wrong = value.flatMap((item, at) => (scalar(pattern, item, path).length > 0 ? [at] : []));
  const gone = (places: readonly number[]): Wish[] =>
    [...places].reverse().map((at) => ({ kind: 'edit', edit: remove([...path, at]) }));
  // A capability that is not allowed goes; no other is given for it.
  if (wrong.length < value.length || all.length === 0 || path.at(-1) === 'add') return gone(wrong);
  return only ? all : [...gone(wrong.slice(1)), ...all];
}

/** What a pattern without anchors and operators stands for itself; undefined where it leaves anything open. */
function spelledOut(pattern: Json): Json | undefined {
  if (Array.isArray(pattern)) {
    const items = pattern.map(spelledOut);
    return items.includes(undefined) ? undefined : (items as Json[]);
  }
  if (isObject(pattern)) {
    const entries = Object.entries(pattern).map(([key, below]) => [key, spelledOut(below)] as const);
    return entries.length === 0 || entries.some(([key, below]) => below === undefined || /[()*?]/.test(key))
      ? undefined
      : (Object.fromEntries(entries) as Json);
  }
  return typeof pattern === 'string' && (pattern.includes('|') || typeof nearest(pattern, undefined) !== 'string')
    ? undefined
    : pattern;
}

/** A new item of a list with what the other patterns of the list want of it. */
function completed(item: Json | undefined, patterns: readonly Json[]): Json | undefined {
  if (!isObject(item)) return item;
  const wanted = patterns.flatMap((pattern) => (Array.isArray(pattern) ? wishes(pattern[0], item, []) : []));
  return applyEdits(
    item,
    wanted.flatMap((wish) => (wish.kind === 'edit' ? [wish.edit] : [])),
  );
}

/** Whether wishes put another word in the place of one that an item of a list holds: another item takes its place then. */
const overwrites = (list: readonly Json[], at: Path, found: readonly Wish[]): boolean =>
  found.some(
    (wish) =>
      wish.kind === 'edit' &&
      wish.edit.op === 'set' &&
      typeof wish.edit.value === 'string' &&
      typeof valueAt([...list], wish.edit.path.slice(at.length)) === 'string',
  );

const sameName = (one: Json, item: JsonObject): boolean =>
  isObject(one) && typeof item.name === 'string' && one.name === item.name;

/** What tells the constraints of a list apart: with another key an item is another one. */
const TELLS = /^(?:topologyKey|key)$/;

/** Whether a pattern wants an item of another key than those of a list, none of which it therefore means; what only people add is none. */
function isOther(pattern: Json | undefined, list: readonly Json[], at: Path): boolean {
  const [key] = Object.keys(isObject(pattern) ? pattern : {}).filter((key) => TELLS.test(key));
  return (
    key !== undefined &&
    !isNever(at) &&
    list.every((item) => wishes({ [key]: valueAt(pattern, [key]) ?? null }, item).length > 0)
  );
}

/** What all items of a list have alike under some keys; undefined where they differ in one. */
function shared(list: readonly Json[], keys: readonly string[]): JsonObject | undefined {
  const alike = keys.every((key) => list.every((item) => equalJson(valueAt(item, [key]), valueAt(list[0], [key]))));
  return alike ? Object.fromEntries(keys.map((key) => [key, valueAt(list[0], [key]) ?? null])) : undefined;
}

/**
 * An item beside those of a list: what a pattern says of it, what all others have alike, and questions for the rest. Undefined where
 * that is only a part of what every other item has.
 */
function another(pattern: Json | undefined, list: readonly Json[], at: Path): Wish[] | undefined {
  const wanted = wishes(pattern, undefined, [...at, list.length]);
  const item = wanted.reduce<Json>(
    (sofar, wish) =>
      wish.kind === 'edit'
        ? applyEdits(sofar as JsonObject, [{ ...wish.edit, path: wish.edit.path.slice(at.length + 1) } as Edit])
        : sofar,
    {},
  );
  const told = (key: string): boolean => wanted.some((wish) => pathOfWish(wish)[at.length + 1] === key);
  const lacking = isObject(item) ? lackingOf(item, list).filter((key) => !told(key)) : keysOfAll(list);
  const rest = lacking.length === 0 || isOther(pattern, list, at) ? shared(list, lacking) : undefined;
  if (!rest) return undefined;
  const whole: Json = isObject(item) ? { ...rest, ...item } : item;
  return [
    { kind: 'edit', edit: append(at, whole), ...(lacking.length > 0 ? { another: true } : {}) },
    ...wanted.filter(({ kind }) => kind !== 'edit'),
  ];
}

/** A value that a pattern has for a new item, as a question: that of a bound (`>0`) is nobody's. Undefined for what is no plain value. */
function asAsked(pattern: JsonObject, wish: Wish, depth: number): Wish | undefined {
  if (wish.kind === 'present') return wish;
  if (wish.kind !== 'edit' || wish.edit.op !== 'set' || isObject(wish.edit.value) || Array.isArray(wish.edit.value))
    return undefined;
  const { path, value } = wish.edit;
  return { kind: 'present', path, pattern: String(valueAt(pattern, path.slice(depth)) ?? value) };
}

/**
 * Reads a Kyverno validate pattern against an object and says what would satisfy it. Anchors: `=(k)` only where k is,
 * `(k)` only where k holds, `X(k)` k must be absent, `+(k)` add, `^(k)` and `<(k)` at least one or anywhere.
 */
export function wishes(pattern: Json | undefined, value: Json | undefined, path: Path = []): Wish[] {
  if (pattern === undefined) return [];
  // Written as a text it means nothing all the same, as beside `X(…)`.
  if (pattern === 'null') return scalar(null, value, path);
  if (Array.isArray(pattern)) {
    const [first] = pattern;
    if (first !== undefined && !isObject(first)) return scalars(first, value, path);
    if (!isObject(first)) return [];
    if (value === undefined) {
      const item = spelledOut(first);
      if (item !== undefined) return [{ kind: 'edit', edit: set(path, [item]) }];
      // What an item has to hold is asked where nothing of it is spelled out: in parts it would mean something else.
      const asked = wishes(first, undefined, [...path, 0]).map((wish) => asAsked(first, wish, path.length + 1));
      return asked.every((wish) => wish !== undefined) ? asked : [];
    }
    if (!Array.isArray(value)) return [];
    return value.flatMap((item, i) => wishes(first, item, [...path, i]));
  }
  if (!isObject(pattern)) return scalar(pattern, value, path);
  const current = isObject(value) ? value : undefined;
  const entries = Object.entries(pattern).flatMap(([written, below]) => {
    const [, anchor, inner] = ANCHOR.exec(written) ?? [];
    const key = inner ?? written;
    // A key with wildcards stands for those that are there.
    const keys = /[*?]/.test(key) ? Object.keys(current ?? {}).filter((other) => globs(key, other)) : [key];
    return keys.map((key) => ({ anchor: inner === undefined ? undefined : (anchor ?? ''), key, below }));
  });
  // A condition that does not hold makes the whole map pass.
  for (const { anchor, key, below } of entries) {
    if (anchor === '' || anchor === '<') {
      if (current?.[key] === undefined || wishes(below, current[key], []).length > 0) return [];
    }
  }
  return entries.flatMap(({ anchor, key, below }) => {
    const at = [...path, key];
    const here = current?.[key];
    if (anchor === 'X') return here === undefined ? [] : [{ kind: 'edit' as const, edit: remove(at) }];
    if (anchor === '' || anchor === '<') return [];
    if (anchor === '=' && here === undefined) return [];
    // A hook or probe is nothing in parts.
    const hook = here === undefined && /^lifecycle$|Probe$/.test(key) ? spelledOut(below) : undefined;
    if (hook !== undefined) return [{ kind: 'edit' as const, edit: set(at, hook) }];
    // One item that fits is enough.
    if (anchor === '^' && Array.isArray(here) && Array.isArray(below)) {
      const each = here.map((item, i) => wishes(below[0], item, [...at, i]));
      if (each.some((found) => found.length === 0)) return [];
      const others = entries.filter((other) => other.anchor !== '^' && other.key === key).map((other) => other.below);
      const item = completed(below[0] === undefined ? undefined : spelledOut(below[0]), others);
      // A name stands in a list but once: the item that has it is the one that is meant.
      const own = isObject(item) ? here.findIndex((one) => sameName(one, item)) : -1;
      if (own >= 0) return each[own] ?? [];
      // What every other item has and the pattern does not say makes an item of the pattern alone a fragment.
      const fragment = item !== undefined && lackingOf(item, here).length > 0;
      if (item !== undefined && !fragment) return [{ kind: 'edit' as const, edit: append(at, item) }];
      const nearest = [...each].sort(
        (a, b) => Number(overwrites(here, at, a)) - Number(overwrites(here, at, b)) || a.length - b.length,
      )[0];
      return nearest && overwrites(here, at, nearest) ? (another(below[0], here, at) ?? nearest) : (nearest ?? []);
    }
    const labelled =
      path.at(-1) === 'labels' || path.at(-1) === 'annotations' || key === 'labels' || key === 'annotations';
    const found = wishes(labelled ? stringly(below) : below, here, at);
    // A map that is only asked about what may stand in it has to be there all the same.
    if (anchor === undefined && here === undefined && isObject(below) && found.length === 0)
      return [{ kind: 'edit' as const, edit: set(at, {}) }];
    // What is judged only where it stands may go, too.
    return anchor !== '='
      ? found
      : found.map((wish) =>
          wish.kind === 'present' && wish.path === at ? { ...wish, optional: true as const } : wish,
        );
  });
}

/** Label values are strings: what a pattern writes as a number or boolean is meant as one. */
function stringly(pattern: Json): Json {
  return typeof pattern === 'boolean' || typeof pattern === 'number' ? String(pattern) : pattern;
}
