import type { Json } from '../../../src/manifest/json.ts';
import { remove } from '../edits.ts';
import type { Way } from '../wish.ts';
import { comparison } from './comparison.ts';
import { type Meaning, valueNow } from './meaning.ts';
import type { Node } from './parse.ts';
import { resolve, type Scope, truth, withName } from './resolve.ts';
import { edit, MOST_WAYS } from './ways.ts';

type Place = Meaning & { readonly kind: 'place' };

/** What tells an item from others: the scalar of it, or the item itself, that a comparison looks at. */
function toldBy(body: Node, scope: Scope, label: string, item: Meaning): Place | undefined {
  const pair = comparison(body);
  if (pair?.operator !== '==' || item.kind !== 'place') return undefined;
  const within = withName(scope, label, item);
  // Of `q.name == p.name` the side that another item would change is the one.
  const without = withName(scope, label, { kind: 'unknown' });
  const side = [pair.left, pair.right].find((each) => {
    const place = resolve({ node: each, scope: within });
    return place.kind === 'place' && resolve({ node: each, scope: without }).kind !== 'place';
  });
  const place = side && resolve({ node: side, scope: within });
  return place?.kind === 'place' && !place.key ? place : undefined;
}

/** Any text that no other item of the list has; never offered. */
const another = (now: Json | undefined, at: number): string | undefined =>
  now === undefined || typeof now === 'string' ? `opsline-${at}` : undefined;

/** Each of some items alone, without what makes the others such; none where that is not known of one. */
function eachAlone(same: readonly Meaning[], undone: (item: Meaning) => readonly Way[]): Way[] {
  const without = same.map((item) => undone(item)[0] ?? []);
  if (same.length < 2 || without.some(({ length }) => length === 0)) return [];
  return same.slice(0, MOST_WAYS).map((_, stays) => without.flatMap((way, at) => (at === stays ? [] : way)));
}

/**
 * Of several items for which something holds that is to hold for one alone (`exists_one(q, q.name == p.name)`): the first stays, the
 * others are to be told apart from it. A plain item that is there twice goes. Where more is asked of an item than what it is called,
 * any may stay, and of the others it is `undone`. Empty where one alone, or none, is there.
 */
export function oneAlone(
  body: Node,
  scope: Scope,
  label: string,
  items: readonly Meaning[],
  undone: (item: Meaning) => readonly Way[],
): Way[] {
  const same = items.filter((item) => truth({ node: body, scope: withName(scope, label, item) }) === true);
  const places = same.slice(1).map((item) => ({ item, place: toldBy(body, scope, label, item) }));
  if (!places.every(({ place }) => place !== undefined)) return eachAlone(same, undone);
  const told = places.flatMap(({ item, place }): Way => {
    if (!place || item.kind !== 'place') return [];
    const { path } = place;
    if (path.length === item.path.length) return edit(remove(path));
    const now = valueNow(place);
    if (typeof now === 'object') return [];
    const example = another(place.value, Number(item.path.at(-1)));
    const pattern = now === undefined || now === '' ? '' : `!${now}`;
    return [{ kind: 'present', path, pattern, ...(example === undefined ? {} : { example }) }];
  });
  return told.length > 0 ? [told] : [];
}
