import { type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import type { Path } from '../edits.ts';
import { isNever, isRemovedUnasked, pathOfWish, type Stated, type Wish } from '../wish.ts';

/** The field that a question is about, as answers and policies call it. */
export const aboutOf = (path: Path): string[] => [
  String(path.findLast((key) => typeof key === 'string')).toLowerCase(),
];

/** Whether a wish takes something away that people have to give up. */
export const isRemoval = (wish: Wish): boolean =>
  wish.kind === 'edit' && wish.edit.op === 'remove' && !isRemovedUnasked(wish.edit.path);

/** What a question says of the other places of which one would do as well: a host beside its path, a chart for a folder. */
export function insteadOf(object: JsonObject, { wish, ways = [] }: Stated): string {
  const own = pathOfWish(wish).join('.');
  const others = ways.flatMap((way) => {
    const [only] = way;
    if (way.length !== 1 || !only || only.kind === 'choose' || only.kind !== wish.kind) return [];
    if (only.kind === 'edit' && only.edit.op !== 'remove') return [];
    const path = pathOfWish(only);
    const now = valueAt(object, path);
    const open = only.kind === 'present' ? now === undefined : now !== null && typeof now !== 'object';
    return isNever(path) || !open || path.join('.') === own ? [] : [path.join('.')];
  });
  const named = [...new Set(others)].slice(0, 2).join(' or ');
  if (named === '') return '';
  return wish.kind === 'present' ? ` ${named} would do as well.` : ` Another ${named} would do as well.`;
}
