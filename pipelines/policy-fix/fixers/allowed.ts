import { type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import type { Path } from '../edits.ts';
import { isGrant, isNever, pathOfWish, type Wish } from '../wish.ts';
import type { FixContext } from './fixer.ts';
import { isFragment } from './kyverno-pattern.ts';
import { isPortName } from './offered-values.ts';
import { isNamedSubject } from './subjects.ts';

/** Whether a variable comes to those that a container has, none of which changes. */
export const isNewVariable = (object: Json, wish: Wish): boolean =>
  wish.kind === 'edit' &&
  wish.edit.path.at(-1) === 'env' &&
  (wish.edit.op === 'append' || (wish.edit.op === 'set' && valueAt(object, wish.edit.path) === undefined));

/** Whether a wish may become an edit or a question: no grant, no fragment, nothing that only people decide. */
export function allowed({ object }: FixContext, wish: Wish): boolean {
  const path = pathOfWish(wish);
  if (isGrant(wish)) return false;
  if (isNewVariable(object, wish) || isNamedSubject(wish)) return true;
  return (!isNever(path) || isPortName(object, path)) && !isFragment(object, path);
}

/** What else a list of plain values holds, where an item of it stands at a path. */
export function neighboursOf(object: JsonObject, path: Path): Json[] {
  const list = typeof path.at(-1) === 'number' ? valueAt(object, path.slice(0, -1)) : undefined;
  const items = Array.isArray(list) && Number(path.at(-1)) < list.length ? list.toSpliced(Number(path.at(-1)), 1) : [];
  return items.some((item) => item !== null && typeof item === 'object') ? [] : items;
}
