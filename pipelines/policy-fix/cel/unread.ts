import { asksType } from './comparison.ts';
import { isNode } from './parse.ts';
import { type Condition, itemsOf, nameOf, resolve, truth, variableOf, withName } from './resolve.ts';
import { ways } from './wishes.ts';

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

/** Whether it is not known how an expression about the object comes to hold, or not to. */
const isUnknown = (condition: Condition, want: boolean): boolean =>
  !asksType(condition.node) && ways(condition, want).length === 0 && touchesObject(condition);

/** Whether an expression would also hold, or not hold, in a way that is not understood. */
export function unread(condition: Condition, want: boolean): boolean {
  const { node, scope } = condition;
  if (scope.budget.left-- <= 0 || truth(condition) === want) return false;
  if (node.op === '!_') return unread({ node: node.args, scope }, !want);
  if (node.op === '&&' || node.op === '||') {
    const sides = node.args.map((side): Condition => ({ node: side, scope }));
    if ((node.op === '&&') === want) return sides.some((side) => unread(side, want));
    return sides.some((side) => isUnknown(side, want) || unread(side, want));
  }
  if (node.op === '?:') {
    const [test, ...branches] = node.args;
    const asked = truth({ node: test, scope });
    return (asked === undefined ? branches : [branches[asked ? 0 : 1]])
      .filter((branch) => branch !== undefined)
      .map((branch): Condition => ({ node: branch, scope }))
      .some((branch) => isUnknown(branch, want) || unread(branch, want));
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
