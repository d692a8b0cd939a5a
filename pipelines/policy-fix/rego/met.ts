import { equalJson, isObject } from '../../../src/manifest/json.ts';
import { saidTogether } from '../cel/composed.ts';
import { type Meaning, valueNow } from '../cel/meaning.ts';
import { alike, amongSeen, both, edit, gone, MOST_WAYS, merged, oneOf, rightGone } from '../cel/ways.ts';
import { compared, joined } from '../cel/wishes.ts';
import { set } from '../edits.ts';
import { wordsOfPattern } from '../fixers/parameters.ts';
import type { Way } from '../wish.ts';
import type { Test } from './builtins.ts';
import { itemLike } from './one-more.ts';

/** A place that has to be there, or not. */
export function stood(meaning: Meaning, want: boolean): Way[] {
  if (meaning.kind === 'condition') return meaning.now === want ? [[]] : meaning.ways(want);
  if (meaning.kind !== 'place') return [];
  if (typeof valueNow(meaning) === 'boolean') return [edit(set(meaning.path, want))];
  return want ? [[{ kind: 'present', path: meaning.path, pattern: '' }]] : gone(meaning);
}

/** What a function that is not understood says of texts and numbers of the object: others may do, `example` being one. */
export function other(args: readonly Meaning[], want: boolean, example?: string): Way[] {
  return args
    .filter((arg) => arg.kind === 'place' && ['string', 'number'].includes(typeof arg.value))
    .flatMap((place) =>
      want && place.kind === 'place'
        ? [
            [
              { kind: 'present', path: place.path, pattern: '', ...(example === undefined ? {} : { example }) },
            ] satisfies Way,
          ]
        : gone(place),
    )
    .slice(0, MOST_WAYS);
}

export function matched({ place, pattern, list, conditions, of, widest }: Test, want: boolean): Way[] {
  if (conditions) {
    const each = conditions.items.map((item) => stood(item, want));
    return conditions.all === want ? each.reduce<Way[]>(both, [[]]) : merged(each.flat());
  }
  const member = place.kind === 'value' ? place.value : undefined;
  const together = want && of?.kind !== 'place' ? saidTogether(place, list ?? []) : [];
  if (together.length > 0) return together;
  if (member !== undefined && of) {
    if (want) return isObject(member) && of.kind === 'place' ? itemLike(of, member) : joined(of, member);
    return alike((list ?? []).filter((item) => equalJson(valueNow(item), member)).map(gone));
  }
  if (place.kind !== 'place') return [];
  if (!want) return gone(place);
  const right = rightGone(place);
  if (right) return right;
  if (widest !== undefined)
    return [[{ kind: 'choose', path: place.path, values: [widest], source: 'the widest that the policy accepts' }]];
  if (place.key && list) return list.flatMap((item) => compared('==', place, item)).slice(0, MOST_WAYS);
  const seen = list?.filter((item) => item.kind === 'value' && item.seen);
  if (seen && seen.length > 0)
    return amongSeen(
      place.path,
      seen.flatMap((item) => valueNow(item) ?? []),
    );
  if (list)
    return oneOf(
      place.path,
      list.flatMap((item) => valueNow(item) ?? []),
      valueNow(place),
    );
  const words = oneOf(place.path, wordsOfPattern(pattern));
  return words.length > 0 ? words : [[{ kind: 'present', path: place.path, pattern }]];
}
