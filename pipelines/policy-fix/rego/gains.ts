import { type Json, valueAt } from '../../../src/manifest/json.ts';
import { value } from '../cel/meaning.ts';
import { merged } from '../cel/ways.ts';
import { joined } from '../cel/wishes.ts';
import { pathOfWish, type Way, type Wish } from '../wish.ts';
import { results } from './read.ts';
import { type Bindings, bound, madeByOwners, nameIn, type Reading } from './reading.ts';
import type { Rule, Term } from './terms.ts';

type Collect = Extract<Term, { kind: 'collect' }>;

/** Functions that write a text in another case. */
const CASES = new Set(['lower', 'upper']);

/** The list that a statement takes a named item out of: `some x in list`, `x := list[_]`. */
export function listOf(statement: Term, name: string): Term | undefined {
  if (statement.kind === 'each') return statement.names.at(-1) === name ? statement.of : undefined;
  if (statement.kind !== 'assign' || statement.name !== name || statement.term.kind !== 'ref') return undefined;
  const { steps } = statement.term;
  return nameIn(steps.at(-1)) === '_' ? { ...statement.term, steps: steps.slice(0, -1) } : undefined;
}

/** `{k | some k, _ in labels}`: a set of the keys of a map of the object's grows by a key. */
function keysGain(reading: Reading, loop: Term, name: string | undefined, bindings: Bindings, member: Json): Way[] {
  if (loop.kind !== 'each' || loop.names.length < 2 || loop.names[0] !== name || typeof member !== 'string') return [];
  const map = results(reading, loop.of, bindings)[0]?.meaning;
  return map?.kind === 'place' && !Array.isArray(map.value)
    ? [[{ kind: 'present', path: [...map.path, member], pattern: '' }]]
    : [];
}

/** `{c | some x in list; c := lower(x)}`: a set that is nothing but a list of the object's, maybe in another case, grows with it. */
function grown(reading: Reading, { term, body }: Collect, bindings: Bindings, member: Json): Way[] {
  let [name, left, cased] = [nameIn(term), [...body], false];
  const written = left.findIndex((each) => each.kind === 'assign' && each.name === name);
  const made = left[written];
  if (made?.kind === 'assign' && made.term.kind === 'call' && CASES.has(made.term.name)) {
    name = nameIn(made.term.args[0]);
    left = left.toSpliced(written, 1);
    cased = true;
  }
  const [only] = left;
  const keys = only && left.length === 1 ? keysGain(reading, only, name, bindings, member) : [];
  if (keys.length > 0) return keys;
  const from = name !== undefined && only && left.length === 1 ? listOf(only, name) : undefined;
  const list = from && results(reading, from, bindings)[0]?.meaning;
  return list?.kind === 'place' && !madeByOwners(list.path) ? joined(list, member, cased) : [];
}

const isMore = (wish: Wish): boolean => wish.kind === 'edit' && wish.edit.op === 'append';

/** What would make a collection hold a member, without writing over what stands in the object. */
export function gainsOf(reading: Reading, collect: Collect, bindings: Bindings, member: Json): Way[] {
  const { term, body } = collect;
  const more = grown(reading, collect, bindings, member);
  if (more.length > 0) return more;
  const name = nameIn(term);
  if (name !== undefined) return reading.wishes.body(reading, body, bound(bindings, name, value(member)), true);
  if (term.kind !== 'ref' || member === null || typeof member === 'object') return [];
  const is: Term = { kind: 'compare', operator: '==', left: term, right: { kind: 'literal', value: member } };
  return reading.wishes
    .body(reading, [...body, is], bindings, true)
    .filter((way) => way.every((wish) => isMore(wish) || valueAt(reading.object, pathOfWish(wish)) === undefined));
}

/** What would make a set hold a member whose members rules give (`have[key] { labels[key] }`): any of the rules may give it. */
export const givenMore = (reading: Reading, rules: readonly Rule[], member: Json): Way[] =>
  merged(
    rules.flatMap(({ key, body }) =>
      key ? gainsOf(reading, { kind: 'collect', term: key, body, set: true }, new Map(), member) : [],
    ),
  );
