import { type Json, type JsonObject, valueAt } from '../../src/manifest/json.ts';
import { celConditions } from './cel/expressions.ts';
import { truth } from './cel/resolve.ts';
import { unread } from './cel/unread.ts';
import { ways } from './cel/wishes.ts';
import { FIRST_OF_PEOPLE, isForever, isId } from './defaults.ts';
import { applyEdits, type Edit, type Path, remove, set } from './edits.ts';
import { wordsAt } from './field-words.ts';
import { fitToSchema } from './fit.ts';
import type { FixContext } from './fixers/fixer.ts';
import { accepts } from './kyverno/pattern.ts';
import { ruleWishes } from './kyverno/rules.ts';
import { obeying } from './letting-off.ts';
import { regoWishes } from './rego/wishes.ts';
import { isNever, isOwners, pathOfWish, replaces, type Stated, stated, type Way, type Wish } from './wish.ts';

/**
 * A way with what the same expression goes on to want once values are set as the way says: of `min >= 2 && max > min` another
 * maximum. `at`: which of the policies' expressions it is.
 */
function completed(context: FixContext, at: number, way: Way): Way {
  const edits = way.flatMap((wish) => (wish.kind === 'edit' && wish.edit.op === 'set' ? [wish.edit] : []));
  if (edits.length === 0 || edits.length < way.length) return way;
  const next = celConditions({ ...context, object: applyEdits(context.object, edits) })[at];
  if (!next || truth(next) !== false) return way;
  const done = new Set(edits.map(({ path }) => path.join('\0')));
  // What would undo the way is none.
  const open = ways(next, true).filter((more) => !more.some((wish) => done.has(pathOfWish(wish).join('\0'))));
  const [more = [], ...others] = open;
  return others.length > 0 ? way : [...way, ...more];
}

/** Every wish that the expressions, code, patterns and conditions of the violated policies state of an object. */
function wishesOf(context: FixContext): Stated[] {
  return [
    ...celConditions(context).flatMap(({ policy, ...condition }, at) => {
      const all = ways(condition, true).map((way) => completed(context, at, way));
      return stated(policy, all, unread(condition, true));
    }),
    ...regoWishes(context),
    ...ruleWishes(context),
  ];
}

/** A wish for another place. */
const moved = (wish: Wish, path: Path): Wish =>
  wish.kind === 'edit' ? { ...wish, edit: { ...wish.edit, path } } : { ...wish, path };

/** More missing places than these are not looked into. */
const MOST_MISSING = 8;

/** Any value that a wish is content with; undefined where something has to go. */
function acceptedBy(wish: Wish): Json | undefined {
  if (wish.kind === 'edit') return wish.edit.op === 'remove' ? undefined : wish.edit.value;
  return wish.kind === 'choose' ? wish.values[0] : wish.holds ? [...wish.holds] : (wish.example ?? 'opsline');
}

/** A list of one item that is as the wishes below it say, `path` being the list; undefined where they say nothing. */
function listOfOne(wishes: readonly Stated[], path: Path): Json[] | undefined {
  const first = [...path, 0];
  const below = wishes.flatMap(({ wish }) => {
    const at = pathOfWish(wish);
    const within = at.length > first.length && first.every((key, i) => key === at[i]);
    const value = within ? acceptedBy(wish) : undefined;
    return value === undefined ? [] : [set(['list', ...at.slice(path.length)], value)];
  });
  const list = below.length > 0 ? applyEdits({ list: [{}] }, below).list : undefined;
  return Array.isArray(list) ? list : undefined;
}

const isKept = ({ wish }: Stated): boolean => !(wish.kind === 'edit' && wish.edit.op === 'remove');

/** What the policies would say of a place once edits are made, apart from that it should go. */
export function saidAfter(context: FixContext, edits: readonly Edit[], path: Path): Stated[] {
  const at = JSON.stringify(path);
  return wishesOf({ ...context, object: applyEdits(context.object, edits) })
    .filter(({ wish }) => JSON.stringify(pathOfWish(wish)) === at)
    .filter(isKept);
}

/** More of what a choice brings along is not written. */
const MOST_FOLLOWING = 4;

const wishedNow = new WeakMap<FixContext, ReadonlySet<string>>();

/** The wishes of an object as it is, to be told from those that come up later. */
function wishedOf(context: FixContext): ReadonlySet<string> {
  const found = wishedNow.get(context) ?? new Set(wishesOf(context).map(({ wish }) => JSON.stringify(wish)));
  wishedNow.set(context, found);
  return found;
}

/**
 * What the policies leave no other way than to set once edits are made, and did not ask for before: of a label that another field
 * follows by a table, what the table says. What only people decide is left to them.
 */
export function following(context: FixContext, edits: readonly Edit[]): Edit[] {
  const before = wishedOf(context);
  const made = new Set(edits.map(({ path }) => path.join('\0')));
  const found = wishesOf({ ...context, object: applyEdits(context.object, edits) }).flatMap((one): Edit[] => {
    const { wish, sole } = one;
    const at = pathOfWish(wish).join('\0');
    const isNew = !before.has(JSON.stringify(wish)) && !made.has(at);
    const follows = sole && isNew && wish.kind === 'edit' && wish.edit.op === 'set';
    return follows && !isNever(wish.edit.path) && !isOwners(one) ? [wish.edit] : [];
  });
  return found.length > MOST_FOLLOWING ? [] : found;
}

/** What the policies would say of a place if a value stood there, apart from that it should go. */
export function saidOf(context: FixContext, path: Path, standIn: Json): Stated[] {
  const at = (place: Path): string => JSON.stringify(place);
  const object = applyEdits(context.object, [set(path, standIn)]);
  // Where a list has to be, what is said of its first item is said of it.
  const places = (Array.isArray(standIn) ? [path, [...path, 0]] : [path]).map(at);
  return wishesOf({ ...context, object })
    .filter(({ wish }) => places.includes(at(pathOfWish(wish))))
    .filter(isKept)
    .map((one) => ({ ...one, wish: moved(one.wish, path) }));
}

const isTelling = ({ wish }: Stated): boolean => wish.kind !== 'present' || wish.pattern !== '';

const told = (context: FixContext, path: Path, standIn: Json, value?: Json): Stated[] =>
  saidOf(context, path, standIn)
    .filter(isTelling)
    .map(({ wish, ...one }) =>
      wish.kind === 'edit' && wish.edit.op !== 'remove'
        ? { ...one, wish: { kind: 'edit', edit: set(path, value ?? wish.edit.value) } }
        : { ...one, wish },
    );

/** The same of a number that is missing: an id is the usual one or the bound next to it, what is kept for ever is kept as long as may be. */
function saidOfNumber(context: FixContext, path: Path): Stated[] {
  if (isForever(path)) return told(context, path, Number.MAX_SAFE_INTEGER);
  if (!isId(path)) return [];
  const usual = told(context, path, FIRST_OF_PEOPLE);
  return usual.length > 0 ? usual : told(context, path, 0, FIRST_OF_PEOPLE);
}

/** What the policies would say of a place that has to be there, if something stood in it. */
function saidOfMissing(context: FixContext, wishes: readonly Stated[]): Stated[] {
  const at = (path: Path): string => JSON.stringify(path);
  // A truth value that is to be there is said also of what may hold anything else.
  const isTold = ({ wish }: Stated): boolean =>
    wish.kind !== 'present' && !(wish.kind === 'edit' && wish.edit.op === 'set' && wish.edit.value === true);
  const told = new Set(wishes.filter(isTold).map(({ wish }) => at(pathOfWish(wish))));
  const missing = wishes.flatMap(({ wish }): Path[] =>
    wish.kind === 'present' &&
    wish.pattern === '' &&
    !told.has(at(wish.path)) &&
    valueAt(context.object, wish.path) === undefined
      ? [wish.path]
      : [],
  );
  return [...new Map(missing.map((path) => [at(path), path])).values()]
    .slice(0, MOST_MISSING)
    .flatMap((path): Stated[] => {
      const fits = fitToSchema(context.object, path, 'opsline');
      const listed = wishes.find(({ wish }) => wish.kind === 'present' && wish.holds && at(wish.path) === at(path));
      if (listed && !Array.isArray(fits)) {
        const said = wishesOf({ ...context, object: applyEdits(context.object, [set([...path, 0], {})]) });
        const holds = listOfOne(said, path);
        return holds ? [{ ...listed, wish: { kind: 'present', path, pattern: '', holds } }] : [];
      }
      const said = saidOf(context, path, fits ?? 'opsline');
      // A rule that asks for a number says nothing of a text.
      const ofNumber = said.some(isTelling) && !isForever(path) ? [] : saidOfNumber(context, path);
      return ofNumber.length > 0 ? ofNumber : said;
    });
}

/** What an API server takes as true or not at all (API reference: JSONSchemaProps). */
const isTrueOrAbsent = (path: Path): boolean => path.at(-1) === 'x-kubernetes-preserve-unknown-fields';

/**
 * Of a field that takes a few words, the only one that is left, where it is the most careful of them: `!Delete` means
 * `Retain`. Others are asked for.
 */
function settled(object: JsonObject, { wish, ...rest }: Stated): Stated {
  if (wish.kind === 'edit' && wish.edit.op === 'set' && wish.edit.value === false && isTrueOrAbsent(wish.edit.path))
    return { ...rest, wish: { kind: 'edit', edit: remove(wish.edit.path) } };
  const path = pathOfWish(wish);
  const words = wordsAt(object, path);
  const now = valueAt(object, path);
  const left =
    wish.kind === 'present' && /^!/.test(wish.pattern)
      ? words.filter((word) => accepts(wish.pattern, word))
      : wish.kind === 'edit' && wish.edit.op === 'remove' && typeof now === 'string' && typeof path.at(-1) === 'string'
        ? words.filter((word) => word !== now)
        : [];
  const [word] = left;
  const only = left.length === 1 && word !== undefined && word === words[0] && !replaces(path);
  return { ...rest, wish: only ? { kind: 'edit', edit: set(path, word) } : wish };
}

const known = new WeakMap<FixContext, Stated[]>();

/** Every wish of the violated policies, also what they would accept in a place where they only miss something now. */
export function statedWishes(context: FixContext): Stated[] {
  const found = known.get(context);
  if (found) return found;
  const wishes = obeying(context, wishesOf(context));
  const all = [...saidOfMissing(context, wishes), ...wishes].map((one) => settled(context.object, one));
  known.set(context, all);
  return all;
}

/** Whether a violated policy leaves no other way than to change what stands at such places; what nobody changes is no way. */
export function isAllAbout(context: FixContext, isMeant: (path: Path) => boolean): boolean {
  const byPolicy = Map.groupBy(
    statedWishes(context).filter(({ wish }) => isMeant(pathOfWish(wish)) || !isNever(pathOfWish(wish))),
    ({ policy }) => policy,
  );
  return [...byPolicy.values()].some((wishes) => wishes.every(({ wish, sole }) => sole && isMeant(pathOfWish(wish))));
}
