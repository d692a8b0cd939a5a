import { valueAt } from '../../../src/manifest/json.ts';
import { type Meaning, UNKNOWN, value } from '../cel/meaning.ts';
import type { Path } from '../edits.ts';
import { isNever } from '../wish.ts';
import { results } from './read.ts';
import { type Bindings, entered, type Reading, rulesOf } from './reading.ts';
import type { Rule, Term } from './terms.ts';

const MOST_DEPTH = 6;

/** The terms that a term is made of. */
export const partsOf = (term: Term): readonly Term[] => {
  switch (term.kind) {
    case 'list':
      return term.items;
    case 'map':
      return term.entries.flat();
    case 'ref':
      return typeof term.head === 'string' ? term.steps : [term.head, ...term.steps];
    case 'call':
      return term.args;
    case 'compare':
    case 'sum':
      return [term.left, term.right];
    case 'assign':
    case 'not':
      return [term.term];
    case 'each':
      return [term.of];
    case 'collect':
      return [term.term, ...term.body];
    case 'gather':
      return [term.key, term.term, ...term.body];
    case 'with':
      return [term.term, term.value];
    case 'block':
      return term.body;
    default:
      return [];
  }
};

const termsOf = ({ key, value, body }: Rule): readonly Term[] => [
  ...(key ? [key] : []),
  ...(value ? [value] : []),
  ...body,
];

/** Whether a reference leads to a scalar of the object that nobody would change: what it is called, where it lives. */
function isFixed({ object }: Reading, from: Path, steps: readonly Term[]): boolean {
  const keys = steps.map((step) => (step.kind === 'literal' ? step.value : undefined));
  if (!keys.every((key) => typeof key === 'string' || typeof key === 'number')) return false;
  const path = [...from, ...keys];
  const now = valueAt(object, path);
  return isNever(path) && now !== undefined && typeof now !== 'object';
}

/** Whether a condition depends on the object, rather than on parameters or on what kind of request it is. */
export function touchesObject(reading: Reading, term: Term, bindings: Bindings, depth = 0): boolean {
  if (depth > MOST_DEPTH || reading.budget.left-- <= 0) return true;
  const inRules = (name: string, args: readonly Meaning[] = []): boolean =>
    rulesOf(reading, name).some((rule) =>
      termsOf(rule).some((part) => touchesObject(reading, part, entered(rule, args), depth + 1)),
    );
  if (term.kind === 'unknown') return true;
  // What a policy's own function is given counts only as far as the function looks at it.
  if (term.kind === 'call' && rulesOf(reading, term.name).length > 0)
    return inRules(
      term.name,
      term.args.map((arg) => {
        const touches = touchesObject(reading, arg, bindings, depth + 1);
        return touches ? (results(reading, arg, bindings)[0]?.meaning ?? UNKNOWN) : value(null);
      }),
    );
  if (term.kind === 'ref' && typeof term.head === 'string') {
    const [first, second] = term.steps;
    const known = bindings.get(term.head);
    // What nobody would change is no way either.
    if (known?.kind === 'place' && known.path.length > 0 && isNever(known.path)) return false;
    if (known?.kind === 'place' && isFixed(reading, known.path, term.steps)) return false;
    if (known !== undefined && known.kind !== 'value') return true;
    if (term.head === 'input' && first?.kind === 'literal' && first.value === 'review')
      return second?.kind === 'literal' && second.value === 'object' && !isFixed(reading, [], term.steps.slice(2));
    if (known === undefined && inRules(term.head)) return true;
  }
  return partsOf(term).some((part) => touchesObject(reading, part, bindings, depth));
}

/** Whether a condition depends on the other objects of the cluster. */
export function looksBeyond(reading: Reading, term: Term, bindings: Bindings, depth = 0): boolean {
  if (reading.inventory === undefined || depth > MOST_DEPTH || reading.budget.left-- <= 0) return false;
  const head = term.kind === 'ref' && typeof term.head === 'string' ? term.head : undefined;
  const known = head === undefined ? undefined : bindings.get(head);
  if (known?.kind === 'value' && known.seen) return true;
  const [first] = term.kind === 'ref' ? term.steps : [];
  if (head === 'data' && first?.kind === 'literal' && first.value === 'inventory') return true;
  const name = term.kind === 'call' ? term.name : known === undefined ? head : undefined;
  const inRules =
    name !== undefined &&
    rulesOf(reading, name).some((rule) =>
      termsOf(rule).some((part) => looksBeyond(reading, part, new Map(), depth + 1)),
    );
  return inRules || partsOf(term).some((part) => looksBeyond(reading, part, bindings, depth));
}
