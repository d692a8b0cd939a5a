import { equalJson, isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import type { Path } from '../edits.ts';
import { regexFits } from '../regex-fits.ts';
import { isAddress, READ_AS } from './addresses.ts';
import { summed, total } from './arithmetic.ts';
import { compares, setTest, TYPES } from './compares.ts';
import { comparison } from './comparison.ts';
import { composedOf } from './composed.ts';
import { listIf, withDefault } from './conditional.ts';
import { OF_LIST } from './lists.ts';
import { field, literal, type Meaning, mapOf, readFurther, UNKNOWN, value, valueNow, withinOf } from './meaning.ts';
import type { Node } from './parse.ts';
import { ENTRIES } from './plain.ts';
import { OF_TEXT, rewritten } from './texts.ts';
import { gainsOf } from './ways.ts';

/** An expression and the names that stand in it. */
export interface Condition {
  readonly node: Node;
  readonly scope: Scope;
}

export interface Scope {
  readonly names: ReadonlyMap<string, Meaning>;
  /** `variables.<name>`: expressions of the policy. */
  readonly variables: ReadonlyMap<string, Node>;
  /** How many variables stand around the expression. */
  readonly depth: number;
  /** Steps left: a hostile expression is given up, not waited for. */
  readonly budget: { left: number };
}

export const withName = (scope: Scope, name: string, meaning: Meaning): Scope => ({
  ...scope,
  names: new Map([...scope.names, [name, meaning]]),
});

/** A key of a map that stands in the object. */
const keyOf = (map: Path, key: string): Meaning => ({ kind: 'place', path: [...map, key], value: key, key: true });

/** The items of a list, each with its own place; undefined for what is no list. */
export function itemsOf(meaning: Meaning): readonly Meaning[] | undefined {
  if (meaning.kind === 'list') return meaning.items;
  if (meaning.kind === 'map') return [...meaning.fields.keys()].map(value);
  if (meaning.kind === 'filtered') {
    const { items, keep, as = (item) => item } = meaning;
    return items.filter((item) => truth(keep(item)) === true).map(as);
  }
  const list = valueNow(meaning);
  const part = (item: Json): Meaning =>
    meaning.kind === 'value' && meaning.seen ? { kind: 'value', value: item, seen: true } : value(item);
  if (isObject(list))
    return Object.keys(list).map((key) =>
      meaning.kind === 'place' && meaning.value !== undefined ? keyOf(meaning.path, key) : part(key),
    );
  if (!Array.isArray(list)) return undefined;
  const within = meaning.kind === 'value' ? meaning.within : undefined;
  return list.map((item, i) =>
    meaning.kind === 'place' && meaning.value !== undefined
      ? { kind: 'place', path: [...meaning.path, i], value: item }
      : within
        ? { kind: 'value', value: item, within: readFurther(within, (whole) => valueAt(whole, [i])) }
        : part(item),
  );
}

/** What a variable of a loop is called, where it is a plain name. */
export const nameOf = (node: Node | undefined): string | undefined => (node?.op === 'id' ? node.args : undefined);

function callOf(name: string, [first]: readonly Meaning[]): Meaning {
  if (first === undefined) return UNKNOWN;
  if (name === 'quantity') return { kind: 'quantity', of: first };
  if (name === 'semver') return { kind: 'quantity', of: first, unit: 'version' };
  if (name === 'duration') return { kind: 'quantity', of: first, unit: 'duration' };
  if (name === 'dyn' || name === 'of' || name === 'value' || isAddress(name)) return first;
  if (name === 'size') {
    // How many fit is not known while that of one is not.
    if (isOpen(first)) return UNKNOWN;
    const items = itemsOf(first);
    const text = valueNow(first);
    return items ? value(items.length) : typeof text === 'string' ? value([...text].length) : UNKNOWN;
  }
  const now = valueNow(first);
  if (!['int', 'double', 'string', 'lowerAscii', 'upperAscii', 'trim'].includes(name)) return UNKNOWN;
  // What is written otherwise is still the same place.
  const written = now === undefined ? undefined : rewritten(name, now);
  if (first.kind === 'place')
    return now === undefined
      ? { ...first, ...(name.endsWith('Ascii') ? { cased: true } : {}) }
      : written === undefined
        ? UNKNOWN
        : { ...first, value: written, ...(name.endsWith('Ascii') ? { cased: true } : {}) };
  if (written === undefined) return UNKNOWN;
  return first.kind === 'value' && first.within
    ? { ...first, value: written, within: readFurther(first.within, (part) => rewritten(name, part)) }
    : value(written);
}

/** How deep variables that use variables are followed. */
const MOST_VARIABLES = 20;

/** A variable's expression, in a scope in which it cannot use itself. */
export function variableOf(scope: Scope, name: string): Condition | undefined {
  const node = scope.variables.get(name);
  if (node === undefined || scope.depth >= MOST_VARIABLES) return undefined;
  const variables = new Map([...scope.variables].filter(([other]) => other !== name));
  return { node, scope: { ...scope, variables, depth: scope.depth + 1 } };
}

/** What an expression stands for in its scope. */
export function resolve({ node, scope }: Condition): Meaning {
  if (scope.budget.left-- <= 0) return UNKNOWN;
  const of = (inner: Node): Meaning => resolve({ node: inner, scope });
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case 'id':
      return scope.names.get(node.args) ?? UNKNOWN;
    case '.':
    case '.?': {
      const [base, key] = node.args;
      const name = typeof key === 'string' ? key : String((key as { args?: unknown }).args);
      const variable = nameOf(base) === 'variables' ? variableOf(scope, name) : undefined;
      return variable ? resolve(variable) : field(of(base), name);
    }
    case '[]':
    case '[?]': {
      const key = valueNow(of(node.args[1]));
      const base = of(node.args[0]);
      if (base.kind === 'filtered') return (isOpen(base) ? undefined : itemsOf(base)?.[Number(key)]) ?? UNKNOWN;
      return typeof key === 'string' || typeof key === 'number' ? field(base, key) : UNKNOWN;
    }
    case 'list':
      return { kind: 'list', items: node.args.map(of) };
    case 'map': {
      return mapOf(node.args.map(([key, item]) => [of(key), of(item)]));
    }
    case '+': {
      const [a, b] = node.args.map(of) as [Meaning, Meaning];
      const [left, right] = [valueNow(a), valueNow(b)];
      if (isNumeric(a) && isNumeric(b)) return summed('+', a, b);
      if (typeof left === 'string' && typeof right === 'string') return composedOf([a, b]);
      const lists = [itemsOf(a), itemsOf(b)];
      return lists.every((list) => list !== undefined)
        ? { kind: 'list', items: lists.flat() as Meaning[], parts: [a, b] }
        : UNKNOWN;
    }
    case '-':
    case '*':
    case '/':
    case '%': {
      const [a, b] = node.args.map(of) as [Meaning, Meaning];
      return isNumeric(a) && isNumeric(b) ? summed(node.op, a, b) : UNKNOWN;
    }
    case '-_': {
      const number = valueNow(of(node.args));
      return typeof number === 'number' ? value(-number) : UNKNOWN;
    }
    case '?:': {
      const [condition, yes, no] = node.args;
      const holds = truth({ node: condition, scope });
      return holds === undefined
        ? UNKNOWN
        : (listIf({ node, scope }) ?? withDefault(of(holds ? yes : no), () => of(holds ? no : yes)));
    }
    case 'call':
      return node.args[0] === 'has' ? boolean({ node, scope }) : callOf(node.args[0], node.args[1].map(of));
    case 'rcall':
      return methodOf({ node, scope }, node.args);
    default:
      return boolean({ node, scope });
  }
}

/** Whether a meaning is a number, or a place where nothing stands yet. */
function isNumeric(meaning: Meaning): boolean {
  const now = valueNow(meaning);
  return typeof now === 'number' || (now === undefined && ['quantity', 'sum'].includes(meaning.kind));
}

function boolean(condition: Condition): Meaning {
  const holds = truth(condition);
  return holds === undefined ? UNKNOWN : value(holds);
}

/** What stands at each key of a map or position of a list, beside the key. */
function entriesOf(base: Meaning): Meaning {
  const now = valueNow(base);
  const keys = isObject(now) ? Object.keys(now) : itemsOf(base)?.map((_, at) => at);
  if (!keys) return UNKNOWN;
  const entries = keys.map((key): Meaning => {
    const item = typeof key === 'number' ? (itemsOf(base)?.[key] ?? UNKNOWN) : field(base, key);
    const name: Meaning = base.kind === 'place' && typeof key === 'string' ? keyOf(base.path, key) : value(key);
    return {
      kind: 'map',
      fields: new Map([
        ['key', name],
        ['value', item],
      ]),
    };
  });
  return { kind: 'list', items: entries };
}

function methodOf(condition: Condition, [name, on, args]: readonly [string, Node, readonly Node[]]): Meaning {
  const { scope } = condition;
  const of = (inner: Node): Meaning => resolve({ node: inner, scope });
  if (nameOf(on) === 'optional' && name === 'of') return callOf(name, args.map(of));
  if (nameOf(on) === 'cel' && name === 'bind') {
    const [variable, bound, body] = args;
    const label = nameOf(variable);
    return label && bound && body ? resolve({ node: body, scope: withName(scope, label, of(bound)) }) : UNKNOWN;
  }
  const base = of(on);
  const [first, body] = args;
  if (name === ENTRIES) return entriesOf(base);
  if (name === 'orValue' && first) {
    const fallback = of(first);
    const json = listNow(fallback) ?? valueNow(fallback);
    if (base.kind !== 'place') return base.kind === 'unknown' ? fallback : base;
    // The spec of the pods is in one place or in the other.
    if (base.value === undefined && fallback.kind === 'place' && isObject(fallback.value)) return fallback;
    return json === undefined
      ? base
      : { ...base, fallback: json, ...(fallback.kind === 'place' ? { standsIn: true as const } : {}) };
  }
  const label = nameOf(first);
  if ((name === 'filter' || name === 'map') && label && body) {
    const items = itemsOf(base);
    if (!items) return UNKNOWN;
    if (name === 'map') {
      const mapped = (item: Meaning): Meaning => resolve({ node: body, scope: withName(scope, label, item) });
      // A list of what breaks a rule, by name, gets empty where nothing does.
      if (base.kind === 'filtered') {
        const { as = (item) => item } = base;
        return { ...base, as: (item) => mapped(as(item)) };
      }
      return { kind: 'list', items: items.map(mapped), ...gainsOf(base, items.length, mapped) };
    }
    return {
      kind: 'filtered',
      items,
      ...(base.kind === 'place' ? { list: base.path } : {}),
      keep: (item) => ({ node: body, scope: withName(scope, label, item) }),
    };
  }
  if (name === 'join') {
    const words = itemsOf(base)?.map(valueNow);
    const by = first ? valueNow(of(first)) : '';
    return words?.every((word) => typeof word === 'string') && typeof by === 'string' ? value(words.join(by)) : UNKNOWN;
  }
  if (first && (name === 'add' || name === 'sub')) return summed(name === 'add' ? '+' : '-', base, of(first));
  if (name === 'asInteger' || name === 'asApproximateFloat') return base;
  if (name === 'sum' && args.length === 0) {
    const items = itemsOf(base);
    return items ? total(items) : UNKNOWN;
  }
  const other = args.length === 0 && Object.hasOwn(OF_LIST, name) ? OF_LIST[name] : undefined;
  const members = other && itemsOf(base);
  if (other && members) return { kind: 'list', items: other(members) };
  const part = Object.hasOwn(OF_TEXT, name) ? OF_TEXT[name] : undefined;
  if (part) {
    const [text, ...given] = [base, ...args.map(of)].map(valueNow);
    const found = typeof text === 'string' && !given.includes(undefined) ? part(text, given) : undefined;
    if (found === undefined) return UNKNOWN;
    const within = withinOf(base);
    if (!within) return value(found);
    const again = (of: Json): Json | undefined => (typeof of === 'string' ? part(of, given) : undefined);
    return { kind: 'value', value: found, within: readFurther(within, again) };
  }
  if (args.length === 0 && ['size', 'value', 'lowerAscii', 'upperAscii', 'trim'].includes(name))
    return callOf(name, [base]);
  return RESOLVED.has(name) ? UNKNOWN : boolean(condition);
}

/** Methods whose result is a meaning; what else is called is a truth value or not understood. */
const RESOLVED = new Set([
  'orValue',
  'filter',
  'map',
  'size',
  'value',
  'bind',
  'of',
  'join',
  'lowerAscii',
  'upperAscii',
  'trim',
  ENTRIES,
  'add',
  'sub',
  'sum',
  'asInteger',
  'asApproximateFloat',
  ...Object.keys(OF_TEXT),
  ...Object.keys(OF_LIST),
]);

/** Whether a text can be read as what a function makes of it. */
const TESTS: Readonly<Record<string, (text: Json) => boolean>> = {
  isQuantity: (text) => valueNow(callOf('quantity', [value(text)])) !== undefined,
  isSemver: (text) => valueNow(callOf('semver', [value(text)])) !== undefined,
  ...READ_AS,
};

const not = (holds: boolean | undefined): boolean | undefined => (holds === undefined ? undefined : !holds);

/** Whether it is not known of some item whether it is in the list. */
const isOpen = (meaning: Meaning): boolean =>
  meaning.kind === 'filtered' && meaning.items.some((item) => truth(meaning.keep(item)) === undefined);

/** A list that is made of values. */
export function listNow(meaning: Meaning): Json | undefined {
  if (isOpen(meaning)) return undefined;
  const items = meaning.kind === 'list' || meaning.kind === 'filtered' ? itemsOf(meaning)?.map(valueNow) : undefined;
  return items?.every((item) => item !== undefined) ? items : undefined;
}

/** Whether an expression holds, as far as that can be told; CEL's `&&` and `||` look past what cannot. */
export function truth({ node, scope }: Condition): boolean | undefined {
  if (scope.budget.left-- <= 0) return undefined;
  const holds = (inner: Node, within = scope): boolean | undefined => truth({ node: inner, scope: within });
  if (node.op === '!_') return not(holds(node.args));
  if (node.op === '&&' || node.op === '||') {
    const decides = node.op === '||';
    const [a, b] = [holds(node.args[0]), holds(node.args[1])];
    if (a === decides || b === decides) return decides;
    return a === undefined || b === undefined ? undefined : !decides;
  }
  if (node.op === 'call' && node.args[0] === 'has' && node.args[1][0]) {
    const [field] = node.args[1];
    // A parameter is known as a whole, a request is not.
    const [of, key] = field.op === '.' ? field.args : [];
    const known = of && nameOf(of) !== 'request' ? resolve({ node: of, scope }) : UNKNOWN;
    if (known.kind === 'value' && isObject(known.value)) return Object.hasOwn(known.value, String(key));
    const place = resolve({ node: field, scope });
    return place.kind === 'place' ? place.value !== undefined : place.kind === 'unknown' ? undefined : true;
  }
  if (node.op === 'call' && Object.hasOwn(TESTS, node.args[0]) && node.args[1][0]) {
    const text = valueNow(resolve({ node: node.args[1][0], scope }));
    return text === undefined ? undefined : TESTS[node.args[0]]?.(text);
  }
  const compared = comparison(node);
  if (compared) {
    const [left, right] = [compared.left, compared.right].map((side) => resolve({ node: side, scope })) as [
      Meaning,
      Meaning,
    ];
    const type = nameOf(compared.right);
    if (compared.left.op === 'call' && compared.left.args[0] === 'type' && compared.left.args[1][0] && type) {
      const now = valueNow(resolve({ node: compared.left.args[1][0], scope }));
      const same = now === undefined ? undefined : TYPES[type]?.(now);
      return compared.operator === '!=' ? not(same) : same;
    }
    const [a, b] = [left, right].map((side) => {
      const now = valueNow(side);
      return now === undefined ? listNow(side) : now;
    });
    return a === undefined || b === undefined ? undefined : compares(compared.operator, a, b);
  }
  if (node.op === 'in') {
    const [item, list] = [
      valueNow(resolve({ node: node.args[0], scope })),
      itemsOf(resolve({ node: node.args[1], scope })),
    ];
    return item === undefined || !list ? undefined : list.some((other) => equalJson(valueNow(other), item));
  }
  if (node.op === 'rcall') {
    const [name, on, [first, body]] = node.args;
    const base = resolve({ node: on, scope });
    const label = nameOf(first);
    if (['all', 'exists', 'exists_one'].includes(name) && label && body) {
      const results = itemsOf(base)?.map((item) => holds(body, withName(scope, label, item)));
      if (!results) return undefined;
      const decides = name !== 'all';
      if (name !== 'exists_one' && results.includes(decides)) return decides;
      if (results.includes(undefined)) return undefined;
      return name === 'exists_one' ? results.filter(Boolean).length === 1 : !decides;
    }
    const [text, part] = [valueNow(base), first ? valueNow(resolve({ node: first, scope })) : undefined];
    if (name === 'hasValue') return base.kind === 'place' ? base.value !== undefined : undefined;
    if (nameOf(on) === 'sets') {
      const [has, wanted] = [first, body].map((side) => side && itemsOf(resolve({ node: side, scope }))?.map(valueNow));
      return has && wanted ? setTest(name, has, wanted) : undefined;
    }
    if (typeof text === 'string' && typeof part === 'string') {
      if (name === 'matches') return regexFits(part, text);
      if (name === 'startsWith') return text.startsWith(part);
      if (name === 'endsWith') return text.endsWith(part);
      if (name === 'contains') return text.includes(part);
    }
    if (!RESOLVED.has(name)) return undefined;
  }
  if (!['id', '.', '.?', '[]', '[?]', 'value', 'rcall', '?:'].includes(node.op)) return undefined;
  const now = valueNow(resolve({ node, scope }));
  return typeof now === 'boolean' ? now : undefined;
}
