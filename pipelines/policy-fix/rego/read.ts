import { equalJson, isObject, type Json } from '../../../src/manifest/json.ts';
import { compares } from '../cel/compares.ts';
import { field, type Meaning, mapOf, UNKNOWN, value, valueNow } from '../cel/meaning.ts';
import type { Way } from '../wish.ts';
import { asAmount } from './amounts.ts';
import { ofBuiltin, TESTS, tested } from './builtins.ts';
import { gainsOf, givenMore } from './gains.ts';
import { listOf } from './lists.ts';
import {
  type Bindings,
  bound,
  conditionsOf,
  deeper,
  entered,
  fallbackOf,
  firstOf,
  isFree,
  lookedUpBy,
  nameIn,
  type Reading,
  type Result,
  root,
  rulesOf,
} from './reading.ts';
import { takenFrom } from './sets.ts';
import { added } from './sums.ts';
import type { Rule, Term } from './terms.ts';
import { any, comparedWithNothing, isAbsent, isTrue, isUntold } from './verdicts.ts';

const MOST_RESULTS = 1_000;

/** What a rule gives: the values of its key or value in all ways in which its body may hold. */
function given(reading: Reading, rule: Rule, args: readonly Meaning[]): Meaning[] {
  const inner = deeper(reading);
  if (!inner) return [];
  const term = rule.key ?? rule.value ?? { kind: 'literal', value: true };
  return forks(inner, rule.body, entered(rule, args)).flatMap((bindings) =>
    results(inner, term, bindings).map(({ meaning }) => meaning),
  );
}

/** `limits[key] := n`: what the rules of a map give together. */
function partialObject(reading: Reading, rules: readonly Rule[]): Meaning {
  const inner = deeper(reading);
  if (!inner) return UNKNOWN;
  const entries = rules.flatMap(({ key, value: item, body }) =>
    forks(inner, body, new Map()).map((bindings): [Meaning, Meaning] => {
      const of = (term: Term | undefined): Meaning => (term && results(inner, term, bindings)[0]?.meaning) ?? UNKNOWN;
      return [of(key), of(item)];
    }),
  );
  return mapOf(entries);
}

/**
 * The place that the first rules of a name look at, where they give nothing since it is empty: with what the others give instead
 * it is a place with a default, `n := spec.limit` or else 10.
 */
function emptyPlace(reading: Reading, rules: readonly Rule[], args: readonly Meaning[]): Meaning | undefined {
  const inner = deeper(reading);
  if (!inner) return undefined;
  for (const rule of rules) {
    if (!rule.value || rule.key) continue;
    let bindings = entered(rule, args);
    for (const statement of rule.body) {
      if (statement.kind !== 'assign') continue;
      const [found] = results(inner, statement.term, bindings);
      if (found) bindings = bound(found.bindings, statement.name, found.meaning);
    }
    const [found] = results(inner, rule.value, bindings);
    if (found?.meaning.kind === 'place' && found.meaning.value === undefined) return found.meaning;
  }
  return undefined;
}

/** What rules of a name give together; a constant stands for the place that it takes the place of. */
function givenBy(reading: Reading, rules: readonly Rule[], args: readonly Meaning[], fallback?: Meaning): Meaning[] {
  const all = rules.flatMap((rule) => given(reading, rule, args));
  const present = all.filter((meaning) => meaning.kind !== 'place' || valueNow(meaning) !== undefined);
  const found = present.length > 0 ? present : fallback ? [fallback] : all;
  const [only, ...more] = found;
  if (only?.kind !== 'value' || more.length > 0 || (rules.length < 2 && !fallback)) return found;
  const place = emptyPlace(reading, rules, args);
  return place?.kind === 'place' ? [{ ...place, fallback: only.value }] : found;
}

function stepped(reading: Reading, from: Result, term: Term): Result[] {
  const { meaning, bindings } = from;
  const name = nameIn(term);
  if (name !== undefined && isFree(reading, term, bindings)) {
    if (meaning.kind === 'map')
      return [...meaning.fields].map(([key, item]) => ({ meaning: item, bindings: bound(bindings, name, value(key)) }));
    const map = valueNow(meaning);
    if (isObject(map))
      return Object.keys(map).map((key) => ({
        meaning: field(meaning, key),
        bindings: bound(
          bindings,
          name,
          meaning.kind === 'place'
            ? { kind: 'place', path: [...meaning.path, key], value: key, key: true }
            : meaning.kind === 'value'
              ? { ...meaning, value: key }
              : value(key),
        ),
      }));
    const items = listOf(meaning) ?? firstOf(meaning);
    // A member of a set is its own key.
    const isSet = meaning.kind === 'list' && meaning.set;
    return items.map((item, i) => ({ meaning: item, bindings: bound(bindings, name, isSet ? item : value(i)) }));
  }
  return results(reading, term, bindings).flatMap((key): Result[] => {
    const now = valueNow(key.meaning);
    // A set is asked for a member.
    if (now !== undefined && typeof now !== 'number' && listOf(meaning) && meaning.kind !== 'place')
      return listOf(meaning)?.some((item) => equalJson(valueNow(item), now)) ? [key] : [];
    return typeof now === 'string' || typeof now === 'number'
      ? [{ meaning: lookedUpBy(key.meaning, meaning, field(meaning, now)), bindings: key.bindings }]
      : [];
  });
}

/** All that an expression may stand for, each with the variables it binds. */
export function results(reading: Reading, term: Term, bindings: Bindings): Result[] {
  if (reading.budget.left-- <= 0) return [];
  const one = (meaning: Meaning): Result[] => [{ meaning, bindings }];
  switch (term.kind) {
    case 'literal':
      return one(value(term.value));
    case 'list':
      return one({
        kind: 'list',
        items: term.items.map((item) => results(reading, item, bindings)[0]?.meaning ?? UNKNOWN),
      });
    case 'map': {
      const of = (part: Term): Meaning => results(reading, part, bindings)[0]?.meaning ?? UNKNOWN;
      return one(mapOf(term.entries.map(([key, item]) => [of(key), of(item)])));
    }
    case 'collect': {
      const items = forks(reading, term.body, bindings).flatMap((inner) => results(reading, term.term, inner));
      const filled = (some: boolean): Way[] => reading.wishes.body(reading, term.body, bindings, some);
      const upper = term.term.kind === 'call' && term.term.name === 'upper' ? term.term.args[0] : undefined;
      const gains = (member: Json): Way[] =>
        gainsOf(reading, upper ? { ...term, term: upper } : term, bindings, member);
      return one({
        kind: 'list',
        items: items.map(({ meaning }) => meaning),
        filled,
        gains,
        ...(term.set ? { set: true } : {}),
      });
    }
    case 'gather': {
      const fields = forks(reading, term.body, bindings).flatMap((inner) =>
        results(reading, term.key, inner).flatMap((key): [string, Meaning][] => {
          const name = valueNow(key.meaning);
          const item = results(reading, term.term, inner)[0]?.meaning;
          return name === undefined || item === undefined ? [] : [[String(name), item]];
        }),
      );
      const filled = (some: boolean): Way[] => reading.wishes.body(reading, term.body, bindings, some);
      return one({ kind: 'map', fields: new Map(fields), filled });
    }
    case 'with':
      return results(instead(reading, term, bindings), term.term, bindings);
    case 'ref': {
      const { head, steps } = term;
      const start = typeof head === 'string' ? root(reading, head, steps) : undefined;
      let found: Result[];
      if (start) found = one(start.meaning);
      else if (typeof head !== 'string') found = results(reading, head, bindings);
      else if (bindings.has(head)) found = one(bindings.get(head) ?? UNKNOWN);
      else {
        const rules = rulesOf(reading, head);
        const fallback = fallbackOf(reading, head);
        if (rules.length === 0 && fallback === undefined) {
          // `data.lib.pods.containers`, or a library's alias: what a package adds before a name does not matter.
          const at = steps.findIndex(
            (each) => each.kind === 'literal' && rulesOf(reading, String(each.value)).length > 0,
          );
          const inner = steps[at];
          return inner?.kind === 'literal'
            ? results(reading, { kind: 'ref', head: String(inner.value), steps: steps.slice(at + 1) }, bindings)
            : one(UNKNOWN);
        }
        const otherwise = fallback && results(reading, fallback, new Map())[0]?.meaning;
        found = rules.some(({ key, value: each }) => key && each)
          ? one(partialObject(reading, rules))
          : rules.some(({ key }) => key)
            ? one({
                kind: 'list',
                items: rules.flatMap((rule) => given(reading, rule, [])),
                filled: (some) => reading.wishes.set(reading, rules, some),
                gains: (member) => givenMore(reading, rules, member),
                set: true,
              })
            : givenBy(reading, rules, [], otherwise).map((meaning) => ({ meaning, bindings }));
      }
      for (const each of steps.slice(start?.used ?? 0))
        found = found.flatMap((result) => stepped(reading, result, each)).slice(0, MOST_RESULTS);
      return found;
    }
    case 'call':
      return called(reading, term.name, term.args, bindings);
    case 'compare':
    case 'not':
    case 'block':
      return one(condition(reading, term, bindings));
    case 'sum': {
      const found = results(reading, term.left, bindings).flatMap((left) =>
        results(reading, term.right, left.bindings).map((right) => ({
          meaning: added(term.operator, left.meaning, right.meaning),
          bindings: right.bindings,
        })),
      );
      return found.length > 0 ? found.slice(0, MOST_RESULTS) : one(UNKNOWN);
    }
    default:
      return one(UNKNOWN);
  }
}

/** The reading of a statement under its `with`. */
export function instead(
  reading: Reading,
  { target, value: term }: Extract<Term, { kind: 'with' }>,
  bindings: Bindings,
): Reading {
  const meaning = results(reading, term, bindings)[0]?.meaning ?? UNKNOWN;
  return { ...reading, instead: [...(reading.instead ?? []), { target, meaning }] };
}

/** A truth value with what would change it. */
const condition = (reading: Reading, term: Term, bindings: Bindings): Meaning => ({
  kind: 'condition',
  now: truth(reading, term, bindings),
  ways: (want) => reading.wishes.of(reading, term, bindings, want),
});

function called(reading: Reading, name: string, args: readonly Term[], bindings: Bindings): Result[] {
  const rules = rulesOf(reading, name);
  if (TESTS.has(name) && rules.length === 0)
    return [{ meaning: condition(reading, { kind: 'call', name, args }, bindings), bindings }];
  return argumentsOf(reading, args, bindings).flatMap(({ given: each, bindings: inner }) =>
    calledWith(reading, name, rules, each).map((meaning) => ({ meaning, bindings: inner })),
  );
}

/** What a function gives for given arguments. */
function calledWith(reading: Reading, name: string, rules: readonly Rule[], args: readonly Meaning[]): Meaning[] {
  if (rules.length === 0) return [ofBuiltin(name, args)];
  return givenBy(reading, rules, args).map((meaning) => asAmount(args[0], meaning));
}

/** Bindings under which a body may hold, one for each way through its loops; what is known not to hold is left out. */
export function forks(reading: Reading, body: readonly Term[], bindings: Bindings): Bindings[] {
  return body.reduce<Bindings[]>(
    (all, statement) => all.flatMap((each) => continued(reading, statement, each)).slice(0, MOST_RESULTS),
    [bindings],
  );
}

/** The bindings after a statement; none where it is known not to hold. */
export function continued(reading: Reading, statement: Term, bindings: Bindings): Bindings[] {
  if (statement.kind === 'assign') {
    const { name, term } = statement;
    if (bindings.has(name))
      return truth(
        reading,
        { kind: 'compare', operator: '==', left: { kind: 'ref', head: name, steps: [] }, right: term },
        bindings,
      ) === false
        ? []
        : [bindings];
    return results(reading, term, bindings)
      .filter(({ meaning }) => meaning.kind !== 'place' || valueNow(meaning) !== undefined)
      .map((result) => bound(result.bindings, name, result.meaning));
  }
  if (statement.kind === 'each') {
    const [key, item] = statement.names.length > 1 ? statement.names : ['_', statement.names[0]];
    const step = (name: string | undefined): Term => ({ kind: 'ref', head: name ?? '_', steps: [] });
    return results(reading, statement.of, bindings).flatMap((from) =>
      stepped(reading, from, step(key)).map((turn) => bound(turn.bindings, item ?? '_', turn.meaning)),
    );
  }
  // A loop in a condition is one fork for each of its turns.
  return looped(reading, statement, bindings).filter((each) => truth(reading, statement, each) !== false);
}

/** Bindings of the variables that a condition loops over by name or by `_`. */
export function looped(reading: Reading, statement: Term, bindings: Bindings): Bindings[] {
  if (statement.kind === 'compare') {
    return results(reading, statement.left, bindings)
      .flatMap((left) => results(reading, statement.right, left.bindings))
      .map((right) => right.bindings)
      .slice(0, MOST_RESULTS);
  }
  if (statement.kind === 'ref') return results(reading, statement, bindings).map((result) => result.bindings);
  if (statement.kind === 'call')
    return argumentsOf(reading, statement.args, bindings).map(({ bindings: each }) => each);
  return [bindings];
}

/** The arguments of a call, one list for each way through their loops, with the bindings of that way. */
export function argumentsOf(
  reading: Reading,
  args: readonly Term[],
  bindings: Bindings,
): { readonly given: readonly Meaning[]; readonly bindings: Bindings }[] {
  return args.reduce<{ given: Meaning[]; bindings: Bindings }[]>(
    (all, arg) =>
      all
        .flatMap(({ given: before, bindings: now }) => {
          const found = results(reading, arg, now);
          const each = found.length > 0 ? found : [{ meaning: UNKNOWN, bindings: now }];
          return each.map((result) => ({ given: [...before, result.meaning], bindings: result.bindings }));
        })
        .slice(0, MOST_RESULTS),
    [{ given: [], bindings }],
  );
}

/** Whether a condition holds under given bindings, as far as that can be told. */
export function truth(reading: Reading, term: Term, bindings: Bindings): boolean | undefined {
  if (reading.budget.left-- <= 0) return undefined;
  switch (term.kind) {
    case 'list':
      return true;
    case 'not': {
      const holds = truth(reading, term.term, bindings);
      return holds === undefined ? undefined : !holds;
    }
    case 'compare': {
      const verdicts = results(reading, term.left, bindings).flatMap((left) =>
        results(reading, term.right, left.bindings).map((right): boolean | undefined => {
          const [a, b] = [valueNow(left.meaning), valueNow(right.meaning)];
          const empty = comparedWithNothing(term.operator, left.meaning, right.meaning);
          if (empty !== undefined) return empty;
          if (a === undefined || b === undefined)
            return [left.meaning, right.meaning].some(isUntold) ? undefined : false;
          return compares(term.operator, a, b);
        }),
      );
      return any(verdicts);
    }
    case 'block':
      return holdsBody(reading, term.body, bindings);
    case 'literal':
      return term.value !== false;
    case 'with':
      return truth(instead(reading, term, bindings), term.term, bindings);
    case 'call':
      return any(
        argumentsOf(reading, term.args, bindings).map(({ given: args }) => {
          const builtin = tested(term.name, args, rulesOf(reading, term.name).length > 0);
          // A function has no value where one of its arguments has none.
          if (builtin !== undefined) return args.some(isAbsent) ? false : builtin.holds;
          const inner = deeper(reading);
          const rules = rulesOf(reading, term.name);
          // A builtin that gives a value: `object.get(spec, "hostPID", false)`.
          if (rules.length === 0) return isTrue(ofBuiltin(term.name, args));
          if (!inner) return undefined;
          return any(rules.map((rule) => holdsBody(inner, conditionsOf(rule), entered(rule, args))));
        }),
      );
    case 'ref': {
      const wanted = term.steps[0]?.kind === 'map' ? takenFrom(reading, term, bindings) : [];
      if (wanted.length > 0) {
        const inner = deeper(reading);
        return inner && any(wanted.map(({ rule, start }) => holdsBody(inner, rule.body, start)));
      }
      if (typeof term.head === 'string' && term.steps.length === 0 && !bindings.has(term.head)) {
        const rules = rulesOf(reading, term.head);
        const inner = deeper(reading);
        const fallback = fallbackOf(reading, term.head);
        if (rules.length > 0 && inner) {
          const holds = any(rules.map((rule) => holdsBody(inner, conditionsOf(rule), new Map())));
          return holds === false && fallback ? truth(inner, fallback, new Map()) : holds;
        }
      }
      return any(results(reading, term, bindings).map(({ meaning }) => isTrue(meaning)));
    }
    default:
      return undefined;
  }
}

function holdsBody(reading: Reading, body: readonly Term[], bindings: Bindings): boolean | undefined {
  let sure = true;
  const all = body.reduce<Bindings[]>(
    (each, statement) =>
      each.flatMap((now) => {
        if (statement.kind !== 'assign' && statement.kind !== 'each' && truth(reading, statement, now) === undefined)
          sure = false;
        return continued(reading, statement, now);
      }),
    [bindings],
  );
  return all.length === 0 ? false : sure ? true : undefined;
}
