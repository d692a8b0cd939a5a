import { isObject, type Json } from '../../../src/manifest/json.ts';
import { compares } from '../cel/compares.ts';
import { type Meaning, UNKNOWN, valueNow } from '../cel/meaning.ts';
import { MIRRORED, NEGATED } from '../cel/operators.ts';
import { alike, both, edit, gone, merged, remainder } from '../cel/ways.ts';
import { compared } from '../cel/wishes.ts';
import { FAR_AHEAD } from '../defaults.ts';
import { set } from '../edits.ts';
import { fitToSchema } from '../fit.ts';
import type { FixContext } from '../fixers/fixer.ts';
import { goesUnasked, type Stated, stated, type Way } from '../wish.ts';
import { tested } from './builtins.ts';
import { exampled } from './examples.ts';
import { codeOf, inventoryOf } from './inventory.ts';
import { keptWays } from './kept-ways.ts';
import { counted, listed, lookedUp, membership, memberWays } from './members.ts';
import { matched, other, stood } from './met.ts';
import { oneMoreFor, oneMoreLike } from './one-more.ts';
import { parseRego } from './parse.ts';
import { argumentsOf, continued, instead, looped, results, truth } from './read.ts';
import { type Bindings, conditionsOf, deeper, entered, type Reading, rulesOf } from './reading.ts';
import { replacement, tellsMore } from './replacement.ts';
import { membersTaken, takenFrom } from './sets.ts';
import type { Rule, Term } from './terms.ts';
import { looksBeyond, touchesObject } from './touches.ts';

/** Steps that reading the code of one object may take. */
const STEPS = 50_000;
const MOST_FORKS = 60;

interface Fork {
  readonly bindings: Bindings;
  /** What would make each of the conditions passed so far hold or not hold. */
  readonly ways: readonly (readonly Way[])[];
  /** Whether a condition on the object was passed of which nothing can be told, or which nobody knows a way to change. */
  readonly unsure?: true;
  /** Whether a condition on other objects was passed that nothing of this one changes. */
  readonly beyond?: true;
  /** What would leave functions without a value whose value is taken on the way: where no condition can be changed, theirs can. */
  readonly unsaid?: readonly (readonly Way[])[];
  /** What a map of the policy's has in place of texts that it looks up there, and nothing else is asked of what it gives. */
  readonly replaced?: readonly (readonly Way[])[];
}

/** A condition that is passed on the way to making a body hold. */
function wanted(reading: Reading, statement: Term, bindings: Bindings, { ways, unsure }: Fork): Fork {
  const holds = truth(reading, statement, bindings);
  const same = { bindings, ways, ...(unsure ? { unsure } : {}) };
  if (holds === true) return same;
  const found = changed(reading, statement, bindings, true);
  // What cannot be told is the engine's business.
  if (holds === undefined && found.length === 0) return { ...same, unsure: true };
  return { ...same, ways: [...ways, found] };
}

/** What is assigned to a name that stands for something already is compared with it. */
const unassigned = (statement: Term, bindings: Bindings): Term =>
  statement.kind === 'assign' && bindings.has(statement.name)
    ? { kind: 'compare', operator: '==', left: { kind: 'ref', head: statement.name, steps: [] }, right: statement.term }
    : statement;

/** Ways through a body, with the ways to change each of its conditions that does not stand as wanted. */
function passages(reading: Reading, body: readonly Term[], bindings: Bindings, want: boolean): Fork[] {
  let all: Fork[] = [{ bindings, ways: [] }];
  for (const given of body) {
    all = all
      .flatMap((fork): Fork[] => {
        const { bindings: now, ways } = fork;
        const statement = unassigned(given, now);
        const taken = want ? [] : takenFrom(reading, statement, now);
        const inner = taken.length > 0 ? deeper(reading) : undefined;
        if (inner)
          return taken.flatMap(({ rule, start, as }) =>
            passages(inner, rule.body, start, false).flatMap((through) =>
              membersTaken(inner, rule.key ?? as, through.bindings, as, now).map((after) => ({
                ...fork,
                ...through,
                ways: [...ways, ...through.ways],
                bindings: after,
              })),
            ),
          );
        if (taken.length > 0) return [{ ...fork, unsure: true }];
        if (statement.kind === 'assign' || statement.kind === 'each') {
          const next = continued(reading, statement, now);
          const emptied = want ? [] : emptiedBy(reading, statement, now);
          const other =
            want || statement.kind === 'each' || fork.replaced?.length === 0
              ? []
              : replacement(reading, statement, now);
          if (next.length > 0 || !want || statement.kind === 'each')
            return next.map((each) => ({
              ...fork,
              bindings: each,
              ...(emptied.length > 0 ? { ways: [...ways, emptied] } : {}),
              ...(other.length > 0 ? { replaced: [...(fork.replaced ?? []), other] } : {}),
              ...(want || statement.kind === 'each'
                ? {}
                : { unsaid: [...(fork.unsaid ?? []), ...unsaidBy(reading, statement.term, now)] }),
            }));
          // What a function would give of something missing is still the place it looks at, which has to be there.
          return results(reading, statement.term, now).map(({ meaning }) => ({
            ...fork,
            bindings: new Map([...now, [statement.name, meaning]]),
            ways: meaning.kind === 'place' ? [...ways, [[{ kind: 'present', path: meaning.path, pattern: '' }]]] : ways,
          }));
        }
        const turns = [...new Set(looped(reading, statement, now))];
        return (turns.length > 0 ? turns : [now]).flatMap((each): Fork[] => {
          if (want) return [wanted(reading, statement, each, fork)];
          if (truth(reading, statement, each) === false) return [];
          reading.doubt.any = false;
          const found = changed(reading, statement, each, false);
          const unsure = reading.doubt.any || (found.length === 0 && touchesObject(reading, statement, each));
          const more = unsure || tellsMore(found) ? { replaced: [] } : {};
          const beyond = found.length === 0 && looksBeyond(reading, statement, each) ? { beyond: true as const } : {};
          return [
            { ...fork, bindings: each, ways: [...ways, found], ...more, ...beyond, ...(unsure ? { unsure } : {}) },
          ];
        });
      })
      .slice(0, MOST_FORKS);
  }
  return want ? all : all.map(orUnsaid);
}

/** A way through a body on which no condition can be changed, with what replaces its texts or leaves its functions without a value. */
const orUnsaid = (fork: Fork): Fork =>
  fork.replaced?.length
    ? { ...fork, ways: fork.replaced }
    : fork.ways.some(({ length }) => length > 0) || !fork.unsaid
      ? fork
      : { ...fork, ways: fork.unsaid };

/** `msg := complaint(field, container)`: ways to have a policy's own function give nothing. */
function unsaidBy(reading: Reading, term: Term, bindings: Bindings): Way[][] {
  const rules = term.kind === 'call' ? rulesOf(reading, term.name) : [];
  if (term.kind !== 'call' || rules.length === 0) return [];
  const ways = argumentsOf(reading, term.args, bindings)
    .map(({ given }) => followed(reading, rules, given, false))
    .reduce<Way[]>(both, [[]]);
  return [ways.filter((way) => way.length > 0)];
}

/** `msg := found[_]`, `some msg in found`: ways to leave a list empty that a statement takes items out of. */
function emptiedBy(reading: Reading, statement: Term, bindings: Bindings): Way[] {
  if (statement.kind === 'each') {
    const of = results(reading, statement.of, bindings)[0]?.meaning;
    return of?.kind === 'list' || of?.kind === 'map' ? (of.filled?.(false) ?? []) : [];
  }
  const from = statement.kind === 'assign' ? statement.term : statement;
  if (from.kind !== 'ref') return [];
  // `_ = object[key]` only asks whether something stands there.
  const asked = statement.kind === 'assign' && statement.name === '_' ? results(reading, from, bindings) : [];
  return asked.length > 0
    ? alike(asked.map(({ meaning }) => gone(meaning)))
    : membership(reading, from, bindings, false);
}

/** Ways to make a body hold (all of its conditions in one passage), or not hold (one condition in every passage). */
function bodyWays(reading: Reading, body: readonly Term[], bindings: Bindings, want: boolean): Way[] {
  const forks = passages(reading, body, bindings, want);
  if (want) {
    const there = forks.flatMap(({ ways, unsure }) =>
      ways.length === 0 && unsure ? [] : ways.reduce<readonly Way[]>(both, [[]]),
    );
    return merged(oneMoreFor(reading, body, bindings, there));
  }
  return forks.reduce<Way[]>((found, { ways }) => both(found, ways.flat()), [[]]);
}

/** Ways to leave a set that rules make empty, or to have something in it. */
function setWays(reading: Reading, rules: readonly Rule[], some: boolean): Way[] {
  const inner = deeper(reading);
  if (!inner) return [];
  const each = rules.map(({ body }) => bodyWays(inner, body, new Map(), some));
  return some ? merged(each.flat()) : each.reduce<Way[]>(both, [[]]);
}

/** Ways to make a condition hold or not hold under given bindings. */
function changed(reading: Reading, term: Term, bindings: Bindings, want: boolean): Way[] {
  if (reading.budget.left-- <= 0) return [];
  switch (term.kind) {
    case 'not':
      return truth(reading, term, bindings) === want ? [[]] : changed(reading, term.term, bindings, !want);
    case 'compare': {
      const operator = want ? term.operator : (NEGATED[term.operator] ?? '');
      const sides = [
        [term.left, operator, term.right],
        [term.right, MIRRORED[operator] ?? operator, term.left],
      ] as const;
      for (const [left, sign, right] of sides) {
        const member = want && sign === '==' ? memberWays(reading, left, right, bindings) : [];
        if (member.length > 0) return member;
        const known = counted(reading, left, sign, right, bindings);
        if (known.length > 0) return known;
        const looked = lookedUp(reading, left, sign, right, bindings);
        if (looked.length > 0) return looked;
      }
      if (term.left.kind === 'sum' && term.left.operator === '%') {
        const [place = UNKNOWN, by = UNKNOWN, rest = UNKNOWN] = [term.left.left, term.left.right, term.right].map(
          (side) => results(reading, side, bindings)[0]?.meaning ?? UNKNOWN,
        );
        return remainder(operator, place, valueNow(by), valueNow(rest));
      }
      const pairs = results(reading, term.left, bindings).flatMap((left) =>
        results(reading, term.right, left.bindings).map((right) => {
          // Of the turns of a loop some may stand as wanted; what is missing makes none hold.
          const stands = turnHolds(term.operator, left.meaning, right.meaning) === want;
          return stands ? [[]] : compared(operator, left.meaning, right.meaning);
        }),
      );
      const there =
        operator === '==' && want ? oneMoreLike(reading, term.left, term.right, bindings, pairs.flat()) : pairs.flat();
      const found = want ? merged(there) : pairs.reduce<Way[]>(both, [[]]);
      return found.length > 0 ? found : merged(otherTexts(reading, [term.left, term.right], bindings));
    }
    case 'block':
      return bodyWays(reading, term.body, bindings, want);
    case 'with':
      return changed(instead(reading, term, bindings), term.term, bindings, want);
    case 'call': {
      const rules = rulesOf(reading, term.name);
      const each = argumentsOf(reading, term.args, bindings).map(({ given }) => {
        const builtin = tested(term.name, given, rules.length > 0);
        if (builtin) return matched(builtin, want);
        if (rules.length > 0) return followed(reading, rules, given, want);
        // What a function gives of the object may itself be there or not.
        const found = results(reading, term, bindings)[0]?.meaning;
        return found?.kind === 'place' || found?.kind === 'condition' ? stood(found, want) : other(given, want);
      });
      const found = want ? merged(each.flat()) : each.reduce<Way[]>(both, [[]]);
      return found.length > 0 || rules.length > 0 ? found : merged(otherTexts(reading, term.args, bindings));
    }
    case 'ref': {
      if (
        typeof term.head === 'string' &&
        term.steps.length === 0 &&
        !bindings.has(term.head) &&
        rulesOf(reading, term.head).length > 0
      )
        return followed(reading, rulesOf(reading, term.head), [], want);
      const member = listed(reading, term, bindings, want);
      if (member && (want || member.length > 0)) return member;
      const whole = membership(reading, term, bindings, want);
      if (whole.length > 0) return whole;
      const found = results(reading, term, bindings).map(({ meaning }) => meaning);
      if (want) return found.flatMap((meaning) => isSwitch(reading, meaning) ?? stood(meaning, true));
      // Every turn of a loop that holds has to be undone.
      const holding = found.filter((meaning) => meaning.kind === 'condition' || holdsNow(meaning));
      return holding.length === 0 ? [] : holding.map((meaning) => stood(meaning, false)).reduce<Way[]>(both, [[]]);
    }
    default:
      return [];
  }
}

/** Where nobody knows what would do: the texts that functions look at, or that parts were taken of, may be others. */
function otherTexts(reading: Reading, terms: readonly Term[], bindings: Bindings): Way[] {
  return terms.flatMap((term) => {
    const own = term.kind === 'call' && rulesOf(reading, term.name).length === 0;
    if (
      own &&
      !tested(
        term.name,
        term.args.map(() => UNKNOWN),
      )
    )
      return argumentsOf(reading, term.args, bindings).flatMap(({ given }) => [
        ...other(given, true, term.name.startsWith('time.parse_rfc3339') ? FAR_AHEAD : undefined),
        ...given.flatMap(otherWhole),
      ]);
    return results(reading, term, bindings).flatMap(({ meaning }) => otherWhole(meaning));
  });
}

const otherWhole = (meaning: Meaning): Way[] =>
  meaning.kind === 'value' && meaning.within ? [[{ kind: 'present', path: meaning.within.path, pattern: '' }]] : [];

/** A field of Kubernetes that holds a truth value, and nothing yet: a condition that it stands there wants it true. */
function isSwitch({ object }: Reading, meaning: Meaning): Way[] | undefined {
  if (meaning.kind !== 'place' || meaning.value !== undefined || !isObject(object) || goesUnasked(meaning.path))
    return undefined;
  const { path } = meaning;
  const isBoolean = fitToSchema(object, path, 'opsline') === undefined && fitToSchema(object, path, 'true') === true;
  return isBoolean ? [edit(set(path, true))] : undefined;
}

/** Whether a rule cannot hold whatever the object is: its parameters, or the kind of request, are others. */
const isClosed = (reading: Reading, { body }: Rule, bindings: Bindings): boolean =>
  body.some(
    (statement) =>
      statement.kind !== 'assign' &&
      statement.kind !== 'each' &&
      !touchesObject(reading, statement, bindings) &&
      truth(reading, statement, bindings) === false,
  );

/** Ways through the rules of a name: one of them has to hold, or none. */
function followed(reading: Reading, rules: readonly Rule[], args: readonly Meaning[], want: boolean): Way[] {
  const inner = deeper(reading);
  if (!inner) return [];
  const each = rules.map((rule) => bodyWays(inner, conditionsOf(rule), entered(rule, args), want));
  if (!want) return each.reduce<Way[]>(both, [[]]);
  const unread = rules.some((rule, i) => each[i]?.length === 0 && !isClosed(inner, rule, entered(rule, args)));
  if (unread && each.some(({ length }) => length > 0)) reading.doubt.any = true;
  return merged(each.flat());
}

/** Whether a comparison holds in one turn of a loop; undefined where that cannot be told. */
function turnHolds(operator: string, left: Meaning, right: Meaning): boolean | undefined {
  const [a, b] = [valueNow(left), valueNow(right)];
  if (a !== undefined && b !== undefined) return compares(operator, a, b);
  return [left, right].some((side) => side.kind === 'place' && valueNow(side) === undefined) ? false : undefined;
}

/** Whether what stands there makes a condition hold. */
const holdsNow = (meaning: Meaning): boolean => ![undefined, false].includes(valueNow(meaning) as false | undefined);

/** What the Rego of violated constraints would accept instead: each passage through a `violation` needs one condition less. */
export function regoWishes({ policies, object, siblings }: FixContext): Stated[] {
  return policies.flatMap(({ name, documents, parameters }) =>
    documents
      .filter(({ kind }) => kind === 'ConstraintTemplate')
      .flatMap((template) => {
        const code = codeOf(template);
        const rules = code.flatMap(parseRego);
        const reading: Reading = {
          rules,
          object,
          parameters: parameters ?? ({} as Json),
          ...(code.some((text) => text.includes('inventory'))
            ? { inventory: inventoryOf([...siblings, { object }]) }
            : {}),
          budget: { left: STEPS },
          doubt: { any: false },
          depth: 0,
          wishes: { of: changed, body: bodyWays, set: setWays },
        };
        return rules
          .filter((rule) => rule.name === 'violation' || rule.name === 'deny')
          .flatMap((rule) => exampled(reading, rule, passages(reading, rule.body, new Map(), false)))
          .slice(0, MOST_FORKS)
          .flatMap(({ ways, unsure, beyond }) =>
            stated(name, keptWays(reading, ways.flat(), unsure || beyond), unsure),
          );
      }),
  );
}
