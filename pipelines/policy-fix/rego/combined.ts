import { equalJson, type Json } from '../../../src/manifest/json.ts';
import { saidTogether } from '../cel/composed.ts';
import { type Meaning, UNKNOWN, valueNow } from '../cel/meaning.ts';
import { alike, gone, merged } from '../cel/ways.ts';
import { joined } from '../cel/wishes.ts';
import type { Way } from '../wish.ts';
import { listOf } from './lists.ts';

/** What a member of a set is now, which may be a list of several things (`[host, path]`); undefined where some of it cannot be told. */
function wholeNow(member: Meaning): Json | undefined {
  if (member.kind !== 'list') return valueNow(member);
  const items = member.items.map(wholeNow);
  return items.every((item) => item !== undefined) ? items : undefined;
}

/** Whether a member stands in the object, or something of it does. */
const isOwn = (member: Meaning): boolean =>
  member.kind === 'place' || (member.kind === 'list' && member.items.some(isOwn));

/** Ways to have a member no longer stand in the object: of several things that it is any may be another. */
const partGone = (member: Meaning): Way[] =>
  member.kind === 'list' ? merged(member.items.flatMap(partGone)) : gone(member);

/** Sets of more than this many pairs are not compared: hostile code is given up. */
const MOST_PAIRS = 100_000;

/** Difference, intersection and union of sets. */
export function combined(operator: string, a: Meaning, b: Meaning): Meaning {
  const [left, right] = [listOf(a), listOf(b)];
  if (!left || !right) return UNKNOWN;
  const among = (item: Meaning, list: readonly Meaning[]): boolean => {
    const now = wholeNow(item);
    return now !== undefined && list.some((other) => equalJson(wholeNow(other), now));
  };
  if (operator === '|') return { kind: 'list', items: [...left, ...right] };
  if (left.length * right.length > MOST_PAIRS) return UNKNOWN;
  if (operator === '-') {
    const items = left.filter((item) => !among(item, right));
    // What is written down has to get into the second, what stands in the object has to go.
    const emptied = (item: Meaning): Way[] => {
      const together = b.kind === 'place' ? [] : saidTogether(item, right);
      return together.length > 0 ? together : item.kind === 'value' ? joined(b, item.value) : partGone(item);
    };
    const filled = (some: boolean): Way[] => (some ? [] : alike(items.map(emptied)));
    return { kind: 'list', items, filled, set: true };
  }
  if (operator !== '&') return UNKNOWN;
  // What both have has to go from the one that stands in the object.
  const common = [left.filter((item) => among(item, right)), right.filter((item) => among(item, left))];
  const [items = []] = common;
  const of = common.find((list) => list.length > 0 && list.every(isOwn));
  // One that is to hold something gets a member of the list that is written down.
  const isGiven = left.length > 0 && left.every(({ kind }) => kind === 'value');
  const [given, grows] = isGiven ? [left, b] : [right, a];
  const gained = (): Way[] => merged(given.flatMap((item) => (item.kind === 'value' ? joined(grows, item.value) : [])));
  const filled = (some: boolean): Way[] => (some ? gained() : of ? alike(of.map(partGone)) : []);
  return { kind: 'list', items, set: true, filled };
}
