import { equalJson, isObject, type Json } from '../../../src/manifest/json.ts';
import { summed, total } from '../cel/arithmetic.ts';
import { compares } from '../cel/compares.ts';
import { field, type Meaning, readFurther, UNKNOWN, value, valueNow, withinOf } from '../cel/meaning.ts';
import { itemsOf } from '../cel/resolve.ts';
import { quantity } from '../fixers/resources.ts';
import { isNever } from '../wish.ts';
import { calculable } from './amounts.ts';
import { opened } from './embedded.ts';
import { isTestFunction, type Test, testOf } from './functions.ts';
import { type Node, operatorOf } from './parse.ts';
import { textFunction } from './text-functions.ts';
import { timeOf } from './times.ts';
import { type Chosen, isMeaning, type Traced } from './traced.ts';

/** Whether JMESPath takes a value for false: nothing, false, and what is empty. */
const isEmpty = (json: Json | undefined): boolean =>
  json === undefined ||
  json === null ||
  json === false ||
  json === '' ||
  (Array.isArray(json) && json.length === 0) ||
  (isObject(json) && Object.keys(json).length === 0);

/** The value something traced has now; undefined where it is absent or cannot be told. */
export function nowOf(traced: Traced): Json | undefined {
  switch (traced.kind) {
    case 'names':
    case 'moment':
    case 'lapse':
      return undefined;
    case 'length':
      return lengthOf(traced.of);
    case 'extreme': {
      const numbers = traced.items.map(nowOf).filter((item) => typeof item === 'number');
      if (numbers.length < traced.items.length || numbers.length === 0) return undefined;
      return traced.largest ? Math.max(...numbers) : Math.min(...numbers);
    }
    case 'test':
      return holds(traced.node, traced.at);
    case 'chosen':
    case 'chosenEach':
    case 'testEach':
    case 'keys':
    case 'list':
    case 'filtered': {
      const items = membersOf(traced)?.map(nowOf);
      return items?.every((item) => item !== undefined) ? (items as Json[]) : undefined;
    }
    default:
      return valueNow(traced);
  }
}

/** The members of a list, each with its place; a single value is no list. */
export function membersOf(traced: Traced): readonly Meaning[] | undefined {
  if (traced.kind === 'chosen') return traced.items.filter((item) => holds(traced.filter, item) === true);
  if (traced.kind === 'chosenEach') return traced.lists.map((one) => ({ kind: 'list', items: membersOf(one) ?? [] }));
  if (traced.kind === 'testEach')
    return traced.tests.map(({ node, at }) => {
      const now = holds(node, at);
      return now === undefined ? UNKNOWN : value(now);
    });
  if (traced.kind === 'keys') {
    const { of } = traced;
    const map = valueNow(of);
    // A key is what stands under it: it goes when that goes.
    return Object.keys(isObject(map) ? map : {}).map((key) =>
      of.kind === 'place' ? { kind: 'place', path: [...of.path, key], value: key } : value(key),
    );
  }
  if (!isMeaning(traced)) return undefined;
  if (traced.kind === 'map' || isObject(valueNow(traced))) return undefined;
  return itemsOf(traced);
}

function lengthOf(traced: Traced): number | undefined {
  const members = membersOf(traced);
  if (members) return members.length;
  const now = nowOf(traced);
  if (typeof now === 'string') return now.length;
  return isObject(now) ? Object.keys(now).length : now === undefined && traced.kind === 'place' ? 0 : undefined;
}

function child(of: Traced, key: string): Traced {
  if (of.kind === 'names') return of.names.get(key) ?? UNKNOWN;
  if (of.kind === 'map') return field(of, key);
  if (of.kind !== 'place' && of.kind !== 'value') return UNKNOWN;
  const inner = of.kind === 'value' && !isObject(of.value) ? UNKNOWN : field(of, key);
  return inner;
}

const filters = new WeakMap<Meaning, Chosen>();

/** The filtered list whose items a list was read out of. */
export const filterBehind = (list: Traced): Chosen | undefined => filters.get(list as Meaning);

const absent = new WeakMap<Meaning, readonly Meaning[]>();

/** The places of a projection's results where nothing stands. */
export const absentFrom = (list: Traced): readonly Meaning[] => absent.get(list as Meaning) ?? [];

function readFrom(list: Meaning, chosen: Chosen | undefined): Meaning {
  if (chosen) filters.set(list, chosen);
  return list;
}

/** What is there of a projection's results: JMESPath leaves out what is absent. */
const present = (items: readonly Traced[]): Meaning => ({
  kind: 'list',
  items: items.flatMap((item): Meaning[] => {
    if (item.kind === 'keys' || item.kind === 'chosen') return [{ kind: 'list', items: membersOf(item) ?? [] }];
    return isMeaning(item) && (item.kind === 'map' || item.kind === 'list' || nowOf(item) !== undefined) ? [item] : [];
  }),
});

/** The places of something traced where nothing stands. */
const lackingIn = (traced: Traced): readonly Meaning[] =>
  traced.kind === 'place' && nowOf(traced) === undefined ? [traced] : absentFrom(traced);

/** A list that knows the places where more of it could stand. */
function lacking(list: Meaning, places: readonly Meaning[]): Meaning {
  if (places.length > 0) absent.set(list, places);
  return list;
}

function project(base: Traced, right: Node): Traced {
  if (right.type === 'Identity') return base;
  const found = membersOf(base)?.map((item) => trace(right, item));
  const lists = found?.filter((item) => item.kind !== 'unknown') ?? [];
  const chosen = lists.filter((item) => item.kind === 'chosen');
  if (chosen.length > 0 && chosen.length === lists.length) return { kind: 'chosenEach', lists: chosen };
  const tests = found?.filter((item) => item.kind === 'test') ?? [];
  if (tests.length > 0 && tests.length === found?.length) return { kind: 'testEach', tests };
  if (!found) return UNKNOWN;
  const list = readFrom(present(found), base.kind === 'chosen' ? base : filterBehind(base));
  const empty = found.filter((item) => isMeaning(item) && item.kind === 'place' && nowOf(item) === undefined);
  // Something else that is left out is not read: it is not known how many there could be.
  const isWhole = empty.length + (membersOf(list)?.length ?? 0) === found.length;
  const beyond = absentFrom(base).map((item) => trace(right, item));
  return lacking(list, isWhole ? [...found, ...beyond].flatMap(lackingIn) : []);
}

/** `[a, b]`: those that are there, and the places of the others. */
const selected = (items: readonly Traced[]): Meaning => lacking(present(items), items.flatMap(lackingIn));

/** Lists in a list laid out in one; a list of scalars, or one that is absent, stays the place it is. */
function flatten(base: Traced): Traced {
  if (base.kind === 'chosenEach') {
    const [first] = base.lists;
    const items = base.lists.flatMap((list) => list.items);
    return first ? { kind: 'chosen', items, filter: first.filter } : UNKNOWN;
  }
  const members = membersOf(base);
  if (!members) return base;
  const nested = members.map((item) => membersOf(item));
  const places = [...absentFrom(base), ...members.flatMap(absentFrom)];
  return nested.some((items) => items !== undefined)
    ? lacking(readFrom(present(members.flatMap((item, i) => nested[i] ?? [item])), filterBehind(base)), places)
    : base.kind === 'list'
      ? lacking(present(members), places)
      : base;
}

/** Kyverno's `items`: a map's entries, each as a map of its key and value under two names. A key goes when what stands under it does. */
function entries(map: Traced, names: readonly Node[], at: Traced): Traced {
  const [key, content] = names.map((node) => nowOf(trace(node, at)));
  const now = isMeaning(map) ? valueNow(map) : undefined;
  if (!isMeaning(map) || !isObject(now) || typeof key !== 'string' || typeof content !== 'string') return UNKNOWN;
  const items = Object.keys(now).map((each): Meaning => {
    const place: Meaning =
      map.kind === 'place' ? { kind: 'place', path: [...map.path, each], value: each } : value(each);
    return {
      kind: 'map',
      fields: new Map([
        [key, place],
        [content, field(map, each)],
      ]),
    };
  });
  return { kind: 'list', items };
}

/** What stands under the keys of a map. */
function valuesOf(map: Traced): Traced {
  const now = isMeaning(map) ? nowOf(map) : undefined;
  return isObject(now) ? present(Object.keys(now).map((key) => child(map, key))) : UNKNOWN;
}

const ARITHMETIC: Readonly<Record<string, string>> = {
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  modulo: '%',
};

/** Functions that change how a value is written, not which it is. */
const SAME = new Set(['to_number', 'to_string', 'to_array', 'to_boolean', 'sort', 'abs', 'ceil', 'floor']);

/** `object_from_lists(keys, values)`: what stands in the one list under what stands in the other at the same place. */
function paired(keys: Traced, values: Traced): Traced {
  const [names, items] = [membersOf(keys)?.map(nowOf), membersOf(values)];
  if (!names || !items) return UNKNOWN;
  // Of two of one name the latter counts; a name without a value has none.
  const fields = names.slice(0, items.length).map((name, at) => [String(name), items[at] ?? UNKNOWN] as const);
  return { kind: 'map', fields: new Map(fields) };
}

/** What a function makes of a text, which is read out of the object where that is. */
function madeOf(name: string, args: readonly Traced[]): Traced {
  const made = textFunction(name);
  const from = made && args[made.of];
  const text = from && nowOf(from);
  if (!made || typeof text !== 'string') return UNKNOWN;
  const all = args.map(nowOf);
  const now = made.made(text, all);
  if (now === undefined || from === undefined) return UNKNOWN;
  const within = isMeaning(from) ? withinOf(from) : undefined;
  if (!within) return value(now);
  const further = readFurther(within, (part) => (typeof part === 'string' ? made.made(part, all) : undefined));
  return { kind: 'value', value: now, within: further };
}

function call({ name = '', children = [] }: Node, at: Traced): Traced {
  const args = children.map((node) => trace(node, at));
  const time = name.startsWith('time_') ? timeOf(name, args, args.map(nowOf)) : undefined;
  if (time) return time;
  const [first, second] = args;
  if (first === undefined) return UNKNOWN;
  if (name === 'length') return { kind: 'length', of: first };
  if (name === 'values') return valuesOf(first);
  if (name === 'items') return entries(first, children.slice(1), at);
  if (name === 'keys') return isMeaning(first) ? { kind: 'keys', of: first } : UNKNOWN;
  if (name === 'sum') {
    const items = membersOf(first);
    return items ? total(items.map(calculable)) : UNKNOWN;
  }
  if (name === 'max' || name === 'min') {
    const items = membersOf(first);
    return items ? { kind: 'extreme', largest: name === 'max', items } : UNKNOWN;
  }
  if (name === 'object_from_lists') return second ? paired(first, second) : UNKNOWN;
  const arithmetic = Object.hasOwn(ARITHMETIC, name) ? ARITHMETIC[name] : undefined;
  if (arithmetic && second) return summed(arithmetic, calculable(first), calculable(second));
  if (name === 'to_array') {
    const alone = membersOf(first) === undefined && isMeaning(first);
    return alone ? { kind: 'list', items: nowOf(first) === undefined ? [] : [first as Meaning] } : first;
  }
  if ((name === 'parse_yaml' || name === 'parse_json') && first.kind === 'place') {
    const inner = opened(first.path, nowOf(first));
    return inner ? { kind: 'place', ...inner } : UNKNOWN;
  }
  if ((name === 'parse_yaml' || name === 'parse_json') && first.kind === 'value') {
    const inner = opened([], first.value);
    return inner ? value(inner.value) : UNKNOWN;
  }
  if (name === 'lookup') {
    const which = second && nowOf(second);
    if (typeof which === 'string') return child(first, which);
    return (typeof which === 'number' ? membersOf(first)?.at(which) : undefined) ?? UNKNOWN;
  }
  if (SAME.has(name)) return first;
  if (name === 'not_null') {
    const fallback = second && nowOf(second);
    if (first.kind === 'place' && first.value === undefined && fallback !== undefined) return { ...first, fallback };
    return [first, second].find((item) => item && nowOf(item) !== undefined) ?? first;
  }
  // Another spelling of a path is still what stands there.
  if (name === 'path_canonicalize' && first.kind === 'place' && typeof first.value === 'string')
    return { ...first, value: nowOf(madeOf(name, args)) ?? first.value };
  return madeOf(name, args);
}

const TESTS = new Set(['contains', 'starts_with', 'ends_with']);

/** Follows a JMESPath expression from `at` (what `@` stands for). */
export function trace(node: Node, at: Traced): Traced {
  const [left, right, condition] = node.children ?? [];
  switch (node.type) {
    case 'Identity':
    case 'Current':
      return at;
    case 'Field': {
      const inner = child(at, node.name ?? '');
      // No field of anything is called so: who writes it compares with nothing.
      return node.name === 'null' && nowOf(inner) === undefined ? value(null) : inner;
    }
    case 'Literal':
      return value((node.value ?? null) as Json);
    case 'Index': {
      const members = membersOf(at);
      const nth = Number(node.value);
      if (at.kind === 'value' && members) return field(at, nth < 0 ? members.length + nth : nth);
      return members?.at(nth) ?? UNKNOWN;
    }
    case 'Subexpression':
    case 'IndexExpression':
    case 'Pipe':
      return left && right ? trace(right, trace(left, at)) : UNKNOWN;
    case 'Flatten':
      return left ? flatten(trace(left, at)) : UNKNOWN;
    case 'Projection':
      return left && right ? project(trace(left, at), right) : UNKNOWN;
    case 'ValueProjection': {
      const base = left ? trace(left, at) : UNKNOWN;
      if (right && base.kind === 'names') return present([...base.names.values()].map((item) => trace(right, item)));
      if (right && base.kind === 'map') return present([...base.fields.values()].map((item) => trace(right, item)));
      const map = isMeaning(base) ? valueNow(base) : undefined;
      if (!right || !isObject(map)) return UNKNOWN;
      return present(Object.keys(map).map((key) => trace(right, child(base, key))));
    }
    case 'FilterProjection': {
      const list = left ? trace(left, at) : UNKNOWN;
      const absent = list.kind === 'place' && list.value === undefined && list.fallback === undefined;
      const members = absent ? [] : membersOf(list);
      if (!members || !right || !condition) return UNKNOWN;
      const place = list.kind === 'place' ? { place: list.path } : {};
      const chosen: Traced = { kind: 'chosen', items: members, filter: condition, ...place };
      return right.type === 'Identity' ? chosen : project(chosen, right);
    }
    case 'OrExpression': {
      if (!left || !right) return UNKNOWN;
      const [one, other] = [trace(left, at), trace(right, at)];
      if (!isEmpty(nowOf(one))) return one;
      // Absent, it counts as what stands on the right; an edit still goes where the left one points.
      const fallback = nowOf(other);
      // Of two fields of which either may say it the one that does is meant.
      if (other.kind === 'place' && other.value !== undefined && !isNever(other.path)) return other;
      // Nothing chosen counts as nothing there; what would be chosen can still be told.
      if ((one.kind === 'chosen' || one.kind === 'keys' || absentFrom(one).length > 0) && isEmpty(fallback)) return one;
      return one.kind === 'place' && fallback !== undefined ? { ...one, fallback } : other;
    }
    case 'MultiSelectList':
      return selected((node.children ?? []).map((item) => trace(item, at)));
    case 'Function':
      return TESTS.has(node.name ?? '') || isTestFunction(node.name ?? '')
        ? { kind: 'test', node, at }
        : call(node, at);
    case 'Comparator':
    case 'NotExpression':
    case 'AndExpression':
      return { kind: 'test', node, at };
    default:
      return UNKNOWN;
  }
}

/** A call of a function that tests a text, and what its arguments stand for. */
export function testAt(node: Node, at: Traced): { readonly test: Test; readonly on: Traced } | undefined {
  const items = (node.children ?? []).map((item) => trace(item, at));
  const test = testOf(
    node.name ?? '',
    items.map(nowOf),
    items.map(({ kind }) => kind === 'place'),
    items.map((item) => (item.kind === 'moment' ? item.words : undefined)),
  );
  const on = test && items[test.of];
  return test && on ? { test, on } : undefined;
}

/** Numbers of quantities (`1Gi`) and of plain text, for comparisons. */
const comparable = (json: Json): Json => (typeof json === 'string' ? (quantity(json) ?? json) : json);

/** Whether an expression is true at a place, as far as that can be told. */
export function holds(node: Node, at: Traced): boolean | undefined {
  const [left, right] = node.children ?? [];
  if (node.type === 'NotExpression' && left) {
    const inner = holds(left, at);
    return inner === undefined ? undefined : !inner;
  }
  if ((node.type === 'AndExpression' || node.type === 'OrExpression') && left && right) {
    const decides = node.type === 'OrExpression';
    const [a, b] = [holds(left, at), holds(right, at)];
    if (a === decides || b === decides) return decides;
    return a === undefined || b === undefined ? undefined : !decides;
  }
  if (node.type === 'Comparator' && left && right) {
    const [a, b] = [trace(left, at), trace(right, at)].map((traced) => nowOf(traced) ?? null) as [Json, Json];
    const operator = operatorOf(node);
    return operator === '==' || operator === '!='
      ? compares(operator, a, b)
      : compares(operator, comparable(a), comparable(b));
  }
  if (node.type === 'Function' && left && right && TESTS.has(node.name ?? '')) {
    const [of, part] = [trace(left, at), nowOf(trace(right, at))];
    const members = membersOf(of);
    const text = nowOf(of);
    if (node.name === 'contains' && members && part !== undefined)
      return members.some((item) => equalJson(nowOf(item) ?? null, part));
    if (typeof text !== 'string' || typeof part !== 'string') return undefined;
    if (node.name === 'contains') return text.includes(part);
    return node.name === 'starts_with' ? text.startsWith(part) : text.endsWith(part);
  }
  if (node.type === 'Function' && isTestFunction(node.name ?? '')) return testAt(node, at)?.test.holds;
  const traced = trace(node, at);
  if (traced.kind === 'unknown' || traced.kind === 'names') return undefined;
  if (traced.kind === 'test') return undefined;
  return !isEmpty(nowOf(traced));
}
