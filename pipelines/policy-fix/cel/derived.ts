import type { Path } from '../edits.ts';
import { remove } from '../edits.ts';
import { keysOf, type Way } from '../wish.ts';
import { type Meaning, valueNow } from './meaning.ts';
import { isNode, type Node } from './parse.ts';
import { type Condition, itemsOf, nameOf, resolve, variableOf } from './resolve.ts';
import { OF_TEXT } from './texts.ts';
import { edit, MOST_WAYS } from './ways.ts';

/** Whether an expression takes a text apart, or reads a point in time out of it. */
function takesApart(part: unknown, scope: Condition['scope']): boolean {
  if (Array.isArray(part)) return part.some((each) => takesApart(each, scope));
  if (!isNode(part)) return false;
  if (part.op === 'call' && part.args[0] === 'timestamp') return true;
  if (part.op === 'rcall' && Object.hasOwn(OF_TEXT, part.args[0])) return true;
  if (part.op === '.' && nameOf(part.args[0]) === 'variables') {
    const variable = variableOf(scope, String(part.args[1]));
    return variable !== undefined && takesApart(variable.node, variable.scope);
  }
  return takesApart(part.args, scope);
}

type Place = Meaning & { readonly kind: 'place' };

/** The scalars of the object that an expression reads. */
function placesIn(part: unknown, scope: Condition['scope']): Place[] {
  if (Array.isArray(part)) return part.flatMap((each) => placesIn(each, scope));
  if (!isNode(part)) return [];
  const place = resolve({ node: part, scope });
  if (place.kind === 'place') return place.path.length > 0 && typeof place.value !== 'object' ? [place] : [];
  if (part.op === '.' && nameOf(part.args[0]) === 'variables') {
    const variable = variableOf(scope, String(part.args[1]));
    return variable ? placesIn(variable.node, variable.scope) : [];
  }
  return placesIn(part.args, scope);
}

/**
 * What is said of parts of one text of the object (`schedule.split(' ')[0] != '*'`): which other text has such parts is not read out
 * of it, but that it has to be another.
 */
export function otherText({ node, scope }: Condition): Way[] {
  if (!takesApart(node, scope)) return [];
  const [first, ...others] = placesIn(node, scope);
  if (!first || first.key || others.some(({ path }) => path.join('\0') !== first.path.join('\0'))) return [];
  if (first.value !== undefined && typeof first.value !== 'string') return [];
  const isTime = JSON.stringify(node.args, (_, part) => (typeof part === 'bigint' ? Number(part) : part)).includes(
    'timestamp',
  );
  return [[{ kind: 'present', path: first.path, pattern: '', ...(isTime ? { example: '2999-01-01T00:00:00Z' } : {}) }]];
}

/** The list whose distinct members are counted: `list.distinct().size()`. */
function distinctIn(node: Node | undefined): Node | undefined {
  return node?.op === 'rcall' && node.args[0] === 'distinct' ? node.args[1] : undefined;
}

/** Where the item of a list stands that a place is, or lies in; a variable is known by its name. */
const itemAt = (path: Path): Path =>
  /(?:^|\.)env\.name$/.test(keysOf(path))
    ? path
    : path.slice(0, path.findLastIndex((key) => typeof key === 'number') + 1);

/** Lists that hold nothing twice (`x.distinct().size() == x.size()`): one of two that are the same goes. */
export function onlyOnce(left: Node | undefined, right: Node | undefined, scope: Condition['scope']): Way[] {
  const list = distinctIn(left) ?? distinctIn(right);
  const items = list ? (itemsOf(resolve({ node: list, scope })) ?? []) : [];
  const groups = Map.groupBy(
    items.filter((item): item is Place => item.kind === 'place' && !item.key && item.path.some(Number.isInteger)),
    (item) => JSON.stringify(valueNow(item)),
  );
  const twice = [...groups.values()].find(({ length }) => length > 1) ?? [];
  return twice.slice(0, MOST_WAYS).map(({ path }) => edit(remove(itemAt(path))));
}
