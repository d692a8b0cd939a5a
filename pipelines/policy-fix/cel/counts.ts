import { remove } from '../edits.ts';
import type { Way } from '../wish.ts';
import { type Meaning, valueNow } from './meaning.ts';
import { itemsOf } from './resolve.ts';
import { alike, edit, MOST_WAYS } from './ways.ts';
import { ways } from './wishes.ts';

/** `list.filter(x, …).size() == list.size()`: of as many items as there are every one is to be kept. */
export function allKept(a: Meaning, b: Meaning): Way[] {
  for (const [some, whole] of [
    [a, b],
    [b, a],
  ] as const)
    if (some.kind === 'filtered' && itemsOf(whole)?.length === some.items.length)
      return alike(some.items.map((item) => ways(some.keep(item), true)));
  return [];
}

/** The least and the most that a comparison takes of a count. */
function boundsOf(operator: string, limit: number): readonly [least: number, most: number] {
  if (operator === '==') return [limit, limit];
  if (operator === '<' || operator === '<=') return [0, operator === '<' ? limit - 1 : limit];
  return operator === '>' || operator === '>=' ? [operator === '>' ? limit + 1 : limit, Infinity] : [0, Infinity];
}

/**
 * A list with too many items: any that stand beside one another may stay. A text that is too long or too short has to be another one,
 * of which an example is told.
 */
export function counted(place: Meaning, operator: string, limit: number): Way[] {
  const [least, most] = boundsOf(operator, limit);
  const now = valueNow(place);
  if (place.kind !== 'place' || place.key || most < 1) return [];
  if (typeof now === 'string') {
    const example = now.slice(0, Math.min(most, now.length)).padEnd(Math.min(least, 1_000), 'x');
    return example === now ? [] : [[{ kind: 'present', path: place.path, pattern: '', example }]];
  }
  if (!Array.isArray(place.value) || place.value.length <= most) return [];
  const { length } = place.value;
  return Array.from({ length: Math.min(MOST_WAYS, length - most + 1) }, (_, first) =>
    edit(
      ...Array.from({ length }, (_, i) => length - 1 - i)
        .filter((at) => at < first || at >= first + most)
        .map((at) => remove([...place.path, at])),
    ),
  );
}
