import { equalJson } from '../../../src/manifest/json.ts';
import { type Meaning, UNKNOWN, valueNow } from '../cel/meaning.ts';
import { results } from './read.ts';
import { type Bindings, bound, isFree, nameIn, type Reading, rulesOf } from './reading.ts';
import type { Rule, Term } from './terms.ts';

type Ref = Extract<Term, { kind: 'ref' }>;

/** The rules of a set that a statement takes members out of. */
interface Taken {
  readonly rule: Rule;
  /** What the rule's variables stand for when it is asked. */
  readonly start: Bindings;
  /** What a member is called or looks like where it is taken. */
  readonly as: Term;
}

/** Parts of two terms of one shape that stand for each other. */
function partsOf(key: Term, wanted: Term): (readonly [Term, Term])[] | undefined {
  if (key.kind === 'map' && wanted.kind === 'map') {
    const pairs = key.entries.map(([label, inner]) => {
      const other = wanted.entries.find(([name]) => JSON.stringify(name) === JSON.stringify(label))?.[1];
      return other && ([inner, other] as const);
    });
    return pairs.every((pair) => pair !== undefined) ? pairs : undefined;
  }
  return key.kind === 'list' && wanted.kind === 'list' && key.items.length === wanted.items.length
    ? key.items.map((item, i) => [item, wanted.items[i] ?? item] as const)
    : undefined;
}

/**
 * The bindings under which a rule of a set gives what is asked of it: `fault[{"msg": msg, "in": "containers"}]` binds what the
 * rule calls the value of `in`. Undefined where it gives something else.
 */
function asked(reading: Reading, key: Term, wanted: Term, bindings: Bindings, into: Bindings): Bindings | undefined {
  if (isFree(reading, wanted, bindings)) return into;
  if (key.kind === 'map' || key.kind === 'list')
    return partsOf(key, wanted)?.reduce<Bindings | undefined>(
      (all, [inner, other]) => all && asked(reading, inner, other, bindings, all),
      into,
    );
  const meaning = results(reading, wanted, bindings)[0]?.meaning ?? UNKNOWN;
  const name = nameIn(key);
  if (name !== undefined) return bound(into, name, meaning);
  const [a, b] = [key.kind === 'literal' ? key.value : undefined, valueNow(meaning)];
  return a === undefined || b === undefined || equalJson(a, b) ? into : undefined;
}

/** What a statement calls a member of a set: `bad[msg]`, `bad[{"msg": msg}]`, `c := bad[_]`, `some c in bad`. */
function memberOf(
  reading: Reading,
  statement: Term,
  bindings: Bindings,
): { readonly set: Ref; readonly as: Term } | undefined {
  if (statement.kind === 'each') {
    const as = statement.names.at(-1);
    const plain = nameIn(statement.of) !== undefined && statement.names.length === 1;
    return plain ? { set: statement.of as Ref, as: { kind: 'ref', head: as ?? '_', steps: [] } } : undefined;
  }
  const ref = statement.kind === 'assign' ? statement.term : statement;
  if (ref.kind !== 'ref' || ref.steps.length !== 1) return undefined;
  const [step] = ref.steps as [Term];
  const shaped = step.kind === 'map' || step.kind === 'list' || isFree(reading, step, bindings);
  if (!shaped) return undefined;
  return { set: ref, as: statement.kind === 'assign' ? { kind: 'ref', head: statement.name, steps: [] } : step };
}

/** The rules of the set that a statement takes a member of; none where it does something else. */
export function takenFrom(reading: Reading, statement: Term, bindings: Bindings): Taken[] {
  const member = memberOf(reading, statement, bindings);
  if (!member || typeof member.set.head !== 'string' || bindings.has(member.set.head)) return [];
  const { as } = member;
  return rulesOf(reading, member.set.head).flatMap((rule) => {
    // What has a value beside its key is an entry of a map.
    const isMember = rule.key && rule.value === undefined && rule.args.length === 0;
    const start = isMember && rule.key && asked(reading, rule.key, as, bindings, new Map());
    return start ? [{ rule, start, as }] : [];
  });
}

/** The bindings after a member was taken: its name, or the names in its shape, stand for what the rule gives. */
export function membersTaken(reading: Reading, key: Term, inside: Bindings, as: Term, bindings: Bindings): Bindings[] {
  const parts = partsOf(key, as);
  if (parts)
    return parts.reduce<Bindings[]>(
      (all, [inner, other]) => all.flatMap((now) => membersTaken(reading, inner, inside, other, now)),
      [bindings],
    );
  if (!isFree(reading, as, bindings)) return [bindings];
  return results(reading, key, inside).map(({ meaning }: { meaning: Meaning }) =>
    bound(bindings, nameIn(as) ?? '_', meaning),
  );
}
