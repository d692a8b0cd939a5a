import type { Path } from './edits.ts';
import { isNever, pathOfWish, type Way } from './wish.ts';

/** Fields of an item by which it is told from the others of its list, or that say how the rest of it is read. */
const TELLING = /^(?:key|operator|type|kind|group|apiGroup|protocol|effect)$/;

/** The field of an item of a list that a way does nothing but take away. */
function fieldGone([wish, ...more]: Way): Path | undefined {
  if (wish?.kind !== 'edit' || wish.edit.op !== 'remove' || more.length > 0) return undefined;
  return typeof wish.edit.path.at(-2) === 'number' ? wish.edit.path : undefined;
}

/**
 * The ways without those that only leave unsaid which item of a list is meant, where another changes what is asked of it: `key ==
 * "zone"; not values[_] in allowed` is about the values.
 */
export function itemsTold(ways: readonly Way[]): readonly Way[] {
  const about = (way: Way, item: Path): boolean =>
    fieldGone(way) === undefined &&
    way.some((wish) => {
      const path = pathOfWish(wish);
      return path.length > item.length && item.every((key, at) => key === path[at]) && !isNever(path);
    });
  return ways.filter((way) => {
    const field = fieldGone(way);
    if (!field || !TELLING.test(String(field.at(-1)))) return true;
    return !ways.some((other) => about(other, field.slice(0, -1)));
  });
}
