import { equalJson, type JsonObject } from '../../../src/manifest/json.ts';
import { field, type Meaning, UNKNOWN, value, valueNow } from '../cel/meaning.ts';
import { oneThatFits } from '../cel/members.ts';
import { both, merged } from '../cel/ways.ts';
import { compared } from '../cel/wishes.ts';
import type { Way } from '../wish.ts';
import { listOf } from './gains.ts';
import { listOf as itemsOf } from './lists.ts';
import { results } from './read.ts';
import { type Bindings, bound, isFree, madeByOwners, nameIn, type Reading } from './reading.ts';
import type { Term } from './terms.ts';

/** What makes an item of a list be as a map says, of an item that stands there or one more; nothing is said of what else it holds. */
export function itemLike(list: Meaning | undefined, wanted: JsonObject): Way[] {
  const fits = (item: Meaning): Way[] =>
    Object.entries(wanted)
      .map(([key, each]) => {
        const part = field(item, key);
        return equalJson(valueNow(part), each) ? [[]] : compared('==', part, value(each));
      })
      .reduce<Way[]>(both, [[]]);
  const items = list?.kind === 'place' && Array.isArray(list.value) ? (itemsOf(list) ?? []) : [];
  return merged(oneMore(list, items.flatMap(fits), fits));
}

/** `there` (the ways of the items that stand in a list of the object's), or one more item where none of them is meant. */
function oneMore(list: Meaning | undefined, there: readonly Way[], fits: (item: Meaning) => Way[]): readonly Way[] {
  if (list?.kind !== 'place') return there;
  // A variable more changes none that a container has.
  const isEnv = list.path.at(-1) === 'env';
  const items = Array.isArray(list.value) ? (itemsOf(list) ?? []) : [];
  if (!isEnv && ((items.length === 0 && there.length > 0) || madeByOwners(list.path))) return there;
  return oneThatFits(list.path, items, there, fits);
}

/** `list[_].key == x`: no item is made into a different one. */
export function oneMoreLike(
  reading: Reading,
  term: Term,
  other: Term,
  bindings: Bindings,
  there: readonly Way[],
): readonly Way[] {
  if (term.kind !== 'ref') return there;
  const at = term.steps.findLastIndex((step) => isFree(reading, step, bindings));
  const below = term.steps.slice(at + 1).flatMap((step) => (step.kind === 'literal' ? [String(step.value)] : []));
  if (at === -1 || below.length === 0 || below.length < term.steps.length - at - 1) return there;
  const wanted = results(reading, other, bindings)[0]?.meaning ?? UNKNOWN;
  if (valueNow(wanted) === undefined) return there;
  const list = results(reading, { ...term, steps: term.steps.slice(0, at) }, bindings)[0]?.meaning;
  return oneMore(list, there, (item) => compared('==', below.reduce<Meaning>(field, item), wanted));
}

/** `list[i].key == …`: the list whose items a comparison goes through by a number of their own, and what that is called. */
function byNumber(reading: Reading, statement: Term, bindings: Bindings) {
  for (const side of statement.kind === 'compare' ? [statement.left, statement.right] : []) {
    const at = side.kind === 'ref' ? side.steps.findIndex((step) => isFree(reading, step, bindings)) : -1;
    const index = side.kind === 'ref' ? nameIn(side.steps[at]) : undefined;
    if (side.kind === 'ref' && index !== undefined && index !== '_' && at < side.steps.length - 1)
      return { list: results(reading, { ...side, steps: side.steps.slice(0, at) }, bindings)[0]?.meaning, index };
  }
  return undefined;
}

/** `some x in list; x.key == …`, `x := list[_]; …`: the same of a body whose first loop takes items out of a list of the object's. */
export function oneMoreFor(
  reading: Reading,
  body: readonly Term[],
  bindings: Bindings,
  there: readonly Way[],
): readonly Way[] {
  for (const [at, statement] of body.entries()) {
    // `some i` says nothing yet.
    if (statement.kind === 'list') continue;
    const numbered = byNumber(reading, statement, bindings);
    if (numbered) {
      const { list, index } = numbered;
      const next = value(list?.kind === 'place' ? (itemsOf(list) ?? []).length : 0);
      return oneMore(list, there, () =>
        reading.wishes.body(reading, body.slice(at), bound(bindings, index, next), true),
      );
    }
    const name =
      statement.kind === 'each' ? statement.names.at(-1) : statement.kind === 'assign' ? statement.name : undefined;
    const from = name === undefined || name === '_' ? undefined : listOf(statement, name);
    if (name === undefined || !from) {
      // What comes before is not read: a condition may be about anything.
      if (statement.kind !== 'assign' || nameIn(statement.term) === undefined) return there;
      continue;
    }
    const list = results(reading, from, bindings)[0]?.meaning;
    const rest = body.slice(at + 1);
    return oneMore(list, there, (item) => reading.wishes.body(reading, rest, bound(bindings, name, item), true));
  }
  return there;
}
