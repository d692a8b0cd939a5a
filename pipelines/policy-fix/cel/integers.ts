import { withWholeNumbers } from '../../../src/policy/cel-numbers.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';
import { sourcesOf } from './expressions.ts';
import { isNode, type Node, parseCel } from './parse.ts';
import { nameOf } from './resolve.ts';

type Variables = ReadonlyMap<string, Node>;

const NUMBERS = new Set(['int', 'uint', 'double']);
/** How deep variables in variables are followed. */
const MOST_DEPTH = 8;

/** The nodes right below one. */
function below(node: Node): Node[] {
  const inside = (part: unknown): Node[] => {
    if (Array.isArray(part)) return part.flatMap(inside);
    return isNode(part) ? [part] : [];
  };
  return inside(node.args);
}

/** Whether an expression gives what stands in the object, as it is read: no function has made a number of a known type of it. */
function isRead(node: Node, variables: Variables, depth = 0): boolean {
  if (depth > MOST_DEPTH) return true;
  if (node.op === '.' && nameOf(node.args[0]) === 'variables') {
    const variable = variables.get(String(node.args[1]));
    return variable === undefined || isRead(variable, variables, depth + 1);
  }
  if (node.op === 'id') return !NUMBERS.has(node.args);
  if (['.', '[]', '.?', '[?]'].includes(node.op)) return true;
  if (node.op === '?:') return node.args.slice(1).some((branch) => isRead(branch, variables, depth + 1));
  if (node.op === '+' || node.op === '-' || node.op === '*' || node.op === '/' || node.op === '%')
    return node.args.some((side) => isRead(side, variables, depth + 1));
  return node.op === 'rcall' && node.args[0] === 'orValue' && isRead(node.args[1], variables, depth + 1);
}

/** Whether an operand that is not read is a number: a literal, or what a function makes or counts. */
const isNumber = (node: Node): boolean =>
  (node.op === 'value' && ['bigint', 'number'].includes(typeof node.args)) ||
  (node.op === 'call' && (node.args[0] === 'size' || NUMBERS.has(node.args[0]))) ||
  (node.op === 'rcall' && node.args[0] === 'size');

/** Whether what a node gives depends on whether the whole numbers of the object are integers or floating-point numbers. */
function depends(node: Node, variables: Variables): boolean {
  const read = (side: Node): boolean => isRead(side, variables);
  if (node.op === '/' || node.op === '%') return node.args.some(read);
  if (node.op === '+' || node.op === '-' || node.op === '*') {
    const [a, b] = node.args;
    return (read(a) && isNumber(b)) || (read(b) && isNumber(a));
  }
  if (node.op !== '==' && node.op !== '!=') return false;
  const typed = node.args.some((side) => side.op === 'call' && side.args[0] === 'type' && side.args[1].some(read));
  return typed && node.args.some((side) => side.op === 'id' && NUMBERS.has(side.args));
}

const anywhere = (node: Node, variables: Variables): boolean =>
  depends(node, variables) || below(node).some((inner) => anywhere(inner, variables));

/**
 * Notes on policies of which Kyverno's command line may say something else than a cluster: in CEL it takes the whole numbers of an
 * object for doubles, an API server for ints, so that `replicas % 2` is an error and `type(replicas) == int` false.
 */
export function notesOnNumbers(policies: readonly KubeObject[]): string[] {
  return policies.flatMap((policy) => {
    if (policy.kind === 'ConstraintTemplate') return [];
    const found = sourcesOf(policy).flatMap(({ expressions, variables }) => {
      const known = new Map(
        variables.flatMap(({ name, expression }) => {
          const node = typeof expression === 'string' ? parseCel(expression) : undefined;
          return node ? [[String(name), node] as const] : [];
        }),
      );
      const texts = [...expressions, ...variables.flatMap(({ expression }) => expression ?? [])];
      return texts.filter((text): text is string => {
        if (typeof text !== 'string') return false;
        const node = parseCel(text);
        // Kyverno is given policies with their numbers made whole, where that can be told.
        if (withWholeNumbers(text) !== text) return false;
        return node !== undefined && anywhere(node, known);
      });
    });
    const [first] = found;
    if (first === undefined) return [];
    const text = first.length > 120 ? `${first.slice(0, 120)}…` : first;
    return [
      `a cluster may say something else: Kyverno's command line takes whole numbers of an object for floating-point ones in CEL, an API server for integers (${policy.kind} "${policy.metadata?.name}": ${text})`,
    ];
  });
}
