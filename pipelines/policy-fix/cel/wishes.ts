import { equalJson, isObject, type Json } from '../../../src/manifest/json.ts';
import { defaultAt, isEdgeOfTime } from '../defaults.ts';
import { append, type Path, remove, set } from '../edits.ts';
import { wordsOfPattern } from '../fixers/parameters.ts';
import type { Way } from '../wish.ts';
import type { Node } from './parse.ts';
import {
  type Condition,
  compares,
  comparison,
  itemsOf,
  type Meaning,
  nameOf,
  resolve,
  truth,
  valueNow,
  variableOf,
  withName,
} from './resolve.ts';

/** More ways than these are not followed: the engine tries them all together and drops what it does not need. */
export const MOST_WAYS = 6;

export const edit = (...edits: readonly ReturnType<typeof set>[]): Way =>
  edits.map((each) => ({ kind: 'edit', edit: each }));

/** Every way of the first with every way of the second. */
export function both(a: readonly Way[], b: readonly Way[]): Way[] {
  return a.flatMap((one) => b.map((other) => [...one, ...other])).slice(0, MOST_WAYS);
}

/** The first ways of all together, then their second ones: items of a list are mended alike. */
export function alike(each: readonly (readonly Way[])[]): Way[] {
  if (each.some((ways) => ways.length === 0)) return [];
  const most = Math.min(MOST_WAYS, Math.max(1, ...each.map(({ length }) => length)));
  return Array.from({ length: most }, (_, i) => each.flatMap((ways) => ways[Math.min(i, ways.length - 1)] ?? []));
}

const MIRRORED: Readonly<Record<string, string>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '==': '==',
  '!=': '!=',
};
export const NEGATED: Readonly<Record<string, string>> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '==': '!=',
  '!=': '==',
};

export function gone(place: Meaning): Way[] {
  return place.kind === 'place' && place.value !== undefined ? [edit(remove(place.path))] : [];
}

/** A list that is to be empty, or to have something in it. */
export function sized(list: Meaning, operator: string, limit: number): Way[] {
  const few =
    (operator === '==' && limit === 0) || (operator === '<=' && limit === 0) || (operator === '<' && limit === 1);
  const some =
    (operator === '>' && limit === 0) || (operator === '>=' && limit === 1) || (operator === '!=' && limit === 0);
  if (few && list.kind === 'filtered') return alike(list.items.map((item) => ways(list.keep(item), false)));
  if ((few || some) && list.kind === 'list' && list.filled) return list.filled(some);
  if (few && list.kind === 'list') return alike(list.items.map(gone));
  if (few) return gone(list);
  return some && list.kind === 'place' ? [[{ kind: 'present', path: list.path, pattern: '' }]] : [];
}

/** What `size(x)` and `x.size()` count. */
function counted(node: Node): Node | undefined {
  if (node.op === 'call' && node.args[0] === 'size') return node.args[1][0];
  return node.op === 'rcall' && node.args[0] === 'size' && node.args[2].length === 0 ? node.args[1] : undefined;
}

export function compared(operator: string, left: Meaning, right: Meaning): Way[] {
  if (left.kind === 'condition' && typeof valueNow(right) === 'boolean')
    return operator === '==' || operator === '!=' ? left.ways((operator === '==') === valueNow(right)) : [];
  const place = left.kind === 'quantity' ? left.of : left;
  const bound = right.kind === 'quantity' ? valueNow(right.of) : valueNow(right);
  if (place.kind !== 'place') {
    const other = right.kind === 'quantity' ? right.of : right;
    return other.kind === 'place' || other.kind === 'condition'
      ? compared(MIRRORED[operator] ?? operator, right, left)
      : [];
  }
  if (bound === undefined || isObject(bound)) return [];
  // Of two places that are to be alike the one that holds nothing follows, and a request its limit.
  if (operator === '==' && right.kind === 'place' && place.value !== undefined)
    if (right.value === undefined || (place.path.includes('limits') && right.path.includes('requests')))
      return compared(operator, right, { kind: 'value', value: place.value });
  // Null is nothing: what holds something would only be emptied.
  if (operator === '==' && bound === null) return typeof valueNow(place) === 'object' ? [] : gone(place);
  if (operator === '==' && right.kind === 'value' && right.seen) return amongSeen(place.path, [bound]);
  if (operator === '==') return [edit(set(place.path, bound))];
  if (operator === '!=') {
    if (typeof bound === 'boolean') return [edit(set(place.path, !bound))];
    if (typeof bound === 'number') return [[{ kind: 'present', path: place.path, pattern: `!${bound}` }]];
    return place.value === undefined ? [[{ kind: 'present', path: place.path, pattern: '' }]] : gone(place);
  }
  // A quantity's bound is written as the policy writes it; one that must stay below it cannot be told.
  const strict = operator === '<' ? -1 : operator === '>' ? 1 : 0;
  if (left.kind === 'quantity') return strict === 0 ? [edit(set(place.path, bound))] : [];
  if (typeof bound !== 'number') return [];
  const usual = place.value === undefined ? defaultAt(place.path) : undefined;
  if (usual !== undefined && compares(operator, usual, bound)) return [edit(set(place.path, usual))];
  if (operator.startsWith('>') && isEdgeOfTime(place.path, bound + strict))
    return [[{ kind: 'present', path: place.path, pattern: `${operator}${bound}` }]];
  return [edit(set(place.path, bound + strict))];
}

/** A value among those a policy lists, or a key that a map must have. */
function contained(item: Meaning, list: Meaning, want: boolean): Way[] {
  const key = valueNow(item);
  if (list.kind === 'place' && key !== undefined) {
    const at = itemsOf(list)?.findIndex((other) => equalJson(valueNow(other), key)) ?? -1;
    const map =
      isObject(valueNow(list)) ||
      /^(?:labels|annotations|limits|requests|data|nodeSelector)$/.test(String(list.path.at(-1)));
    if (map && typeof key === 'string')
      return want
        ? [[{ kind: 'present', path: [...list.path, key], pattern: '' }]]
        : [edit(remove([...list.path, key]))];
    if (want) return [edit(append(list.path, key))];
    return at === -1 ? [] : [edit(remove([...list.path, at]))];
  }
  if (item.kind !== 'place') return [];
  if (!want) return gone(item);
  const values = (itemsOf(list) ?? []).map(valueNow).filter((value) => value !== undefined);
  return oneOf(item.path, values);
}

/** Values of other objects that a policy would accept: which of them is meant is asked, also where there is but one. */
export function amongSeen(path: Path, values: readonly Json[]): Way[] {
  const texts = [...new Set(values.filter((value) => typeof value === 'string'))].slice(0, MOST_WAYS);
  return texts.length > 0
    ? [[{ kind: 'choose', path, values: texts, source: 'other objects, as the policy asks' }]]
    : [];
}

export function oneOf(path: Path, values: readonly Json[]): Way[] {
  const [first, second] = values;
  if (first === undefined) return [];
  if (second === undefined) return [edit(set(path, first))];
  const scalars = values.filter((value) => typeof value === 'string' || typeof value === 'number');
  return scalars.length === values.length ? [[{ kind: 'choose', path, values: scalars.map(String) }]] : [];
}

function loop({ scope }: Condition, name: string, list: Meaning, label: string, body: Node, want: boolean): Way[] {
  const each = (itemsOf(list) ?? []).map((item) => ways({ node: body, scope: withName(scope, label, item) }, want));
  if ((name === 'all') === want) return alike(each);
  const any = each.flat();
  // `exists(x, x == v)` of a list that lacks v.
  const equal = want ? comparison(body) : undefined;
  if (equal?.operator === '==' && list.kind === 'place' && nameOf(equal.left) === label) {
    const wanted = valueNow(resolve({ node: equal.right, scope }));
    if (wanted !== undefined) return [edit(append(list.path, wanted)), ...any].slice(0, MOST_WAYS);
  }
  return any.slice(0, MOST_WAYS);
}

function method(condition: Condition, want: boolean): Way[] {
  const { node, scope } = condition;
  if (node.op !== 'rcall') return [];
  const [name, on, [first, body]] = node.args;
  const base = resolve({ node: on, scope });
  const label = nameOf(first);
  if (['all', 'exists', 'exists_one'].includes(name) && label && body)
    return loop(condition, name, base, label, body, want);
  if (base.kind !== 'place') return [];
  const part = first ? valueNow(resolve({ node: first, scope })) : undefined;
  if (name === 'hasValue') return want ? [[{ kind: 'present', path: base.path, pattern: '' }]] : gone(base);
  if (name === 'contains' && !want) return gone(base);
  if (want && name === 'matches' && typeof part === 'string') {
    const words = oneOf(base.path, wordsOfPattern(part));
    return words.length > 0 ? words : [[{ kind: 'present', path: base.path, pattern: part }]];
  }
  if (want && ['startsWith', 'endsWith'].includes(name) && typeof part === 'string')
    return [[{ kind: 'present', path: base.path, pattern: name === 'startsWith' ? `${part}*` : `*${part}` }]];
  return [];
}

/** Ways to make an expression hold, or not hold; an empty way where it does already, none where no way is known. */
export function ways(condition: Condition, want: boolean): Way[] {
  const { node, scope } = condition;
  if (scope.budget.left-- <= 0) return [];
  if (truth(condition) === want) return [[]];
  const of = (inner: Node, wanted = want): Way[] => ways({ node: inner, scope }, wanted);
  if (node.op === '!_') return of(node.args, !want);
  const unsure = (inner: Node): boolean => truth({ node: inner, scope }) === undefined;
  if (node.op === '&&' || node.op === '||') {
    const [first, second] = node.args;
    const [a, b] = [of(first), of(second)];
    if ((node.op === '&&') !== want) return [...a, ...b].slice(0, MOST_WAYS);
    // What cannot be told of one side is the engine's business.
    if (a.length === 0 && unsure(first)) return b.filter(({ length }) => length > 0);
    return b.length === 0 && unsure(second) ? a.filter(({ length }) => length > 0) : both(a, b);
  }
  if (node.op === '?:') {
    const [test, yes, no] = node.args;
    if (unsure(test) && of(test, true).length === 0 && of(test, false).length === 0)
      return [...of(yes), ...of(no)].filter(({ length }) => length > 0).slice(0, MOST_WAYS);
    return [...both(of(test, true), of(yes)), ...both(of(test, false), of(no))].slice(0, MOST_WAYS);
  }
  if (node.op === 'call' && (node.args[0] === 'has' || node.args[0] === 'isQuantity') && node.args[1][0]) {
    const place = resolve({ node: node.args[1][0], scope });
    if (place.kind !== 'place') return [];
    return want ? [[{ kind: 'present', path: place.path, pattern: '' }]] : gone(place);
  }
  if (node.op === 'in')
    return contained(resolve({ node: node.args[0], scope }), resolve({ node: node.args[1], scope }), want);
  const pair = comparison(node);
  if (pair) {
    const operator = want ? pair.operator : (NEGATED[pair.operator] ?? '');
    const list = counted(pair.left);
    const [left, right] = [resolve({ node: pair.left, scope }), resolve({ node: pair.right, scope })];
    const limit = valueNow(right);
    if (list && typeof limit === 'number') return sized(resolve({ node: list, scope }), operator, limit);
    return compared(operator, left, right);
  }
  if (node.op === '.' && nameOf(node.args[0]) === 'variables') {
    const variable = variableOf(scope, String(node.args[1]));
    if (variable) return ways(variable, want);
  }
  const place = resolve(condition);
  // A truth value that stands in the object itself; one that is computed is followed into what computes it.
  if (place.kind === 'place') return [edit(set(place.path, want))];
  return method(condition, want);
}

const isNode = (part: unknown): part is Node => typeof part === 'object' && part !== null && 'op' in part;

/** Whether an expression depends on the object, rather than on parameters or its namespace. */
function touchesObject({ node, scope }: Condition): boolean {
  if (scope.budget.left-- <= 0) return true;
  if (node.op === '.' && nameOf(node.args[0]) === 'variables') {
    const variable = variableOf(scope, String(node.args[1]));
    return variable === undefined || touchesObject(variable);
  }
  const meaning = node.op === 'id' ? scope.names.get(node.args) : undefined;
  if (meaning !== undefined) return meaning.kind !== 'value';
  const within = (part: unknown): boolean =>
    isNode(part) ? touchesObject({ node: part, scope }) : Array.isArray(part) && part.some(within);
  return within(node.args);
}

/** Whether an expression would also hold, or not hold, in a way that is not understood. */
export function unread(condition: Condition, want: boolean): boolean {
  const { node, scope } = condition;
  if (scope.budget.left-- <= 0 || truth(condition) === want) return false;
  if (node.op === '!_') return unread({ node: node.args, scope }, !want);
  if (node.op === '&&' || node.op === '||') {
    const sides = node.args.map((side): Condition => ({ node: side, scope }));
    if ((node.op === '&&') === want) return sides.some((side) => unread(side, want));
    return sides.some((side) => (ways(side, want).length === 0 && touchesObject(side)) || unread(side, want));
  }
  if (node.op === '.' && nameOf(node.args[0]) === 'variables') {
    const variable = variableOf(scope, String(node.args[1]));
    return variable !== undefined && unread(variable, want);
  }
  if (node.op !== 'rcall') return false;
  const [name, on, [first, body]] = node.args;
  const label = nameOf(first);
  if (!['all', 'exists'].includes(name) || !label || !body) return false;
  const items = itemsOf(resolve({ node: on, scope })) ?? [];
  return items.some((item) => unread({ node: body, scope: withName(scope, label, item) }, want));
}
