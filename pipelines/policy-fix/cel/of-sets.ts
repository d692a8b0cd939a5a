import { equalJson } from '../../../src/manifest/json.ts';
import type { Way } from '../wish.ts';
import { type Meaning, valueNow } from './meaning.ts';
import { itemsOf } from './resolve.ts';
import { alike, both, gone } from './ways.ts';
import { compared, contained, joined } from './wishes.ts';

/** Ways to make a set hold all, any or nothing of another. */
export function ofSets(name: string, has: Meaning, wanted: Meaning, want: boolean): Way[] {
  const among = (item: Meaning, list: Meaning): boolean =>
    (itemsOf(list) ?? []).some((other) => equalJson(valueNow(other), valueNow(item)));
  const items = itemsOf(wanted) ?? [];
  const places = (list: readonly Meaning[]): readonly Meaning[] => list.filter((item) => item.kind === 'place');
  if (name === 'contains' && want) {
    const missing = items.filter((item) => !among(item, has));
    if (has.kind !== 'place' && !(has.kind === 'list' && has.gains)) return alike(missing.map(gone));
    return missing.map((item) => joined(has, valueNow(item) ?? null)).reduce<Way[]>(both, [[]]);
  }
  if (name === 'equivalent' && want)
    return compared('==', has.kind === 'place' ? has : wanted, has.kind === 'place' ? wanted : has);
  if (name !== 'intersects') return [];
  if (want) return has.kind === 'place' && items.length === 1 && items[0] ? contained(items[0], has, true) : [];
  const common = [
    ...places(itemsOf(has) ?? []).filter((item) => among(item, wanted)),
    ...places(items).filter((item) => among(item, has)),
  ];
  return alike(common.map(gone));
}
