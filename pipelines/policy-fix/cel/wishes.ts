import { equalJson, isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import {
  defaultAt,
  endsWork,
  FIRST_OF_PEOPLE,
  isAmount,
  isEdgeOfTime,
  isForever,
  isId,
  keepsThings,
} from '../defaults.ts';
import { append, remove, set } from '../edits.ts';
import { wordsOfPattern } from '../fixers/parameters.ts';
import { isLabel, type Way } from '../wish.ts';
import { beside, nextTo } from './amounts.ts';
import { solutions } from './arithmetic.ts';
import { compares } from './compares.ts';
import { asksType, comparison } from './comparison.ts';
import { madeSame, saidTogether } from './composed.ts';
import { allKept, counted } from './counts.ts';
import { onlyOnce, otherText, readsAddress } from './derived.ts';
import { loop } from './loops.ts';
import { type Meaning, valueNow } from './meaning.ts';
import { oneThatFits } from './members.ts';
import { ofSets } from './of-sets.ts';
import { MIRRORED, NEGATED } from './operators.ts';
import type { Node } from './parse.ts';
import { pieceFits } from './pieces.ts';
import { type Condition, itemsOf, listNow, nameOf, resolve, truth, variableOf, withName } from './resolve.ts';
import { withItem } from './separated.ts';
import { numbered, solvedFor, writtenAmount } from './solved.ts';
import { READ_AS_SUCH } from './texts.ts';
import { howManyIsOpen, usualWord } from './usual.ts';
import {
  alike,
  amongSeen,
  both,
  edit,
  eitherFollows,
  exceptFirst,
  gone,
  holdsOther,
  inWriting,
  isMap,
  isPlainPart,
  joining,
  keyed,
  leastTaken,
  listsOf,
  MOST_WAYS,
  merged,
  notNothing,
  oneOf,
  otherTruth,
  remainder,
  rewrittenAs,
  rightGone,
  saidAsText,
  saidFirst,
  sets,
} from './ways.ts';

/** Whether the items of a list, or of one of its parts, are there by a condition. */
const isMade = (list: Meaning): boolean =>
  list.kind === 'filtered' || (list.kind === 'list' && list.parts?.some(isMade) === true);

/** A list that is to be empty, or to have something in it. */
export function sized(list: Meaning, operator: string, limit: number): Way[] {
  const few =
    (operator === '==' && limit === 0) || (operator === '<=' && limit === 0) || (operator === '<' && limit === 1);
  const some =
    (operator === '>' && limit === 0) || (operator === '>=' && limit === 1) || (operator === '!=' && limit === 0);
  if ((few || some) && list.kind === 'list' && list.parts?.some(isMade)) {
    const each = list.parts.map((part) => (few && itemsOf(part)?.length === 0 ? [[]] : sized(part, operator, limit)));
    return some ? merged(each.flat()) : each.reduce<Way[]>(both, [[]]);
  }
  if (few && list.kind === 'filtered') return alike(list.items.map((item) => ways(list.keep(item), false)));
  if (some && list.kind === 'filtered') {
    const fits = (item: Meaning): Way[] => ways(list.keep(item), true);
    return merged(oneThatFits(list.list, list.items, list.items.flatMap(fits), fits));
  }
  if ((few || some) && (list.kind === 'list' || list.kind === 'map') && list.filled) return list.filled(some);
  if (few && list.kind === 'list') return alike(list.items.map(gone));
  if (few) return gone(list);
  const other = some ? holdsOther(list) : [];
  if (other.length > 0) return other;
  if (!some) return counted(list, operator, limit);
  return list.kind === 'place' ? [[{ kind: 'present', path: list.path, pattern: '' }]] : [];
}

/** What `size(x)` and `x.size()` count. */
function countedIn(node: Node): Node | undefined {
  if (node.op === 'call' && node.args[0] === 'size') return node.args[1][0];
  return node.op === 'rcall' && node.args[0] === 'size' && node.args[2].length === 0 ? node.args[1] : undefined;
}

/** A list that is to have a member. */
export function joined(list: Meaning, member: Json, cased = false): Way[] {
  if (list.kind === 'list') return list.gains?.(member) ?? [];
  if (list.kind !== 'place') return [];
  if (isMap(list))
    return typeof member === 'string' ? [[{ kind: 'present', path: [...list.path, member], pattern: '' }]] : [];
  return joining(list.path, member, cased);
}

/** What a value or a list of values is now. */
function valueOrList(of: Meaning): Json | undefined {
  const now = valueNow(of);
  return now === undefined ? listNow(of) : now;
}

export function compared(operator: string, left: Meaning, right: Meaning): Way[] {
  if (left.kind === 'place' && left.said) {
    const { said, ...number } = left;
    return saidAsText(left.path, compared(operator, number, right));
  }
  if (left.kind === 'sum' || right.kind === 'sum')
    return solutions(operator, left, right).flatMap(solvedFor).slice(0, MOST_WAYS);
  if (left.kind === 'condition' && typeof valueNow(right) === 'boolean')
    return operator === '==' || operator === '!=' ? left.ways((operator === '==') === valueNow(right)) : [];
  const [lists, other] = itemsOf(right)?.length === 0 ? [left, right] : [right, left];
  if ((operator === '==' || operator === '!=') && itemsOf(other)?.length === 0 && lists.kind !== 'place')
    return sized(lists, operator, 0);
  const together = operator === '==' ? madeSame(left, right) : [];
  if (together.length > 0) return together;
  const place = left.kind === 'quantity' ? left.of : left;
  const bound = right.kind === 'quantity' ? valueNow(right.of) : valueOrList(right);
  if (place.kind === 'value' && place.by && bound !== undefined) {
    const { path, map, within } = place.by;
    const keys = Object.keys(map).filter((key) => {
      const each = valueAt(map, [key, ...within]);
      return each !== undefined && compares(operator, each, bound) === true;
    });
    return oneOf(path, keys);
  }
  if (place.kind === 'value' && place.within && typeof bound === 'number') return numbered(operator, place, bound);
  if (place.kind !== 'place') {
    const other = right.kind === 'quantity' ? right.of : right;
    return other.kind === 'place' || other.kind === 'condition' || (other.kind === 'value' && other.by)
      ? compared(MIRRORED[operator] ?? operator, right, left)
      : [];
  }
  // Of two places that are to be alike the one that holds nothing follows, and a request its limit.
  if (operator === '==' && right.kind === 'place' && place.value !== undefined && !isObject(place.value))
    if (right.value === undefined || (place.path.includes('limits') && right.path.includes('requests')))
      return compared(operator, right, { kind: 'value', value: place.value });
  // Where neither holds anything, what a policy puts in its place is no value of theirs: what both become is asked.
  if (operator === '==' && right.kind === 'place' && place.value === undefined && right.value === undefined)
    if (typeof bound !== 'boolean' && right.standsIn !== true)
      return [[place, right].map(({ path }) => ({ kind: 'present', path, pattern: '' }))];
  // What is nothing but `{}`, and is not to be that, goes.
  if (operator === '!=' && isObject(bound) && Object.keys(bound).length === 0 && equalJson(place.value ?? null, bound))
    return gone(place);
  if (bound === undefined || isObject(bound)) return [];
  const rewritten = operator === '==' ? rewrittenAs(place, right) : [];
  if (rewritten.length > 0) return rewritten;
  if (place.key) return keyed(place.path, operator, bound);
  if (place.cased && operator === '==' && typeof bound === 'string') return inWriting(place.path, bound);
  // Null is nothing: what holds something would only be emptied.
  if (operator === '==' && bound === null) return typeof valueNow(place) === 'object' ? [] : gone(place);
  if (operator === '==' && right.kind === 'value' && right.seen) return amongSeen(place.path, [bound]);
  const same = operator === '==' ? eitherFollows(place, right) : [];
  if (same.length > 0) return same;
  const goes = operator === '==' || operator === '!=' ? rightGone(place) : undefined;
  if (goes) return goes;
  // What counts as nothing (`x.orValue('') == ''`) is not written down, it goes.
  if (operator === '==' && bound === '' && place.fallback === '') return gone(place);
  const empties = Array.isArray(bound) && bound.length === 0 && place.value !== undefined;
  if (operator === '==') return empties ? gone(place) : [edit(set(place.path, bound))];
  if (operator === '!=') {
    // `false` where nothing stands: what is missing is a truth value, or anything at all.
    if (typeof bound === 'boolean' && place.value === undefined && place.fallback === bound) {
      const there: Way = [{ kind: 'present', path: place.path, pattern: '' }];
      return [isLabel(place.path) ? there : [...edit(set(place.path, !bound)), ...there]];
    }
    if (typeof bound === 'boolean') return [edit(set(place.path, !bound))];
    const least = [...notNothing(place, bound), ...otherTruth(place, bound)];
    if (least.length > 0) return least;
    if (typeof bound === 'number') return [[{ kind: 'present', path: place.path, pattern: `!${bound}` }]];
    const usual = usualWord(place);
    if (usual !== undefined && usual !== bound) return [edit(set(place.path, usual))];
    const other = typeof bound === 'string' && bound !== '' && place.fallback === bound ? `!${bound}` : '';
    return place.value === undefined ? [[{ kind: 'present', path: place.path, pattern: other }]] : gone(place);
  }
  // A quantity's bound is written as the policy writes it; one that must stay below it cannot be told.
  const strict = operator === '<' ? -1 : operator === '>' ? 1 : 0;
  if (left.kind === 'quantity' && left.unit === 'version') {
    const bound = valueNow(right);
    return typeof bound === 'number' ? solvedFor({ place: left, operator, bound }) : [];
  }
  if (left.kind === 'quantity') {
    const written = writtenAmount(operator, left, right);
    // What stands in for something missing is no amount either.
    const missing = place.value === undefined || (isAmount(place.path) && valueNow(left) === undefined);
    const asked = (missing && isAmount(place.path)) || (operator === '<=' && keepsThings(place.path));
    if (asked && strict === 0 && operator !== '==' && written !== undefined)
      return [[{ kind: 'present', path: place.path, pattern: `${operator}${written}`, example: String(written) }]];
    if (strict === 0 && written !== undefined) return [edit(set(place.path, written))];
    if (place.value === undefined) return [[{ kind: 'present', path: place.path, pattern: '' }]];
    if (strict === 0 || written === undefined) return [];
    const next = isAmount(place.path) ? nextTo(written, strict) : undefined;
    if (next)
      return [[{ kind: 'choose', path: place.path, values: [next], source: 'next to the bound of the policy' }]];
    const example = beside(written, strict);
    return [[{ kind: 'present', path: place.path, pattern: `${operator}${written}`, ...(example ? { example } : {}) }]];
  }
  if (typeof bound !== 'number') return [];
  // Of two numbers of the object either may give way.
  const now = left.kind === 'place' && right.kind === 'place' ? valueNow(left) : undefined;
  if (typeof now === 'number') {
    const one = compared(operator, left, { kind: 'value', value: bound });
    return [...one, ...compared(MIRRORED[operator] ?? '', right, { kind: 'value', value: now })];
  }
  const usual = place.value === undefined ? defaultAt(place.path) : undefined;
  if (usual !== undefined && compares(operator, usual, bound)) return [edit(set(place.path, usual))];
  const unsaid = (place.value === undefined && isAmount(place.path)) || howManyIsOpen(place, operator, bound);
  if (unsaid || (operator.startsWith('>') && isEdgeOfTime(place.path, bound + strict)))
    return [[{ kind: 'present', path: place.path, pattern: `${operator}${bound}` }]];
  if (operator.startsWith('<') && typeof place.value !== 'number' && endsWork(place.path))
    return [[{ kind: 'present', path: place.path, pattern: `<=${bound + strict}` }]];
  // What is kept for ever is not meant to be kept as short as may be.
  if (operator.startsWith('>') && typeof place.value !== 'number' && isForever(place.path))
    return [[{ kind: 'present', path: place.path, pattern: `>=${bound + strict}` }]];
  // Whoever is not to be root is one of the people.
  const anybody = bound + strict === 1 && operator.startsWith('>') && isId(place.path);
  const to = set(place.path, anybody ? FIRST_OF_PEOPLE : bound + strict);
  return [[{ kind: 'edit', edit: to, ...(typeof place.value === 'number' ? { from: place.value } : {}) }]];
}

/** A value among those a policy lists, or a key that a map must have. */
export function contained(item: Meaning, list: Meaning, want: boolean): Way[] {
  const key = valueNow(item);
  if (list.kind === 'place' && key !== undefined) {
    const at = itemsOf(list)?.findIndex((other) => equalJson(valueNow(other), key)) ?? -1;
    if (isMap(list) && typeof key === 'string')
      return want
        ? [[{ kind: 'present', path: [...list.path, key], pattern: '' }]]
        : [edit(remove([...list.path, key]))];
    if (want) return [edit(append(list.path, key))];
    if (at >= 0 && list.value === undefined) return holdsOther(list);
    return at === -1 ? [] : [edit(remove([...list.path, at]))];
  }
  if (list.kind === 'list' && key !== undefined && item.kind !== 'place') {
    if (want) return list.gains?.(key) ?? merged(list.items.flatMap((member) => compared('==', member, item)));
    const others = list.items.filter((member) => valueNow(member) === undefined || equalJson(valueNow(member), key));
    return others.map((member) => compared('!=', member, item)).reduce<Way[]>(both, [[]]);
  }
  if (item.kind !== 'place') return want ? saidTogether(item, itemsOf(list) ?? []) : [];
  const right = rightGone(item);
  if (right) return right;
  // What has to be in lists of the object itself joins one of them.
  const lists = want && list.kind === 'list' && typeof key === 'string' ? listsOf(list.items) : [];
  if (lists.length > 0) return lists.slice(0, MOST_WAYS).map((path) => edit(append(path, key ?? null)));
  const least = want || key === undefined ? [] : [...notNothing(item, key), ...otherTruth(item, key)];
  if (least.length === 1 && !(itemsOf(list) ?? []).some((other) => least.some((way) => sets(way, valueNow(other)))))
    return least;
  if (!want || item.key) return gone(item);
  const values = (itemsOf(list) ?? []).map(valueNow).filter((value) => value !== undefined);
  return oneOf(item.path, values, valueNow(item));
}

const isLoop = (node: Node): boolean => node.op === 'rcall' && ['all', 'exists', 'exists_one'].includes(node.args[0]);

function method(condition: Condition, want: boolean): Way[] {
  const { node, scope } = condition;
  if (node.op !== 'rcall') return [];
  const [name, on, [first, body]] = node.args;
  const base = resolve({ node: on, scope });
  const label = nameOf(first);
  if (nameOf(on) === 'cel' && name === 'bind') {
    const [, bound, inner] = node.args[2];
    return label && bound && inner
      ? ways({ node: inner, scope: withName(scope, label, resolve({ node: bound, scope })) }, want)
      : [];
  }
  if (nameOf(on) === 'sets' && first && body)
    return ofSets(name, resolve({ node: first, scope }), resolve({ node: body, scope }), want);
  if (isLoop(node) && label && body) return loop(condition, name, base, label, body, want);
  if (base.kind !== 'place') return [];
  const pieces =
    want && first && (name === 'startsWith' || name === 'endsWith') ? pieceFits(base, first, name, scope) : [];
  const part = first ? valueNow(resolve({ node: first, scope })) : undefined;
  // A key that is to be another, or not to be what it is, goes.
  if (base.key) return ['contains', 'matches', 'startsWith', 'endsWith'].includes(name) ? gone(base) : [];
  if (name === 'hasValue') return want ? [[{ kind: 'present', path: base.path, pattern: '' }]] : gone(base);
  if (!want && ['contains', 'matches', 'startsWith', 'endsWith'].includes(name)) return rightGone(base) ?? gone(base);
  if (want && name === 'matches' && typeof part === 'string') {
    const words = oneOf(base.path, wordsOfPattern(part));
    return words.length > 0 ? words : [[{ kind: 'present', path: base.path, pattern: part }]];
  }
  if (want && name === 'contains' && typeof part === 'string' && isPlainPart(part))
    return [[{ kind: 'present', path: base.path, pattern: `*${part}*` }]];
  if (want && ['startsWith', 'endsWith'].includes(name) && typeof part === 'string')
    return [
      [{ kind: 'present', path: base.path, pattern: name === 'startsWith' ? `${part}*` : `*${part}` }],
      ...pieces,
    ];
  return pieces;
}

/** Ways to make an expression hold, or not hold; an empty way where it does already, none where no way is known. */
export function ways(condition: Condition, want: boolean): Way[] {
  const { node, scope } = condition;
  if (scope.budget.left-- <= 0) return [];
  if (truth(condition) === want) return [[]];
  const of = (inner: Node, wanted = want): Way[] => ways({ node: inner, scope }, wanted);
  if (node.op === '!_') return of(node.args, !want);
  const unsure = (inner: Node): boolean => truth({ node: inner, scope }) === undefined;
  if (node.op === '&&' || node.op === '||') {
    const [first, second] = node.args;
    const [a, b] = [of(first), of(second)];
    if ((node.op === '&&') !== want) {
      // Nobody answers by another type where something else will do.
      const typed = [first, second].map(asksType);
      const sides =
        typed[0] === typed[1] ? [a, b] : [typed[0] && b.length > 0 ? [] : a, typed[1] && a.length > 0 ? [] : b];
      return merged(exceptFirst(saidFirst(leastTaken(sides.flat()))));
    }
    const address = a.length > 0 && b.length > 0 && readsAddress(node, scope) ? otherText(condition, want) : [];
    if (address.length > 0) return address;
    // What cannot be told of one side is the engine's business.
    if (a.length === 0 && unsure(first)) return b.filter(({ length }) => length > 0);
    return b.length === 0 && unsure(second) ? a.filter(({ length }) => length > 0) : both(a, b);
  }
  if (node.op === '?:') {
    const [test, yes, no] = node.args;
    // What it is asked as it is, not what it would be asked as another one.
    const asked = truth({ node: test, scope });
    const here = asked === undefined ? [] : of(asked ? yes : no);
    if (here.length > 0) return here;
    if (unsure(test) && of(test, true).length === 0 && of(test, false).length === 0)
      return [...of(yes), ...of(no)].filter(({ length }) => length > 0).slice(0, MOST_WAYS);
    return [...both(of(test, true), of(yes)), ...both(of(test, false), of(no))].slice(0, MOST_WAYS);
  }
  if (node.op === 'call' && ['has', 'isQuantity', 'isSemver'].includes(node.args[0]) && node.args[1][0]) {
    const place = resolve({ node: node.args[1][0], scope });
    if (place.kind !== 'place') return [];
    const example = Object.hasOwn(READ_AS_SUCH, node.args[0]) ? READ_AS_SUCH[node.args[0]] : undefined;
    return want ? [[{ kind: 'present', path: place.path, pattern: '', ...(example ? { example } : {}) }]] : gone(place);
  }
  if (node.op === 'in') {
    const [item, list] = node.args.map((side) => resolve({ node: side, scope })) as [Meaning, Meaning];
    const more = want && item.kind === 'value' ? withItem(list, item.value) : [];
    const found = more.length > 0 ? more : contained(item, list, want);
    return found.length > 0 ? found : otherText(condition, want);
  }
  const pair = comparison(node);
  if (pair) {
    const operator = want ? pair.operator : (NEGATED[pair.operator] ?? '');
    if (pair.left.op === '%') {
      const [place, by] = pair.left.args.map((side) => resolve({ node: side, scope })) as [Meaning, Meaning];
      return remainder(operator, place, valueNow(by), valueNow(resolve({ node: pair.right, scope })));
    }
    const once = operator === '==' ? onlyOnce(countedIn(pair.left), countedIn(pair.right), scope) : [];
    if (once.length > 0) return once;
    const lists = [pair.left, pair.right]
      .map(countedIn)
      .flatMap((list) => (list ? [resolve({ node: list, scope })] : []));
    const [one, other] = lists;
    const kept = one && other && (operator === '==' || operator === '>=') ? allKept(one, other) : [];
    if (kept.length > 0) return kept;
    const [left, right] = [resolve({ node: pair.left, scope }), resolve({ node: pair.right, scope })];
    for (const [side, sign, limit] of [
      [pair.left, operator, valueNow(right)],
      [pair.right, MIRRORED[operator] ?? operator, valueNow(left)],
    ] as const) {
      const list = countedIn(side);
      if (list && typeof limit === 'number') return sized(resolve({ node: list, scope }), sign, limit);
    }
    // What a truth value is compared with says only whether it has to hold.
    const wanted = valueNow(right);
    if (typeof wanted === 'boolean' && left.kind !== 'place' && ['==', '!='].includes(operator))
      return of(pair.left, (operator === '==') === wanted);
    const found = [
      ...compared(operator, left, right),
      ...(operator === '=='
        ? [...pieceFits(left, pair.right, '==', scope), ...pieceFits(right, pair.left, '==', scope)]
        : []),
    ];
    return found.length > 0 ? found : otherText(condition, want);
  }
  if (node.op === '.' && nameOf(node.args[0]) === 'variables') {
    const variable = variableOf(scope, String(node.args[1]));
    if (variable) return ways(variable, want);
  }
  const place = resolve(condition);
  // A truth value that stands in the object itself; one that is computed is followed into what computes it.
  if (place.kind === 'place') return [edit(set(place.path, want))];
  const found = method(condition, want);
  return found.length > 0 || isLoop(node) ? found : otherText(condition, want);
}
