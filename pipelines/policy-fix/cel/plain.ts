import { MIRRORED } from './operators.ts';
import { isNode, type Node } from './parse.ts';

const isLiteral = (node: Node, value: boolean): boolean => node.op === 'value' && node.args === value;

const as = (node: Node, op: string, args: unknown): Node => ({ ...node, op, args }) as Node;
const named = (node: Node, name: string): Node => as(node, 'id', name);
const method = (on: Node, name: string, args: readonly Node[]): Node => as(on, 'rcall', [name, on, args]);
const bound = (name: Node, value: Node, body: Node): Node => method(named(value, 'cel'), 'bind', [name, value, body]);

/**
 * `a ? b : false` is `a && b`, `a ? true : b` is `a || b`: choices between truth values are read as what they say. `a ? b : true` stays
 * what it is: it asks `b` of what is `a`.
 */
function choice(node: Node, test: Node, yes: Node, no: Node): Node {
  if (isLiteral(no, false)) return as(node, '&&', [test, yes]);
  if (isLiteral(yes, true)) return as(node, '||', [test, no]);
  if (isLiteral(yes, false)) return as(node, '&&', [as(node, '!_', test), no]);
  return as(node, '?:', [test, yes, no]);
}

/** Whether an optional has a value, and which: `x.optMap(v, e)` has one where x has. */
function optional(node: Node): { readonly has: Node; readonly value: Node } {
  const [name, on, args] = node.op === 'rcall' ? node.args : [];
  const [label, body] = args ?? [];
  if (on && label && body && (name === 'optMap' || name === 'optFlatMap')) {
    const from = optional(on);
    if (name === 'optMap') return { has: from.has, value: bound(label, from.value, body) };
    const inner = optional(body);
    return {
      has: as(node, '&&', [from.has, bound(label, from.value, inner.has)]),
      value: bound(label, from.value, inner.value),
    };
  }
  return { has: method(node, 'hasValue', []), value: node };
}

const isMapped = (node: Node): boolean =>
  node.op === 'rcall' && (node.args[0] === 'optMap' || node.args[0] === 'optFlatMap');

/** A list of what stands at each key or position, for macros of two variables; no CEL can call it. */
export const ENTRIES = '$entries';
const LOOPS: Readonly<Record<string, string>> = {
  all: 'all',
  exists: 'exists',
  exists_one: 'exists_one',
  existsOne: 'exists_one',
};

/** A macro of two variables as one over entries: `m.all(k, v, e)`, `m.transformList(k, v, filter, e)`. */
function overEntries(node: Node, name: string, on: Node, [key, item, ...parts]: readonly Node[]): Node | undefined {
  const [first, second] = parts;
  if (!key || !item || !first) return undefined;
  const entry = named(node, '$entry');
  const part = (field: string): Node => as(node, '.', [entry, field]);
  const of = (body: Node): Node => bound(key, part('key'), bound(item, part('value'), body));
  const entries = method(on, ENTRIES, []);
  const loop = Object.hasOwn(LOOPS, name) ? LOOPS[name] : undefined;
  if (loop) return method(entries, loop, [entry, of(first)]);
  if (name !== 'transformList') return undefined;
  return second
    ? method(method(entries, 'filter', [entry, of(first)]), 'map', [entry, of(second)])
    : method(entries, 'map', [entry, of(first)]);
}

/** A call of a method in fewer words. */
function called(node: Node, name: string, on: Node, args: readonly Node[]): Node {
  const [first, second, third] = args;
  if (isMapped(on) && name === 'hasValue') return optional(on).has;
  if (isMapped(on) && name === 'value') return optional(on).value;
  if (isMapped(on) && name === 'orValue' && first) {
    const { has, value } = optional(on);
    return choice(node, has, value, first);
  }
  if (name === 'map' && first && second && third)
    return method(method(on, 'filter', [first, second]), 'map', [first, third]);
  return (args.length > 2 ? overEntries(node, name, on, args) : undefined) ?? node;
}

const EXTREME = /^(?:max|greatest|min|least)$/;

/** The list and the comparison of `list.max() <= x`, `math.greatest(a, b) <= x`: all of them are below x. */
function extreme(node: Node, operator: string, side: unknown, bound: unknown): Node | undefined {
  if (!isNode(side) || !isNode(bound) || side.op !== 'rcall') return undefined;
  const [name, on, args] = side.args;
  const ofMath = on.op === 'id' && on.args === 'math';
  if (!EXTREME.test(name) || (ofMath ? args.length === 0 : args.length > 0)) return undefined;
  const most = name === 'max' || name === 'greatest';
  const all = most ? operator.startsWith('<') : operator.startsWith('>');
  const item = named(node, '$item');
  const [only] = args;
  const list = !ofMath ? on : only && args.length === 1 ? only : as(node, 'list', args);
  return method(list, all ? 'all' : 'exists', [item, as(node, operator, [item, bound])]);
}

/** An expression in the few forms that are read: choices of truth values, optionals, extremes and macros of two variables in others. */
export function plain(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(plain);
  if (!isNode(part)) return part;
  const node = as(part, part.op, plain(part.args));
  if (node.op === '?:') return choice(node, ...node.args);
  if (node.op === '<' || node.op === '<=' || node.op === '>' || node.op === '>=') {
    const [left, right] = node.args;
    return extreme(node, node.op, left, right) ?? extreme(node, MIRRORED[node.op] ?? node.op, right, left) ?? node;
  }
  return node.op === 'rcall' ? called(node, ...node.args) : node;
}
