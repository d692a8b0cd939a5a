import { equalJson } from '../../../src/manifest/json.ts';
import { type Meaning, valueNow } from './meaning.ts';
import { itemsOf } from './resolve.ts';

/** Methods that give the members of a list otherwise. */
export const OF_LIST: Readonly<Record<string, (items: readonly Meaning[]) => readonly Meaning[]>> = {
  // As deep as lists that stand in expressions go; one that is no list stays.
  flatten: (items) => items.flatMap((item) => itemsOfList(item) ?? [item]),
  distinct: (items) =>
    items.filter((item, at) => {
      const now = valueNow(item);
      return now === undefined || items.findIndex((other) => equalJson(valueNow(other) ?? null, now)) === at;
    }),
};

/** The items of what is a list, not a map. */
const itemsOfList = (meaning: Meaning): readonly Meaning[] | undefined =>
  meaning.kind === 'list' || meaning.kind === 'filtered' || Array.isArray(valueNow(meaning))
    ? itemsOf(meaning)
    : undefined;
