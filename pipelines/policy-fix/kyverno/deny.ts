import { isObject, type Json, type JsonObject } from '../../../src/manifest/json.ts';
import { counted as ofText } from '../cel/counts.ts';
import { type Meaning, nanoseconds, withinOf } from '../cel/meaning.ts';
import { alike, both, edit, gone, leastTaken, listsOf, MOST_WAYS, notNothing, oneOf, sets } from '../cel/ways.ts';
import { compared } from '../cel/wishes.ts';
import { append, type Path, set } from '../edits.ts';
import { quantity } from '../fixers/resources.ts';
import { lackingOf } from '../items.ts';
import { goesUnasked, isLabel, type Way } from '../wish.ts';
import { calculable } from './amounts.ts';
import { OPPOSITES, same, stand } from './comparisons.ts';
import { type Condition, composed } from './composed.ts';
import { comparedWith } from './json-lists.ts';
import { type Names, operand } from './operand.ts';
import { otherText } from './other-text.ts';
import { type Node, operatorOf } from './parse.ts';
import { accepts, isOpen, nearestInside, nothingAt, ordinary } from './pattern.ts';
import { ofRemainder } from './remainders.ts';
import { lasting } from './times.ts';
import { absentFrom, filterBehind, holds, membersOf, nowOf, testAt, trace } from './trace.ts';
import type { Extreme, Traced } from './traced.ts';

const isMeaning = (traced: Traced): traced is Meaning => ['place', 'value', 'list'].includes(traced.kind);

const isCalculated = ({ kind }: Traced): boolean => kind === 'sum' || kind === 'quantity';

/** A single value or the members of a list. */
const each = (traced: Traced): readonly Meaning[] => membersOf(traced) ?? (isMeaning(traced) ? [traced] : []);

/** The place of a list to which something can be added, or of a map that can have a key more. */
function entering(item: Json, into: Traced): Way[] {
  if (into.kind === 'place') return [edit(append(into.path, item))];
  if (into.kind === 'keys' && into.of.kind === 'place')
    return [[{ kind: 'present', path: [...into.of.path, String(item)], pattern: '' }]];
  return [];
}

/** The list that the last of some members stands in: one more may stand there, too. */
function joining(item: Json, list: Traced): Way[] {
  const last = membersOf(list)?.at(-1);
  if (last?.kind !== 'place' || typeof last.path.at(-1) !== 'number') return [];
  return [edit(append(last.path.slice(0, -1), item))];
}

/** Another item of a list of which a field is wanted (`actions[].action`): whether it is meant, and what else it holds, is asked. */
function anotherItem(item: Json, list: Traced): Way[] {
  const last = membersOf(list)?.at(-1);
  if (last?.kind !== 'place' || !(typeof item === 'string' || typeof item === 'number')) return [];
  const [nth, field] = last.path.slice(-2);
  // What counts as its own name is a key of an item, not what stands there.
  if (typeof nth !== 'number' || typeof field !== 'string' || last.value === field) return [];
  return [[{ kind: 'choose', path: [...last.path.slice(0, -2), nth + 1, field], values: [item] }]];
}

/** Ways to bring a value among others: by another value, by adding it there, or by taking it away where it is one of many. */
function among(item: Meaning, key: Traced, list: Traced): Way[] {
  const many = membersOf(key) !== undefined;
  const now = nowOf(item);
  if (item.kind !== 'place') {
    if (now === undefined) return [];
    // What was read out of one list of the object gets one more there.
    const one = list.kind !== 'place' && listsOf(membersOf(list) ?? []).length === 1;
    return [...entering(now, list), ...anotherItem(now, list), ...(one ? joining(now, list) : [])];
  }
  // The only item of a list may be another one that the policy says; rights only go.
  const alone =
    item.path.at(-1) === 0 && membersOf(key)?.length === 1 && each(list).every(({ kind }) => kind === 'value');
  if (many && (!alone || goesUnasked(item.path)))
    return [...gone(item), ...(now === undefined ? [] : joining(now, list))];
  const values = each(list).flatMap((other) => nowOf(other) ?? []);
  const plain = values.filter((other) => typeof other !== 'string' || !/[*?]/.test(other));
  if (plain.length === 0 && values.length > 0)
    return [[{ kind: 'present', path: item.path, pattern: values.join(' | ') }]];
  return [...(many ? gone(item) : []), ...oneOf(item.path, plain)];
}

/** From the last, so that an earlier removal does not move what a later one means. */
const backwards = <T>(items: readonly T[]): T[] => [...items].reverse();

/** Ways to make an expression true or false. */
function tested(node: Node, at: Traced, want: boolean): Way[] {
  if (holds(node, at) === want) return [[]];
  const [left, right] = node.children ?? [];
  if (node.type === 'NotExpression' && left) return tested(left, at, !want);
  if ((node.type === 'AndExpression' || node.type === 'OrExpression') && left && right) {
    const [a, b] = [tested(left, at, want), tested(right, at, want)];
    return (node.type === 'AndExpression') === want ? both(a, b) : leastTaken([...a, ...b]).slice(0, MOST_WAYS);
  }
  if (node.type === 'Comparator' && left && right) {
    const operator = operatorOf(node);
    const inverse = { '==': '!=', '!=': '==', '<': '>=', '>=': '<', '>': '<=', '<=': '>' }[operator] ?? '';
    return related(want ? operator : inverse, trace(left, at), trace(right, at));
  }
  if (node.type === 'Function' && node.name === 'contains' && left && right) {
    const [list, part] = [trace(left, at), nowOf(trace(right, at))];
    if (part === undefined) return [];
    if (want && list.kind === 'place' && typeof list.value === 'string')
      return [[{ kind: 'present', path: list.path, pattern: `*${part}*` }]];
    if (!membersOf(list) && nowOf(list) !== undefined) return want || !isMeaning(list) ? [] : gone(list);
    if (want) return entering(part, list);
    return removals(each(list).filter((item) => nowOf(item) === part));
  }
  const called = testAt(node, at);
  if (called) {
    const { test, on } = called;
    return on.kind === 'place' ? [[{ kind: 'present', path: on.path, ...test.asked(want) }]] : [];
  }
  if (node.type === 'Function' && (node.name === 'starts_with' || node.name === 'ends_with') && left && right) {
    const [text, part] = [trace(left, at), nowOf(trace(right, at))];
    if (text.kind !== 'place' || typeof part !== 'string') return [];
    const pattern = node.name === 'starts_with' ? `${part}*` : `*${part}`;
    return want ? [[{ kind: 'present', path: text.path, pattern }]] : gone(text);
  }
  const traced = trace(node, at);
  if (!isMeaning(traced) || traced.kind !== 'place') return [];
  return want ? [[{ kind: 'present', path: traced.path, pattern: '' }]] : gone(traced);
}

function removals(items: readonly Meaning[]): Way[] {
  const ways = backwards(items).map(gone);
  return ways.some((way) => way.length === 0) ? [] : [ways.flatMap(([way]) => way ?? [])];
}

/** Ways to keep a filter from choosing what a list was read out of. */
function filteredOut(list: Traced): Way[] {
  const chosen = filterBehind(list);
  return chosen ? alike((membersOf(chosen) ?? []).map((item) => tested(chosen.filter, item, false))) : [];
}

/** Whether members are the items of one list. */
const isWhole = (members: readonly Meaning[]): boolean =>
  members.every((item, at) => item.kind === 'place' && item.path.at(-1) === at);

/** The item that a filter of equalities would choose: `[?group == '*' && kind == '*']`. */
function chosenBy(node: Node): Json | undefined {
  const [left, right] = node.children ?? [];
  if (!left || !right) return undefined;
  if (node.type === 'AndExpression') {
    const [a, b] = [chosenBy(left), chosenBy(right)];
    return isObject(a) && isObject(b) ? { ...a, ...b } : undefined;
  }
  if (node.type !== 'Comparator' || operatorOf(node) !== '==' || right.type !== 'Literal') return undefined;
  const wanted = (right.value ?? null) as Json;
  if (left.type === 'Current') return wanted;
  return left.type === 'Field' && left.name !== undefined ? { [left.name]: wanted } : undefined;
}

/** An item that a filter would choose, beside those that it does not; none that is only a part of what they all have. */
function choosable({ place, items, filter }: Extract<Traced, { kind: 'chosen' }>): Way[] {
  const item = chosenBy(filter);
  if (!place || item === undefined) return [];
  const others = items.flatMap((other) => nowOf(other) ?? []);
  const part = isObject(item) && (others.length < items.length || !others.every(isObject));
  return part || lackingOf(item, others).length > 0 ? [] : [edit(append(place, item))];
}

/** Which so many members may go, the last ones first; where there are too many ways, the last ones or the first ones. */
function leaving(members: readonly Meaning[], count: number): (readonly Meaning[])[] {
  let ways: (readonly Meaning[])[] = [[]];
  for (let left = count; left > 0 && ways.length <= MOST_WAYS; left--)
    ways = ways.flatMap((taken) => {
      const before = taken[0] === undefined ? members.length : members.indexOf(taken[0]);
      return backwards(members.slice(left - 1, before)).map((item) => [item, ...taken]);
    });
  return ways.length <= MOST_WAYS ? ways : [members.slice(-count), members.slice(0, count)];
}

/** The text of the object of which something is counted, or of a part of it. */
function textBehind(of: Traced): Meaning | undefined {
  const within = of.kind === 'place' || of.kind === 'value' ? withinOf(of) : undefined;
  return within && typeof nowOf(of) === 'string' ? { kind: 'place', path: within.path, value: within.text } : undefined;
}

/** A length that must be a number, 0 or another length most often: what makes a list empty, or puts something into it. */
function counted(operator: string, of: Traced, limit: number, ofAnother = false): Way[] {
  const members = each(of);
  const few = (operator === '==' || operator === '<=') && limit === 0;
  if ((few || (operator === '<' && limit === 1)) && of.kind === 'chosen')
    return alike(members.map((item) => tested(of.filter, item, false)));
  // What was read out of chosen items is gone when they are not chosen.
  if ((few || (operator === '<' && limit === 1)) && filterBehind(of)) return filteredOut(of);
  if (few || (operator === '<' && limit === 1)) return removals(members);
  // As many as another list has: each that is not chosen, or where nothing stands.
  if (ofAnother && (operator === '==' || operator === '>=')) {
    if (of.kind === 'chosen' && limit === of.items.length)
      return alike(of.items.filter((item) => !members.includes(item)).map((item) => tested(of.filter, item, true)));
    const lacking = absentFrom(of);
    if (lacking.length > 0 && limit === members.length + lacking.length)
      return [
        lacking.flatMap((item) => (item.kind === 'place' ? [{ kind: 'present', path: item.path, pattern: '' }] : [])),
      ];
  }
  // Of too many some stay: which ones is asked.
  const most = operator === '<=' ? limit : operator === '<' ? limit - 1 : undefined;
  if (most !== undefined && most > 0 && members.length > most && of.kind !== 'chosen') {
    return isWhole(members) ? leaving(members, members.length - most).flatMap(removals) : removals(members.slice(most));
  }
  const some =
    (operator === '>' && limit === 0) || (operator === '>=' && limit === 1) || (operator === '!=' && limit === 0);
  if (some && of.kind === 'chosen') return choosable(of);
  if (some && of.kind === 'list')
    return absentFrom(of)
      .flatMap((item): Way[] => (item.kind === 'place' ? [[{ kind: 'present', path: item.path, pattern: '' }]] : []))
      .slice(0, MOST_WAYS);
  const text = textBehind(of);
  if (text) return ofText(text, operator, limit);
  const place = of.kind === 'keys' ? of.of : of;
  return some && place.kind === 'place' ? [[{ kind: 'present', path: place.path, pattern: '' }]] : [];
}

/** Whether a place that is empty counts as one of some values: taking away what stands there is no way out. */
const countsAs = (place: Meaning, values: readonly (Json | undefined)[]): boolean =>
  place.kind === 'place' &&
  typeof place.fallback === 'string' &&
  place.fallback !== '' &&
  values.includes(place.fallback);

const another = (path: Path, values: readonly (Json | undefined)[]): Way => [
  { kind: 'present', path, pattern: values.map((value) => `!${value}`).join(' & ') },
];

/** The largest or smallest of some numbers as an operator says: by each of them, or by any one. */
function ofExtreme(operator: string, { largest, items }: Extreme, right: Traced): Way[] {
  const wrong = items.filter((item) => !stand(operator, item, right));
  if (operator.startsWith(largest ? '<' : '>')) return alike(wrong.map((item) => related(operator, item, right)));
  return operator.startsWith(largest ? '>' : '<')
    ? wrong.flatMap((item) => related(operator, item, right)).slice(0, MOST_WAYS)
    : [];
}

/** Ways to make two values stand as an operator says. */
function related(operator: string, left: Traced, right: Traced): Way[] {
  const bound = nowOf(right);
  if (left.kind === 'length') {
    // Kyverno reads a number that is written as a text, too.
    const limit = typeof bound === 'string' && /^\d+$/.test(bound) ? Number(bound) : bound;
    return typeof limit === 'number' ? counted(operator, left.of, limit, right.kind === 'length') : [];
  }
  if (left.kind === 'test') {
    const wanted = operator === '==' ? bound : operator === '!=' && typeof bound === 'boolean' ? !bound : undefined;
    return typeof wanted === 'boolean' ? tested(left.node, left.at, wanted) : [];
  }
  if (Array.isArray(bound) && bound.length === 0 && ['chosen', 'list'].includes(left.kind))
    return counted(operator, left, 0);
  if (left.kind === 'extreme') return ofExtreme(operator, left, right);
  if (left.kind === 'lapse') return lasting(left, operator, bound);
  if (left.kind === 'sum' && left.operator === '%') return ofRemainder(operator, left, bound);
  if (isCalculated(left) || isCalculated(right)) return compared(operator, calculable(left), calculable(right));
  if (!isMeaning(left) || !isMeaning(right)) return [];
  if (left.kind === 'place' && typeof bound === 'string' && /[*?]/.test(bound)) {
    if (operator === '!=') return gone(left);
    return operator === '==' ? [[{ kind: 'present', path: left.path, pattern: bound }]] : [];
  }
  if (left.kind === 'list') return [];
  if (left.kind === 'place' && operator === '!=' && countsAs(left, [bound])) return [another(left.path, [bound])];
  const ordered = typeof bound === 'string' && !['==', '!='].includes(operator);
  // Kyverno reads both as durations where it can, else as quantities.
  if (ordered && nanoseconds(bound) !== undefined && nanoseconds(nowOf(left)) !== undefined)
    return compared(operator, { kind: 'quantity', of: left, unit: 'duration' }, { kind: 'quantity', of: right });
  return ordered && quantity(bound) !== undefined
    ? compared(operator, { kind: 'quantity', of: left }, { kind: 'quantity', of: right })
    : compared(operator, left, right);
}

/** Ways to bring a value into a range: to its nearest end, of ids to an ordinary one. */
function insideRange(item: Meaning, range: string): Way[] {
  if (item.kind !== 'place') return [];
  if (item.value !== undefined && accepts(range, item.value)) return [[]];
  const near = nearestInside(range, item.value ?? nothingAt(item.path, range) ?? nowOf(item));
  return near === undefined ? [] : [edit(set(item.path, ordinary(item.path, near, range)))];
}

/** Ways to make a condition of a `deny` not hold. */
function refuted(condition: Condition, names: Names): Way[] {
  const parts = composed(condition);
  if (parts) {
    const each = parts.texts.map((text) => text.map((part) => refuted(part, names)));
    // Not one of the texts: of each a part is another. One of them: all of its parts are as it has them.
    return parts.among
      ? each.map((text) => leastTaken(text.flat())).reduce<Way[]>(both, [[]])
      : each.flatMap((text) => text.reduce<Way[]>(both, [[]])).slice(0, MOST_WAYS);
  }
  const operator = String(condition.operator).toLowerCase();
  const [key, list] = [operand(condition.key, names), comparedWith(operator, operand(condition.value, names))];
  const made = (json: Json): boolean => isRefuted({ ...condition, key: json }, names);
  const ways = refutedBy(operator, key, list);
  return ways.length > 0 ? ways : otherText(key, nowOf(list), made);
}

/** Ways to make a comparison of two operands not hold. */
function refutedBy(operator: string, key: Traced, list: Traced): Way[] {
  const comparison = OPPOSITES[operator.replace(/^duration/, '')];
  const limit = nowOf(list);
  if (operator.startsWith('duration') && typeof limit === 'string' && /^[\dhms.]+$/.test(limit)) {
    if (key.kind === 'lapse' && comparison) return lasting(key, comparison, limit);
    if (key.kind !== 'place' || !comparison) return [];
    // Which time a label or annotation tells is known to whoever reads it: a shorter one may end what runs.
    if (comparison === '<=' && isLabel(key.path)) return [[{ kind: 'choose', path: key.path, values: [limit] }]];
    return comparison === '<=' || comparison === '>=' || comparison === '=='
      ? [edit(set(key.path, limit))]
      : [[{ kind: 'present', path: key.path, pattern: `${comparison}${limit}` }]];
  }
  if (comparison) return stand(comparison, key, list) ? [[]] : related(comparison, key, list);
  const many = membersOf(key) !== undefined;
  const range = nowOf(list);
  if (typeof range === 'string' && nearestInside(range, undefined) !== undefined) {
    const high = /^\d+-(\d+)$/.exec(range)?.[1];
    if (['anyin', 'in', 'allin'].includes(operator))
      return key.kind === 'place' && high !== undefined
        ? [[{ kind: 'present', path: key.path, pattern: `!${range}`, example: `${Number(high) + 1}` }]]
        : [];
    if (!['anynotin', 'notin', 'allnotin'].includes(operator)) return [];
    if (key.kind === 'place' && isOpen(key.path, range, key.value))
      return [[{ kind: 'present', path: key.path, pattern: range }]];
    if (many && operator === 'allnotin') return [];
    return alike(each(key).map((item) => insideRange(item, range)));
  }
  if (key.kind === 'testEach' && (operator === 'anyin' || operator === 'in')) {
    const refused = each(list).map(nowOf);
    return alike(
      key.tests.flatMap(({ node, at }) => {
        const now = holds(node, at);
        return now !== undefined && refused.includes(now) ? [tested(node, at, !now)] : [];
      }),
    );
  }
  const inside = each(list);
  const among_ = (item: Meaning): boolean => inside.some((other) => same(nowOf(item), nowOf(other)));
  const [known, strange] = [each(key).filter(among_), each(key).filter((item) => !among_(item))];
  switch (operator) {
    case 'anynotin':
    case 'notin':
      return strange.length === 0 ? [[]] : alike(backwards(strange).map((item) => among(item, key, list)));
    case 'allnotin':
      return known.length > 0 ? [[]] : strange.flatMap((item) => among(item, key, list)).slice(0, MOST_WAYS);
    case 'anyin':
    case 'in':
      if (known.length === 0) return [[]];
      if (!many && key.kind === 'place' && countsAs(key, inside.map(nowOf)))
        return [another(key.path, inside.map(nowOf))];
      if (!many && key.kind === 'place') {
        const least = notNothing(key, nowOf(key) ?? null);
        if (least.length > 0 && !inside.some((other) => least.some((way) => sets(way, nowOf(other))))) return least;
      }
      // A value of the policy's own that must not be in a list of the object goes from there.
      return known.every((item) => item.kind === 'value')
        ? [
            ...removals(inside.filter((other) => known.some((item) => same(nowOf(other), nowOf(item))))),
            ...filteredOut(list),
          ]
        : [...removals(known), ...filteredOut(key)];
    case 'allin':
      return strange.length > 0 ? [[]] : known.flatMap((item) => gone(item)).slice(0, MOST_WAYS);
    default:
      return [];
  }
}

const conditionsOf = (json: Json | undefined): JsonObject[] => (Array.isArray(json) ? json.filter(isObject) : []);

/** Whether a condition does not hold now, as far as that can be read. */
const isRefuted = (condition: Condition, names: Names): boolean =>
  refuted(condition, names).some((way) => way.length === 0);

/** Whether preconditions of a rule or loop do not hold, as far as that can be read; a bare list is `all`. */
export function isLeftOut(preconditions: Json | undefined, names: Names): boolean {
  const [all, any] = isObject(preconditions)
    ? [preconditions.all, conditionsOf(preconditions.any)]
    : [preconditions, []];
  const refuted = (condition: JsonObject): boolean => isRefuted(condition, names);
  return conditionsOf(all).some(refuted) || (any.length > 0 && any.every(refuted));
}

/**
 * Ways to keep `deny.conditions` from holding. `any` and `all` both have to hold for a denial, so either may be refuted;
 * a bare list is `all`.
 */
export function permitted(conditions: Json | undefined, names: Names): Way[] {
  const all = Array.isArray(conditions) ? conditions : isObject(conditions) ? conditions.all : undefined;
  const any = isObject(conditions) ? conditions.any : undefined;
  const every = conditionsOf(all).map((condition) => refuted(condition, names));
  // One that does not hold anyway: it is something else that is denied.
  if (every.some((ways) => ways.some((way) => way.length === 0))) return [];
  const refutable = every.flat();
  const each = conditionsOf(any).map((condition) => refuted(condition, names));
  return [...refutable, ...(each.length > 0 ? each.reduce(both) : [])].slice(0, MOST_WAYS);
}
