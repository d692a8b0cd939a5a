import { isObject } from '../../../src/manifest/json.ts';
import { compares } from '../cel/compares.ts';
import { saidTogether } from '../cel/composed.ts';
import { UNKNOWN, valueNow } from '../cel/meaning.ts';
import { itemsOf } from '../cel/resolve.ts';
import { oneOf } from '../cel/ways.ts';
import { joined, sized } from '../cel/wishes.ts';
import type { Way } from '../wish.ts';
import { matched } from './met.ts';
import { itemLike } from './one-more.ts';
import { results } from './read.ts';
import { type Bindings, isFree, madeByOwners, type Reading } from './reading.ts';
import type { Term } from './terms.ts';

/** Functions that write a text in another case. */
const CASES = new Set(['lower', 'upper']);

/** `list[_] == "x"`: what would be a member of a list of the object's. */
export function memberWays(reading: Reading, term: Term, other: Term, bindings: Bindings): Way[] {
  const cased = term.kind === 'call' && CASES.has(term.name) ? term.args[0] : undefined;
  const item = cased ?? term;
  const last = item.kind === 'ref' ? item.steps.at(-1) : undefined;
  if (item.kind !== 'ref' || !isFree(reading, last, bindings)) return [];
  const member = valueNow(results(reading, other, bindings)[0]?.meaning ?? UNKNOWN);
  const list = results(reading, { ...item, steps: item.steps.slice(0, -1) }, bindings)[0]?.meaning;
  if (isObject(member) && cased === undefined) return itemLike(list, member);
  if (member === undefined || typeof member === 'object' || list?.kind !== 'place' || isObject(list.value)) return [];
  return madeByOwners(list.path) ? [] : joined(list, member, cased !== undefined);
}

/** `count(list) > 0`: ways to leave the list empty, or to have something in it. */
export function counted(reading: Reading, term: Term, operator: string, bound: Term, bindings: Bindings): Way[] {
  const list = term.kind === 'call' && term.name === 'count' ? term.args[0] : undefined;
  const limit = bound.kind === 'literal' ? bound.value : undefined;
  if (!list || typeof limit !== 'number') return [];
  return results(reading, list, bindings).flatMap(({ meaning }) => sized(meaning, operator, limit));
}

/** `order[x] < 2`: the keys of a map for which the comparison would hold. */
export function lookedUp(reading: Reading, term: Term, operator: string, bound: Term, bindings: Bindings): Way[] {
  const key = term.kind === 'ref' ? keyOf(reading, term, bindings) : undefined;
  const map = key?.of && valueNow(key.of);
  const other = results(reading, bound, bindings)[0]?.meaning ?? UNKNOWN;
  const limit = valueNow(other);
  // What is compared with what a key leads to gives way rather than the key.
  if (!key || !isObject(map) || limit === undefined || other.kind === 'place') return [];
  return oneOf(
    key.place.path,
    Object.keys(map).filter((name) => compares(operator, map[name] ?? null, limit)),
  );
}

/** What is used as a key of what: a place, or a text that is put together of some. */
function keyIn(reading: Reading, term: Extract<Term, { kind: 'ref' }>, bindings: Bindings) {
  const last = term.steps.at(-1);
  if (last === undefined || last.kind === 'literal') return undefined;
  const key = results(reading, last, bindings)[0]?.meaning;
  const of = results(reading, { ...term, steps: term.steps.slice(0, -1) }, bindings)[0]?.meaning;
  return key && of && (of.kind === 'list' || of.kind === 'value' || of.kind === 'map') ? { key, of } : undefined;
}

/** What a place is used as a key of. */
function keyOf(...[reading, term, bindings]: Parameters<typeof keyIn>) {
  const { key: place, of } = keyIn(reading, term, bindings) ?? {};
  return place?.kind === 'place' && of ? { place, of } : undefined;
}

/** `bad[_]`, `seen["ALL"]`: a list that is to be empty or not, or to have a member. */
export function membership(
  reading: Reading,
  term: Extract<Term, { kind: 'ref' }>,
  bindings: Bindings,
  want: boolean,
): Way[] {
  const last = term.steps.at(-1);
  if (last === undefined) return [];
  const of = results(reading, { ...term, steps: term.steps.slice(0, -1) }, bindings)[0]?.meaning;
  if (of?.kind !== 'list' && of?.kind !== 'map') return [];
  if (isFree(reading, last, bindings)) return of.filled?.(want) ?? [];
  const member =
    want && of.kind === 'list' && of.set
      ? valueNow(results(reading, last, bindings)[0]?.meaning ?? UNKNOWN)
      : undefined;
  return member === undefined ? [] : joined(of, member);
}

/** `allowed[x]`: a place that has to hold a member of a set, or must not. */
export function listed(
  reading: Reading,
  term: Extract<Term, { kind: 'ref' }>,
  bindings: Bindings,
  want: boolean,
): Way[] | undefined {
  const { key: text = UNKNOWN, of } = (want ? keyIn(reading, term, bindings) : undefined) ?? {};
  const together = of && of.kind !== 'map' ? saidTogether(text, itemsOf(of) ?? []) : [];
  if (together.length > 0) return together;
  const key = keyOf(reading, term, bindings);
  return key && matched({ holds: undefined, place: key.place, pattern: '', list: itemsOf(key.of) ?? [] }, want);
}
