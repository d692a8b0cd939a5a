import type { Path } from '../edits.ts';
import { keysOf, pathOfWish, type Stated, type Wish } from '../wish.ts';
import { isRemoval } from './stated-words.ts';

/** Whether a policy says who should have the rights that a binding gives. */
export const isNamedSubject = (wish: Wish): boolean =>
  wish.kind === 'edit' && wish.edit.op === 'set' && keysOf(wish.edit.path) === 'subjects.name';

/** Which part of a binding a place is: its role, or one of its subjects. */
const partOf = (path: Path): string => path.slice(0, path[0] === 'subjects' ? 2 : 1).join('.');

/** Of wishes for a binding those that only take away who has the rights, or the role, where others name who should have them instead. */
export function givenUpInstead(wishes: readonly Stated[]): (wish: Wish) => boolean {
  const named = wishes.map(({ wish }) => wish).filter(isNamedSubject);
  const parts = new Set(named.flatMap((wish) => [partOf(pathOfWish(wish)), 'roleRef']));
  return (wish) => isRemoval(wish) && parts.has(partOf(pathOfWish(wish)));
}
