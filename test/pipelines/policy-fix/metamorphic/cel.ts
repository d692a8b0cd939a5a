import { Environment, serialize } from '@marcbachmann/cel-js';
import type { KubeObject } from '../../../../src/policy/violation.ts';

/** A node of an expression's syntax tree. */
interface Node {
  readonly op: string;
  // biome-ignore lint/suspicious/noExplicitAny: as the parser gives it
  readonly args: any;
}

const environment = new Environment({ enableOptionalTypes: true, unlistedVariablesAreDyn: true });
const isNode = (part: unknown): part is Node => typeof part === 'object' && part !== null && 'op' in part;

/** The tree with each node after `change`, innermost first. */
function everyNode(part: unknown, change: (node: Node) => Node): unknown {
  if (Array.isArray(part)) return part.map((item) => everyNode(item, change));
  return isNode(part) ? change({ op: part.op, args: everyNode(part.args, change) }) : part;
}

const not = (node: Node): Node => (node.op === '!_' ? node.args : { op: '!_', args: node });
const number = (value: number): Node => ({ op: 'value', args: BigInt(value) });
const size = (list: Node): Node => ({ op: 'call', args: ['size', [list]] });

/** Another way to say the same, of one node. */
export type CelChange = (node: Node) => Node;

const isLoop = ({ op, args }: Node, ...names: string[]): boolean =>
  op === 'rcall' && names.includes(args[0]) && args[2].length === 2;

/** `a && b` as `!(!a || !b)`, and the other way round. */
const deMorgan: CelChange = (node) =>
  node.op === '&&' || node.op === '||' ? not({ op: node.op === '&&' ? '||' : '&&', args: node.args.map(not) }) : node;

/** `l.all(x, p)` as `!l.exists(x, !p)`, and the other way round. */
const otherQuantifier: CelChange = (node) => {
  if (!isLoop(node, 'all', 'exists')) return node;
  const [name, list, [label, body]] = node.args;
  return not({ op: 'rcall', args: [name === 'all' ? 'exists' : 'all', list, [label, not(body)]] });
};

/** Loops as the size of what is left of a list. */
const filtered: CelChange = (node) => {
  if (!isLoop(node, 'all', 'exists')) return node;
  const [name, list, [label, body]] = node.args;
  const all = name === 'all';
  const left = size({ op: 'rcall', args: ['filter', list, [label, all ? not(body) : body]] });
  return { op: all ? '==' : '>', args: [left, number(0)] };
};

/** `x in [a, b]` as `x == a || x == b`. */
const oneByOne: CelChange = (node) => {
  if (node.op !== 'in' || node.args[1].op !== 'list' || node.args[1].args.length === 0) return node;
  const [item, list] = node.args;
  const each: Node[] = list.args.map((value: Node) => ({ op: '==', args: [item, value] }));
  return each.reduce((a, b) => ({ op: '||', args: [a, b] }));
};

/** `a && b` as `a ? b : false`, `a || b` as `a ? true : b`. */
const ternaries: CelChange = (node) => {
  const value = (of: boolean): Node => ({ op: 'value', args: of });
  if (node.op === '&&') return { op: '?:', args: [node.args[0], node.args[1], value(false)] };
  return node.op === '||' ? { op: '?:', args: [node.args[0], value(true), node.args[1]] } : node;
};

/** `has(a.b)` as `a.?b.hasValue()`. */
const optionals: CelChange = (node) => {
  const [name, [field]] = node.op === 'call' ? node.args : ['', []];
  if (name !== 'has' || field?.op !== '.') return node;
  return { op: 'rcall', args: ['hasValue', { op: '.?', args: field.args }, []] };
};

/** Ways to say the same, by what they put in place of what. */
export const CEL_CHANGES: Readonly<Record<string, CelChange>> = {
  'and as or': deMorgan,
  'all as exists': otherQuantifier,
  'loops as sizes': filtered,
  'lists one by one': oneByOne,
  'choices of truth values': ternaries,
  'has as an optional': optionals,
};

/** Expressions of admission policies after a change; undefined where nothing changed. */
export function celRewritten(policies: readonly KubeObject[], change: CelChange): KubeObject[] | undefined {
  let any = false;
  const written = (text: string): string => {
    const before = environment.parse(text).ast as unknown as Node;
    const after = everyNode(before, change) as Node;
    const next = serialize(after as never);
    if (next === serialize(before as never)) return text;
    any = true;
    return next;
  };
  const deep = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(deep);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        key === 'expression' && typeof item === 'string' ? written(item) : deep(item),
      ]),
    );
  };
  const out = policies.map((policy) => deep(policy) as KubeObject);
  return any ? out : undefined;
}

/** Each side of an `&&` as a validation of its own. */
export function sidesApart(policies: readonly KubeObject[]): KubeObject[] | undefined {
  let any = false;
  const sides = (node: Node): Node[] => (node.op === '&&' ? node.args.flatMap(sides) : [node]);
  const out = policies.map((policy) => {
    if (!Array.isArray(policy.spec?.validations)) return policy;
    const validations = policy.spec.validations.flatMap((validation: KubeObject) => {
      const parts = sides(environment.parse(validation.expression).ast as unknown as Node);
      if (parts.length < 2) return [validation];
      any = true;
      return parts.map((part) => ({ ...validation, expression: serialize(part as never) }));
    });
    return { ...policy, spec: { ...policy.spec, validations } };
  });
  return any ? out : undefined;
}
