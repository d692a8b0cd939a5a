import { equalJson, isObject, type Json } from '../../../src/manifest/json.ts';
import { defaultAt, FIRST_OF_PEOPLE, isEdgeOfTime, isId, oldestTaken, strictestOf } from '../defaults.ts';
import { append, type Path, remove, set } from '../edits.ts';
import { asWritten } from '../field-words.ts';
import { goesUnasked, isLabel, isNever, isOwners, keysOf, pathOfWish, type Way } from '../wish.ts';
import { compares } from './compares.ts';
import { type Meaning, valueNow } from './meaning.ts';

/** More ways than these are not followed: the engine tries them all together and drops what it does not need. */
export const MOST_WAYS = 6;

export const edit = (...edits: readonly ReturnType<typeof set>[]): Way =>
  edits.map((each) => ({ kind: 'edit', edit: each }));

/** Where a wish puts something for sure. */
const filledBy = (wish: Way[number]): Path =>
  wish.kind === 'present' || (wish.kind === 'edit' && wish.edit.op === 'set') ? pathOfWish(wish) : [];

/** Whether a wish says what a place holds; beside a truth value anything at all may be meant. */
const writesThere = (wish: Way[number]): boolean =>
  wish.kind === 'present'
    ? wish.pattern !== ''
    : wish.kind === 'edit' && wish.edit.op === 'set' && typeof wish.edit.value !== 'boolean';

/** A way without asking that something be there that it writes, into which it writes, or of which it asks for a part. */
const withoutHolders = (way: Way): Way =>
  way.filter(
    (wish) =>
      wish.kind !== 'present' ||
      wish.pattern !== '' ||
      !way.some((other) => {
        const filled = filledBy(other);
        const within = filled.length > wish.path.length || (filled.length === wish.path.length && writesThere(other));
        return within && wish.path.every((key, at) => key === filled[at]);
      }),
  );

/** Every way of the first with every way of the second; what both do is done once. */
export function both(a: readonly Way[], b: readonly Way[]): Way[] {
  const joined = (one: Way, other: Way): Way => {
    const done = new Set(one.map((wish) => JSON.stringify(wish)));
    return withoutHolders([...one, ...other.filter((wish) => !done.has(JSON.stringify(wish)))]);
  };
  return a.flatMap((one) => b.map((other) => joined(one, other))).slice(0, MOST_WAYS);
}

/** A way in which nothing is wished twice. */
export const doneOnce = (way: Way): Way => [...new Map(way.map((wish) => [JSON.stringify(wish), wish])).values()];

/** The first ways of all together, then their second ones: items of a list are mended alike. */
export function alike(each: readonly (readonly Way[])[]): Way[] {
  if (each.some((ways) => ways.length === 0)) return [];
  const most = Math.min(MOST_WAYS, Math.max(1, ...each.map(({ length }) => length)));
  return Array.from({ length: most }, (_, i) => each.flatMap((ways) => ways[Math.min(i, ways.length - 1)] ?? []));
}

export function gone(place: Meaning): Way[] {
  return place.kind === 'place' && place.value !== undefined ? [edit(remove(place.path))] : [];
}

/** Lists of rights and ways in from outside: of these an item that a policy does not accept goes, and no other takes its place. */
const RIGHTS = /(?:^|\.)(?:capabilities\.add|externalIPs)$/;

/** Whether a place is an item of such a list. */
export const isRight = (path: Path): boolean => typeof path.at(-1) === 'number' && RIGHTS.test(keysOf(path));

/** The right that goes where a policy does not accept what stands at a place: an item of such a list, or a kernel setting by its name. */
export function rightGone(place: Meaning): Way[] | undefined {
  if (place.kind !== 'place') return undefined;
  if (isRight(place.path)) return gone(place);
  const setting = /(?:^|\.)securityContext\.sysctls\.name$/.test(keysOf(place.path));
  return setting && typeof place.path.at(-2) === 'number' ? [edit(remove(place.path.slice(0, -1)))] : undefined;
}

/** Ways that only take away, without those that take more: what holds the thing that would have to go. */
export function leastTaken(ways: readonly Way[]): Way[] {
  const taken = (way: Way): readonly Path[] | undefined =>
    way.length > 0 && way.every((wish) => wish.kind === 'edit' && wish.edit.op === 'remove')
      ? way.map(pathOfWish)
      : undefined;
  const within = (path: Path, holder: Path): boolean =>
    path.length > holder.length && holder.every((key, i) => key === path[i]);
  const all = ways.map(taken);
  return ways.filter((_, at) => {
    const own = all[at];
    return !own || !all.some((less) => less?.every((path) => own.some((holder) => within(path, holder))));
  });
}

/**
 * Ways without those that want nothing but that a default does not hold, where there are others: `action != 'ALLOW' || …` says of
 * which objects the rest is asked.
 */
export function saidFirst(ways: readonly Way[]): Way[] {
  const vague = (way: Way): boolean =>
    way.length > 0 && way.every((wish) => wish.kind === 'present' && /^!\D/.test(wish.pattern) && !wish.optional);
  const said = ways.filter((way) => !vague(way));
  // Another kind or name (`object.kind != 'TaskRun' || …`) is no way at all.
  const mayBe = (way: Way): boolean => way.length > 0 && !way.some((wish) => isNever(pathOfWish(wish)));
  return said.some(mayBe) ? said : [...ways];
}

/**
 * Ways without another value for a field where a list beside it only has to name an exception (`cidr` and `except`): that is told in
 * full, and what the field lets in otherwise stays.
 */
export function exceptFirst(ways: readonly Way[]): Way[] {
  const holder = (wish: Way[number]): string => JSON.stringify(pathOfWish(wish).slice(0, -1));
  const named = new Set(
    ways
      .filter((way) => way.length > 0 && way.every((wish) => wish.kind === 'edit' && wish.edit.op === 'append'))
      .flatMap((way) => way.map(holder)),
  );
  const untold = (way: Way): boolean =>
    way.length > 0 && way.every((wish) => wish.kind === 'present' && wish.pattern === '' && named.has(holder(wish)));
  return ways.filter((way) => !untold(way));
}

/** Values of other objects that a policy would accept: which of them is meant is asked, also where there is but one. */
export function amongSeen(path: Path, values: readonly Json[]): Way[] {
  const texts = [...new Set(values.filter((value) => typeof value === 'string'))].slice(0, MOST_WAYS);
  return texts.length > 0
    ? [[{ kind: 'choose', path, values: texts, source: 'other objects, as the policy asks' }]]
    : [];
}

/** The bound next to what stands at a place; Kubernetes' default where nothing does. */
function nearest(path: Path, now: Json | undefined, least: number, most: number): number {
  const wanted = typeof now === 'number' ? now : (defaultAt(path) ?? least);
  return Math.min(most, Math.max(least, wanted));
}

/** A value among some: the only one, a choice, or the bound that what stands there (`now`) passes. */
export function oneOf(path: Path, values: readonly Json[], now?: Json): Way[] {
  const [first, second] = values;
  if (first === undefined) return [];
  if (second === undefined) return [edit(set(path, first))];
  const texts = values.filter((value) => typeof value === 'string');
  // None is none, as a count or as a share.
  if (texts.length === values.length && texts.every((text) => /^0+%?$/.test(text))) return [edit(set(path, first))];
  const known = texts.length === values.length ? (strictestOf(texts) ?? oldestTaken(path, texts)) : undefined;
  if (known !== undefined) return [edit(set(path, known))];
  if (texts.length === values.length) return [[{ kind: 'choose', path, values: texts }]];
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length < values.length) return [];
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  // Numbers without a gap are two bounds.
  if (most - least !== numbers.length - 1) return [[{ kind: 'choose', path, values: numbers.slice(0, MOST_WAYS) }]];
  return [[{ kind: 'edit', edit: set(path, nearest(path, now, least, most)) }]];
}

/** The value or values that a way of one wish sets a place to. */
function valuesOf(way: Way): { readonly path: Path; readonly values: readonly Json[] } | undefined {
  const [only] = way;
  if (way.length !== 1 || only === undefined) return undefined;
  if (only.kind === 'choose' && only.source === undefined) return only;
  return only.kind === 'edit' && only.edit.op === 'set'
    ? { path: only.edit.path, values: [only.edit.value] }
    : undefined;
}

/** Of bounds on either side of what a policy accepts the one next to the number that stands there, where one alone is. */
function nextBound(ways: readonly Way[]): Way[] {
  const bounds = ways.flatMap((way) => {
    const [only] = way;
    if (way.length !== 1 || only?.kind !== 'edit' || only.edit.op !== 'set' || only.from === undefined) return [];
    const { value } = only.edit;
    return typeof value === 'number' && !isOwners({ wish: only }) ? [{ way, off: Math.abs(value - only.from) }] : [];
  });
  const least = Math.min(...bounds.map(({ off }) => off));
  const next = bounds.filter(({ off }) => off === least);
  return bounds.length === ways.length && new Set(next.map(({ way }) => JSON.stringify(way))).size === 1 && next[0]
    ? [next[0].way]
    : [];
}

/** Several values for one place are one choice, unless they are bounds of which one is next to what stands there. */
export function merged(ways: readonly Way[]): Way[] {
  const [first, ...others] = ways.map(valuesOf);
  const one =
    first && others.length > 0 && others.every((other) => other && equalJson([...other.path], [...first.path]));
  const next = one ? nextBound(ways) : [];
  if (next.length > 0) return next;
  const choice = one ? oneOf(first.path, [...new Set([first, ...others].flatMap((each) => each?.values ?? []))]) : [];
  return choice.length > 0 ? choice : ways.slice(0, MOST_WAYS);
}

/** `replicas % 2 == 1`: the numbers next to the one that stands there, below and above, for which it holds. */
export function remainder(operator: string, place: Meaning, by: Json | undefined, rest: Json | undefined): Way[] {
  const now = valueNow(place);
  if (place.kind !== 'place' || typeof now !== 'number' || typeof by !== 'number' || rest === undefined) return [];
  if (by < 1 || by > 1_000) return [];
  const fits = (number: number): boolean => number > 0 && compares(operator, number % by, rest) === true;
  const steps = Array.from({ length: by }, (_, i) => i + 1);
  const below = steps.map((step) => now - step).find(fits);
  const above = steps.map((step) => now + step).find(fits);
  const values = [below, above].filter((number) => number !== undefined);
  return values.length > 0 ? [[{ kind: 'choose', path: place.path, values }]] : [];
}

/**
 * Of two texts of the object that have to be the same, which one is right is for people to say; what lies deeper is asked about
 * first.
 */
export function eitherFollows(a: Meaning, b: Meaning): Way[] {
  if (a.kind !== 'place' || b.kind !== 'place') return [];
  if (typeof a.value !== 'string' || typeof b.value !== 'string') return [];
  // What nobody changes, a name say, is followed.
  if (isNever(a.path) !== isNever(b.path)) return [edit(isNever(a.path) ? set(b.path, a.value) : set(a.path, b.value))];
  const follows = (path: Path, other: Path, value: string): Way => [
    { kind: 'choose', path, values: [value], source: `${other.join('.')}, which has to be the same` },
  ];
  const ways = [follows(a.path, b.path, b.value), follows(b.path, a.path, a.value)];
  return a.path.length < b.path.length ? ways.reverse() : ways;
}

/** `x == x.lowerAscii()`: a text that has to be written otherwise is written so. */
export function rewrittenAs(a: Meaning, b: Meaning): Way[] {
  if (a.kind !== 'place' || b.kind !== 'place' || !equalJson([...a.path], [...b.path])) return [];
  const written = [a, b].find(({ cased }) => cased)?.value;
  return typeof written === 'string' ? [edit(set(a.path, written))] : [];
}

/**
 * A count or a share that is not to be nothing: one, which is next to it, as where it has to be above nothing. An id that counts as
 * root where nothing stands is one of the people.
 */
export function notNothing(place: Meaning & { kind: 'place' }, bound: Json): Way[] {
  const { path, value: own, fallback } = place;
  // A number that is compared as a text.
  const now = own === '0' && !isLabel(path) ? 0 : own;
  if (isId(path)) return bound === 0 && fallback === 0 ? [edit(set(path, FIRST_OF_PEOPLE))] : [];
  if (own !== bound || isEdgeOfTime(path, 1)) return [];
  const next = now === 0 ? 1 : typeof now === 'string' && /^0+%$/.test(now) ? '1%' : undefined;
  if (next === undefined) return [];
  const way = edit(set(path, next));
  return way.some((wish) => isOwners({ wish })) ? [] : [way];
}

/** A truth value that is written as a text, as in annotations, and is not to be what it is: the other one. */
export function otherTruth({ path, value: now }: Meaning & { kind: 'place' }, bound: Json): Way[] {
  const other = { true: 'false', false: 'true' }[String(bound)];
  return typeof bound === 'string' && typeof now === 'string' && now.toLowerCase() === bound && other
    ? [edit(set(path, other))]
    : [];
}

/**
 * An item of a list that may not say all of something (`!exists(w, w.group == '*' && w.kind == '*')`) goes: without one of the fields
 * that tell what it is it would be none.
 */
export function itemInstead(item: Meaning, all: readonly Way[]): readonly Way[] {
  if (item.kind !== 'place' || typeof item.path.at(-1) !== 'number' || all.length < 2) return all;
  const tells = ([only, ...more]: Way): boolean => {
    if (only?.kind !== 'edit' || only.edit.op !== 'remove' || more.length > 0) return false;
    const { path } = only.edit;
    const field = path.slice(item.path.length);
    const now = isObject(item.value) ? item.value[String(field[0])] : undefined;
    return field.length === 1 && now !== null && typeof now !== 'object' && !isNever(path) && !goesUnasked(path);
  };
  return all.every(tells) ? [edit(remove(item.path))] : all;
}

/** A way without writing into an item what another item of its list is already: then the item goes. */
export function onceIn(items: readonly Meaning[], item: Meaning, way: Way): Way {
  if (item.kind !== 'place' || typeof item.path.at(-1) !== 'number' || item.key) return way;
  return way.map((wish) => {
    if (wish.kind !== 'edit' || wish.edit.op !== 'set' || !equalJson([...wish.edit.path], [...item.path])) return wish;
    const { value } = wish.edit;
    const there = items.some((other) => other !== item && equalJson(valueNow(other) ?? null, value));
    return there ? { kind: 'edit', edit: remove(item.path) } : wish;
  });
}

/** The name of a key that is to be another, or not to be what it is. */
export function keyed(path: Path, operator: string, name: Json): Way[] {
  if (typeof name !== 'string') return [];
  if (operator === '==') return [[{ kind: 'present', path: [...path.slice(0, -1), name], pattern: '' }]];
  return operator === '!=' ? [edit(remove(path))] : [];
}

/** A list that is not there, and counts as one that a policy does not accept (`x.orValue(['*'])`), has to hold something else. */
export function holdsOther(list: Meaning): Way[] {
  return list.kind === 'place' && list.value === undefined && Array.isArray(list.fallback)
    ? [[{ kind: 'present', path: list.path, pattern: '', holds: ['opsline'] }]]
    : [];
}

/** Fields of Kubernetes that are maps: one that is not there gets a key, not an item. */
const MAPS = /^(?:labels|annotations|matchLabels|nodeSelector|limits|requests|data|stringData|binaryData)$/;

/** Whether a place holds a map, or would. */
export function isMap(place: Meaning & { kind: 'place' }): boolean {
  const now = valueNow(place) ?? undefined;
  return now === undefined ? MAPS.test(String(place.path.at(-1))) : isObject(now);
}

/** A list of the object gets a member; how one is written that is compared without regard to case may be for people to say. */
export function joining(list: Path, member: Json, cased: boolean): Way[] {
  const written = cased && typeof member === 'string' ? asWritten([...list, 0], member) : member;
  return written === undefined ? [] : [edit(append(list, written))];
}

/** Any key of a map; never offered. */
const SOME_KEY = 'opsline';

/** How a list gets a member whose items are only read in other letters (`drop.map(c, c.upperAscii())`), or are keys (`labels.map(k, k)`). */
export function gainsOf(
  list: Meaning,
  size: number,
  mapped: (item: Meaning) => Meaning,
): { gains?: (member: Json) => Way[] } {
  if (list.kind !== 'place') return {};
  if (isMap(list)) {
    const key = mapped({ kind: 'place', path: [...list.path, SOME_KEY], value: SOME_KEY, key: true });
    const same = key.kind === 'place' && key.key && !key.cased && key.value === SOME_KEY;
    const there = (name: Json): Way[] =>
      typeof name === 'string' ? [[{ kind: 'present', path: [...list.path, name], pattern: '' }]] : [];
    return same ? { gains: there } : {};
  }
  const item = mapped({ kind: 'place', path: [...list.path, size], value: undefined });
  if (item.kind !== 'place' || item.path.length !== list.path.length + 1) return {};
  return { gains: (member) => joining(list.path, member, item.cased === true) };
}

/** A word that a policy compares without regard to case: how it is written may be for people to say. */
export function inWriting(path: Path, word: string): Way[] {
  const written = asWritten(path, word);
  return written === undefined ? [[{ kind: 'choose', path, values: [word] }]] : [edit(set(path, written))];
}

/** The lists of the object of which all are items, each once; none where one is anything else. */
export function listsOf(items: readonly Meaning[]): Path[] {
  const paths = items.map((item) =>
    item.kind === 'place' && !item.key && typeof item.path.at(-1) === 'number' ? item.path.slice(0, -1) : undefined,
  );
  return paths.every((path) => path !== undefined)
    ? [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()]
    : [];
}

/** Whether a way writes a value. */
export const sets = (way: Way, value: Json | undefined): boolean =>
  way.some((wish) => wish.kind === 'edit' && wish.edit.op === 'set' && equalJson(wish.edit.value, value ?? null));

/** Whether a text means itself in a pattern. */
export const isPlainPart = (text: string): boolean => /^[\w@:./+=%,;-][\w@:./+=%,; -]*$/.test(text);

/** Ways to have the text of a place say another number (`"2"` of `to_number(x) >= 2`). */
export const saidAsText = (path: Path, ways: readonly Way[]): Way[] =>
  ways.map((way) =>
    way.map((wish) =>
      wish.kind === 'edit' &&
      wish.edit.op === 'set' &&
      typeof wish.edit.value === 'number' &&
      equalJson([...wish.edit.path], [...path])
        ? { ...wish, edit: set(wish.edit.path, String(wish.edit.value)) }
        : wish,
    ),
  );
