import { equalJson } from '../../../src/manifest/json.ts';
import { compares } from './compares.ts';
import { MIRRORED } from './operators.ts';
import type { Node } from './parse.ts';

/** What `compareTo` gives. */
const SIGNS = [-1, 0, 1] as const;

/** Of two amounts, which signs an operator between them takes. */
const TAKEN: Readonly<Record<string, readonly number[]>> = {
  '<': [-1],
  '<=': [-1, 0],
  '==': [0],
  '!=': [-1, 1],
  '>=': [0, 1],
  '>': [1],
};

/** A whole number of an expression, also a negative one. */
function wholeOf(node: Node): number | undefined {
  const inner = node.op === '-_' ? node.args : node;
  const digits = inner.op === 'value' ? /^-?\d+$/.exec(String(inner.args))?.[0] : undefined;
  return digits === undefined ? undefined : node.op === '-_' ? -Number(digits) : Number(digits);
}

/** The operator between `a` and `b` that `a.compareTo(b) <operator> number` means (`!= 1`: at most); undefined for none of the six. */
function ofSign(operator: string, number: number): string | undefined {
  const signs = SIGNS.filter((sign) => compares(operator, sign, number));
  return Object.keys(TAKEN).find((each) => equalJson([...(TAKEN[each] ?? [])], [...signs]));
}

/** Comparisons of quantities as methods: `a.compareTo(b) <= 0` is read where it is compared. */
export function comparison(node: Node): { operator: string; left: Node; right: Node } | undefined {
  if (['==', '!=', '<', '<=', '>', '>='].includes(node.op)) {
    const [a, b] = node.args as [Node, Node];
    for (const [call, other, sign] of [
      [a, wholeOf(b), node.op],
      [b, wholeOf(a), MIRRORED[node.op] ?? node.op],
    ] as const) {
      const compared = call.op === 'rcall' && call.args[0] === 'compareTo' ? call.args : undefined;
      const operator = other === undefined ? undefined : ofSign(sign, other);
      if (compared?.[2][0] && operator) return { operator, left: compared[1], right: compared[2][0] };
    }
    return { operator: node.op, left: a, right: b };
  }
  if (node.op !== 'rcall' || !node.args[2][0]) return undefined;
  const operator = { isLessThan: '<', isGreaterThan: '>' }[node.args[0]];
  return operator ? { operator, left: node.args[1], right: node.args[2][0] } : undefined;
}

/** Whether an expression asks of which type something is (`type(x) != string`): it chooses how to go on, and nobody answers it by another type. */
export function asksType(node: Node): boolean {
  const left = comparison(node)?.left;
  return left?.op === 'call' && left.args[0] === 'type';
}
