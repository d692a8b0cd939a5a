import { isObject } from '../../../src/manifest/json.ts';
import { type Meaning, valueNow } from '../cel/meaning.ts';
import { itemsOf } from '../cel/resolve.ts';

/** The items of a list or set; undefined for a map and for what is none. */
export const listOf = (meaning: Meaning): readonly Meaning[] | undefined =>
  meaning.kind === 'map' || isObject(valueNow(meaning)) ? undefined : itemsOf(meaning);

/** How many items, members or keys there are; undefined for what has none. */
export function sizeOf(meaning: Meaning): number | undefined {
  if (meaning.kind === 'map') return meaning.fields.size;
  const now = valueNow(meaning);
  return isObject(now) ? Object.keys(now).length : listOf(meaning)?.length;
}
