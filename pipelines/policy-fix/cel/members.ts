import { equalJson, isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import { append, applyEdits, type Path } from '../edits.ts';
import { isOwners, pathOfWish, type Way } from '../wish.ts';
import { type Meaning, valueNow } from './meaning.ts';

const startsWith = (path: Path, start: Path): boolean => start.every((key, at) => key === path[at]);

/** Keys that tell items of a list apart. */
export const TELLING = /^(?:name|key|ip|host|mountPath|topologyKey)$/;

/** Whether a way writes a text over another one, so that an item becomes a different one. */
const replacesText = (items: readonly Meaning[], way: Way): boolean =>
  way.some((wish) => {
    if (wish.kind !== 'edit' || wish.edit.op !== 'set' || typeof wish.edit.value !== 'string') return false;
    const { path } = wish.edit;
    const own = items.find((item) => item.kind === 'place' && startsWith(path, item.path));
    const now = own?.kind === 'place' ? valueAt(own.value ?? null, path.slice(own.path.length)) : undefined;
    return typeof now === 'string' && !isOwners({ wish });
  });

/**
 * How a list of objects comes to hold one that fits a condition (`actions.exists(a, a.action == 'export')`): by the ways of those
 * that stand there (`there`), or, where none of them has a text that the condition asks for, by one more. Then no item is made into a
 * different one: what it was there for would be gone. `fits` gives the ways of an item.
 */
export function oneThatFits(
  path: Path | undefined,
  items: readonly Meaning[],
  there: readonly Way[],
  fits: (item: Meaning) => Way[],
): readonly Way[] {
  if (path === undefined) return there;
  const at = [...path, items.length];
  // What else the object could say differently leaves the item without what it needs.
  const within = (way: Way): boolean => way.every((wish) => startsWith(pathOfWish(wish), at));
  const [way, ...others] = fits({ kind: 'place', path: at, value: undefined }).filter(within);
  if (!way || others.length > 0) return there;
  const [only, ...rest] = way;
  // A plain item comes to those that are there, whatever else one of them might be.
  if (only?.kind === 'edit' && only.edit.op === 'set' && rest.length === 0 && equalJson([...pathOfWish(only)], at))
    return typeof only.edit.value === 'string' ? [[{ kind: 'edit', edit: append(path, only.edit.value) }]] : there;
  const told = way.flatMap((wish) =>
    wish.kind === 'edit' && wish.edit.op !== 'remove' && wish.edit.path.length > at.length
      ? [{ ...wish.edit, path: wish.edit.path.slice(at.length) }]
      : [],
  );
  // Which value a variable more has is asked by itself.
  const isValueOfVariable = (wish: Way[number]): boolean =>
    path.at(-1) === 'env' && equalJson([...pathOfWish(wish)], [...at, 'value']);
  const untold = way.some(
    (wish) =>
      !isValueOfVariable(wish) &&
      wish.kind !== 'edit' &&
      !told.some((one) => startsWith(one.path, pathOfWish(wish).slice(at.length))),
  );
  const texts = told.filter(({ op, value }) => op === 'set' && typeof value === 'string');
  const telling = texts.filter(({ path }) => path.length === 1 && TELLING.test(String(path[0])));
  const isMeant = (item: Meaning): boolean =>
    (telling.length > 0 ? telling : texts).some((one) =>
      equalJson(valueAt(valueNow(item) ?? null, one.path) ?? null, one.value),
    );
  // The one that is called so is meant, and no other becomes it.
  const called = telling.length > 0 ? items.filter(isMeant) : [];
  const own = there.filter((way) =>
    way.every((wish) => called.some((item) => item.kind === 'place' && startsWith(pathOfWish(wish), item.path))),
  );
  if (own.length > 0) return own;
  // An item of which only its own items are told, and no plain ones, is the first of its list, or one of many of which any may be meant.
  const inParts = items.length === 0 && told.some(({ op, value }) => op === 'append' && isObject(value));
  if (untold || (texts.length === 0 && !inParts) || items.some(isMeant)) return there;
  const item: Json = applyEdits({}, told);
  const another: Way = [{ kind: 'edit', edit: append(path, item), another: true }];
  return [another, ...there.filter((other) => !replacesText(items, other))];
}
