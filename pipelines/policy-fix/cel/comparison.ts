import type { Node } from './parse.ts';

/** Comparisons of quantities as methods: `a.compareTo(b) <= 0` is read where it is compared. */
export function comparison(node: Node): { operator: string; left: Node; right: Node } | undefined {
  if (['==', '!=', '<', '<=', '>', '>='].includes(node.op)) {
    const [a, b] = node.args as [Node, Node];
    if (a.op === 'rcall' && a.args[0] === 'compareTo' && a.args[2][0] && b.op === 'value' && String(b.args) === '0')
      return { operator: node.op, left: a.args[1], right: a.args[2][0] };
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
