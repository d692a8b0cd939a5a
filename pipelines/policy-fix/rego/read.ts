import { equalJson, isObject, type Json } from '../../../src/manifest/json.ts';
import { compares, field, itemsOf, type Meaning, UNKNOWN, valueNow } from '../cel/resolve.ts';
import type { Rule, Term } from './parse.ts';

/** What variables stand for. */
export type Bindings = ReadonlyMap<string, Meaning>;

/** A module with what it is asked about. */
export interface Reading {
  readonly rules: readonly Rule[];
  readonly object: Json;
  readonly parameters: Json;
  /** Steps left: hostile code is given up, not waited for. */
  readonly budget: { left: number };
  readonly depth: number;
}

/** One of the results of an expression, with the variables that it binds. */
export interface Result {
  readonly meaning: Meaning;
  readonly bindings: Bindings;
}

const MOST_RESULTS = 100;
const MOST_DEPTH = 8;

export const value = (json: Json): Meaning => ({ kind: 'value', value: json });
const bound = (bindings: Bindings, name: string, meaning: Meaning): Bindings =>
  name === '_' ? bindings : new Map([...bindings, [name, meaning]]);

const listOf = (meaning: Meaning): readonly Meaning[] | undefined =>
  isObject(valueNow(meaning)) ? undefined : itemsOf(meaning);

/** Rules of a name; what a package adds before it does not matter here. */
export const rulesOf = ({ rules }: Reading, name: string): readonly Rule[] =>
  rules.filter((rule) => rule.name === (name.split('.').at(-1) ?? name));

/** A module's rules one step further in. */
export const deeper = (reading: Reading): Reading | undefined =>
  reading.depth >= MOST_DEPTH || reading.budget.left-- <= 0 ? undefined : { ...reading, depth: reading.depth + 1 };

/** The bindings under which a rule is read for given arguments. */
export function entered(rule: Rule, args: readonly Meaning[]): Bindings {
  let bindings: Bindings = new Map();
  for (const [i, arg] of rule.args.entries())
    if (arg.kind === 'ref' && typeof arg.head === 'string' && arg.steps.length === 0)
      bindings = bound(bindings, arg.head, args[i] ?? UNKNOWN);
  return bindings;
}

/** What a rule gives: the values of its key or value in all ways in which its body may hold. */
function given(reading: Reading, rule: Rule, args: readonly Meaning[]): Meaning[] {
  const inner = deeper(reading);
  if (!inner) return [];
  const term = rule.key ?? rule.value ?? { kind: 'literal', value: true };
  return forks(inner, rule.body, entered(rule, args)).flatMap((bindings) =>
    results(inner, term, bindings).map(({ meaning }) => meaning),
  );
}

function step(reading: Reading, from: Result, term: Term): Result[] {
  const { meaning, bindings } = from;
  const free =
    term.kind === 'ref' && typeof term.head === 'string' && term.steps.length === 0 && !bindings.has(term.head);
  if (free) {
    const name = String(term.head);
    const map = valueNow(meaning);
    if (isObject(map))
      return Object.keys(map).map((key) => ({
        meaning: field(meaning, key),
        bindings: bound(
          bindings,
          name,
          meaning.kind === 'place' ? { kind: 'place', path: [...meaning.path, key], value: key } : value(key),
        ),
      }));
    return (listOf(meaning) ?? []).map((item, i) => ({ meaning: item, bindings: bound(bindings, name, value(i)) }));
  }
  return results(reading, term, bindings).flatMap((key): Result[] => {
    const now = valueNow(key.meaning);
    if (typeof now !== 'string' && typeof now !== 'number') return [];
    // A set is asked for a member.
    if (typeof now === 'string' && listOf(meaning) && meaning.kind !== 'place')
      return listOf(meaning)?.some((item) => equalJson(valueNow(item), now)) ? [key] : [];
    return [{ meaning: field(meaning, now), bindings: key.bindings }];
  });
}

function root(reading: Reading, name: string, steps: readonly Term[]): { meaning: Meaning; used: number } | undefined {
  if (name !== 'input') return undefined;
  const keys = steps.slice(0, 3).map((term) => (term.kind === 'literal' ? term.value : undefined));
  if (keys[0] === 'parameters') return { meaning: value(reading.parameters), used: 1 };
  if (keys[0] === 'review' && keys[1] === 'object')
    return { meaning: { kind: 'place', path: [], value: reading.object }, used: 2 };
  const kind = isObject(reading.object) ? reading.object.kind : undefined;
  if (keys.join('.') === 'review.kind.kind' && kind !== undefined) return { meaning: value(kind), used: 3 };
  return keys[0] === 'review' && keys[1] === 'operation' ? { meaning: value('CREATE'), used: 2 } : undefined;
}

/** All that an expression may stand for, each with the variables it binds. */
export function results(reading: Reading, term: Term, bindings: Bindings): Result[] {
  if (reading.budget.left-- <= 0) return [];
  const one = (meaning: Meaning): Result[] => [{ meaning, bindings }];
  switch (term.kind) {
    case 'literal':
      return one(value(term.value));
    case 'list': {
      const items = term.items.map((item) => results(reading, item, bindings)[0]?.meaning ?? UNKNOWN);
      return one({ kind: 'list', items });
    }
    case 'map': {
      const entries = term.entries.map((entry) =>
        entry.map((part) => valueNow(results(reading, part, bindings)[0]?.meaning ?? UNKNOWN)),
      );
      return entries.every(([key, item]) => typeof key === 'string' && item !== undefined)
        ? one(value(Object.fromEntries(entries) as Json))
        : one(UNKNOWN);
    }
    case 'collect': {
      const items = forks(reading, term.body, bindings).flatMap((inner) => results(reading, term.term, inner));
      return one({ kind: 'list', items: items.map(({ meaning }) => meaning) });
    }
    case 'ref': {
      const { head, steps } = term;
      const start = typeof head === 'string' ? root(reading, head, steps) : undefined;
      let found: Result[];
      if (start) found = one(start.meaning);
      else if (typeof head !== 'string') found = results(reading, head, bindings);
      else if (bindings.has(head)) found = one(bindings.get(head) ?? UNKNOWN);
      else {
        const rules = rulesOf(reading, head);
        if (rules.length === 0) return one(UNKNOWN);
        const all = rules.flatMap((rule) => given(reading, rule, []));
        found = rules.some(({ key }) => key)
          ? one({ kind: 'list', items: all })
          : all.map((meaning) => ({ meaning, bindings }));
      }
      for (const each of steps.slice(start?.used ?? 0))
        found = found.flatMap((result) => step(reading, result, each)).slice(0, MOST_RESULTS);
      return found;
    }
    case 'call':
      return called(reading, term.name, term.args, bindings);
    case 'sum': {
      const [a, b] = [term.left, term.right].map((side) =>
        valueNow(results(reading, side, bindings)[0]?.meaning ?? UNKNOWN),
      );
      if (typeof a !== 'number' || typeof b !== 'number') return one(UNKNOWN);
      const sums: Readonly<Record<string, number>> = { '+': a + b, '-': a - b, '*': a * b, '/': a / b };
      const sum = sums[term.operator];
      return one(sum === undefined ? UNKNOWN : value(sum));
    }
    default:
      return one(UNKNOWN);
  }
}

/** Functions that change how a value is written, not which it is. */
const SAME = new Set(['to_number', 'lower', 'upper', 'trim', 'trim_space', 'format_int']);

function called(reading: Reading, name: string, args: readonly Term[], bindings: Bindings): Result[] {
  const given_ = args.map((arg) => results(reading, arg, bindings)[0]?.meaning ?? UNKNOWN);
  const [first, second, third] = given_;
  const one = (meaning: Meaning): Result[] => [{ meaning, bindings }];
  if (name === 'object.get' && first && second) {
    const now = valueNow(second);
    if (typeof now !== 'string') return one(UNKNOWN);
    const place = field(first, now);
    const fallback = third && (third.kind === 'list' ? [] : valueNow(third));
    if (place.kind === 'place' && fallback !== undefined) return one({ ...place, fallback });
    return one(place.kind === 'unknown' && fallback !== undefined ? value(fallback) : place);
  }
  if (name === 'count' && first) {
    const items = listOf(first);
    return one(items ? value(items.length) : UNKNOWN);
  }
  if (name === 'split' || name === 'concat' || name === 'sprintf' || name === 'trim_suffix' || name === 'trim_prefix') {
    const [a, b] = [first && valueNow(first), second && valueNow(second)];
    if (name === 'split' && typeof a === 'string' && typeof b === 'string') return one(value(a.split(b)));
    if (name === 'concat' && second && typeof a === 'string') {
      const parts = listOf(second)?.map(valueNow);
      return one(parts?.every((part) => typeof part === 'string') ? value(parts.join(a)) : UNKNOWN);
    }
    return one(UNKNOWN);
  }
  if (SAME.has(name)) return one(first ?? UNKNOWN);
  const rules = rulesOf(reading, name);
  if (rules.length === 0) return one(UNKNOWN);
  return rules.flatMap((rule) => given(reading, rule, given_)).map((meaning) => ({ meaning, bindings }));
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
    const name = statement.names.at(-1) ?? '_';
    return results(reading, statement.of, bindings).flatMap(({ meaning }) =>
      (listOf(meaning) ?? []).map((item) => bound(bindings, name, item)),
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
  return [bindings];
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
          if (a === undefined || b === undefined)
            return [left.meaning, right.meaning].some(({ kind }) => kind === 'unknown') ? undefined : false;
          return compares(term.operator, a, b);
        }),
      );
      return any(verdicts);
    }
    case 'call': {
      const builtin = tested(reading, term.name, term.args, bindings);
      if (builtin !== undefined) return builtin.holds;
      const inner = deeper(reading);
      const rules = rulesOf(reading, term.name);
      if (!inner || rules.length === 0) return undefined;
      const args = term.args.map((arg) => results(reading, arg, bindings)[0]?.meaning ?? UNKNOWN);
      return any(rules.map((rule) => holdsBody(inner, rule.body, entered(rule, args))));
    }
    case 'ref': {
      if (typeof term.head === 'string' && term.steps.length === 0 && !bindings.has(term.head)) {
        const rules = rulesOf(reading, term.head);
        const inner = deeper(reading);
        if (rules.length > 0 && inner) return any(rules.map((rule) => holdsBody(inner, rule.body, new Map())));
      }
      const found = results(reading, term, bindings);
      return any(
        found.map(({ meaning }) => {
          const now = valueNow(meaning);
          return now === undefined ? (meaning.kind === 'place' ? false : undefined) : now !== false;
        }),
      );
    }
    default:
      return undefined;
  }
}

const any = (verdicts: readonly (boolean | undefined)[]): boolean | undefined =>
  verdicts.includes(true) ? true : verdicts.includes(undefined) ? undefined : false;

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

/** A builtin that tests a text or a member, and what it looks at. */
export function tested(
  reading: Reading,
  name: string,
  args: readonly Term[],
  bindings: Bindings,
): { holds: boolean | undefined; place: Meaning; pattern: string; list?: Meaning } | undefined {
  const [first, second] = args.map((arg) => results(reading, arg, bindings)[0]?.meaning ?? UNKNOWN);
  if (!first || !second) return undefined;
  const [a, b] = [valueNow(first), valueNow(second)];
  const text = (part: Json | undefined): string => (typeof part === 'string' ? part : '');
  if (name === 'in') {
    const items = listOf(second);
    return {
      holds: a === undefined || !items ? undefined : items.some((item) => equalJson(valueNow(item), a)),
      place: first,
      pattern: '',
      list: second,
    };
  }
  const known = typeof a === 'string' && typeof b === 'string';
  if (name === 'startswith')
    return { holds: known ? a.startsWith(b) : undefined, place: first, pattern: `${text(b)}*` };
  if (name === 'endswith') return { holds: known ? a.endsWith(b) : undefined, place: first, pattern: `*${text(b)}` };
  if (name === 'contains') return { holds: known ? a.includes(b) : undefined, place: first, pattern: `*${text(b)}*` };
  if (name === 're_match' || name === 'regex.match') return { holds: undefined, place: second, pattern: text(a) };
  return undefined;
}
