import type { Path } from '../edits.ts';
import { isRemovedUnasked, type Wish } from '../wish.ts';

/** The field that a question is about, as answers and policies call it. */
export const aboutOf = (path: Path): string[] => [
  String(path.findLast((key) => typeof key === 'string')).toLowerCase(),
];

/** Whether a wish takes something away that people have to give up. */
export const isRemoval = (wish: Wish): boolean =>
  wish.kind === 'edit' && wish.edit.op === 'remove' && !isRemovedUnasked(wish.edit.path);
