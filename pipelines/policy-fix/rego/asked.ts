import { equalJson } from '../../../src/manifest/json.ts';
import { UNKNOWN, valueNow } from '../cel/meaning.ts';
import { results } from './read.ts';
import { type Bindings, bound, nameIn, type Reading, rulesOf } from './reading.ts';
import type { Rule, Term } from './terms.ts';

/**
 * The bindings under which a rule of a set gives what is asked of it: `fault[{"msg": msg, "in": "containers"}]` binds what the
 * rule calls the value of `in`. Undefined where it gives something else.
 */
function asked(reading: Reading, rule: Rule, step: Term, bindings: Bindings): Bindings | undefined {
  const unified = (key: Term, wanted: Term, into: Bindings): Bindings | undefined => {
    const free = nameIn(wanted);
    if (free !== undefined && !bindings.has(free)) return into;
    if (key.kind === 'map' && wanted.kind === 'map')
      return key.entries.reduce<Bindings | undefined>((all, [label, inner]) => {
        const other = wanted.entries.find(([name]) => JSON.stringify(name) === JSON.stringify(label))?.[1];
        return all && other && unified(inner, other, all);
      }, into);
    const meaning = results(reading, wanted, bindings)[0]?.meaning ?? UNKNOWN;
    const name = nameIn(key);
    if (name !== undefined) return bound(into, name, meaning);
    const [a, b] = [key.kind === 'literal' ? key.value : undefined, valueNow(meaning)];
    return a === undefined || b === undefined || equalJson(a, b) ? into : undefined;
  };
  return rule.key && unified(rule.key, step, new Map());
}

/**
 * The rules of a set that is asked for an object by some of its fields, or (`whatever`) for any member, of which nothing is used
 * but to tell it.
 */
export function askedRules(
  reading: Reading,
  term: Term,
  bindings: Bindings,
  whatever = false,
): { rule: Rule; start: Bindings }[] {
  if (term.kind !== 'ref' || typeof term.head !== 'string' || bindings.has(term.head)) return [];
  const [step, ...more] = term.steps;
  if (step === undefined || more.length > 0) return [];
  const free = nameIn(step);
  if (whatever && free !== undefined && !bindings.has(free))
    return rulesOf(reading, term.head).flatMap((rule) => (rule.key && !rule.value ? [{ rule, start: new Map() }] : []));
  if (step.kind !== 'map') return [];
  return rulesOf(reading, term.head).flatMap((rule) => {
    const start = asked(reading, rule, step, bindings);
    return start ? [{ rule, start }] : [];
  });
}
