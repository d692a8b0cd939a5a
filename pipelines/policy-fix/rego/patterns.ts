import type { Term } from './terms.ts';

/** What has to hold of a term that a pattern is put against, and the names that it gives: `["x", a, _]` of `t` is `t[0] == "x"; a := t[1]`. */
function matching(pattern: Term, what: Term): Term[] {
  if (pattern.kind === 'literal') return [{ kind: 'compare', operator: '==', left: what, right: pattern }];
  const name = plainName(pattern);
  if (name !== undefined) return name === '_' ? [] : [{ kind: 'assign', name, term: what }];
  if (pattern.kind === 'map')
    return pattern.entries.flatMap(([key, item]) => matching(item, { kind: 'ref', head: what, steps: [key] }));
  if (pattern.kind !== 'list') return [];
  return pattern.items.flatMap((item, i) =>
    matching(item, { kind: 'ref', head: what, steps: [{ kind: 'literal', value: i }] }),
  );
}

/** Whether all of a pattern is literals, names, and lists and maps of these: anything else would have to be worked out first. */
const isShape = (pattern: Term): boolean =>
  pattern.kind === 'literal' ||
  plainName(pattern) !== undefined ||
  (pattern.kind === 'list' && pattern.items.every(isShape)) ||
  (pattern.kind === 'map' && pattern.entries.every(([, item]) => isShape(item)));

const plainName = (term: Term): string | undefined =>
  term.kind === 'ref' && typeof term.head === 'string' && term.steps.length === 0 ? term.head : undefined;

/** A name that no Rego can have. */
const own = (name: string | number): Term => ({ kind: 'ref', head: `$${name}`, steps: [] });

/** What a statement is called here that takes members of a shape out of a collection; no Rego can call it so. */
export const SOME = '$some';

/** Arguments that are patterns, as names with what has to hold of them: `f("x")` is `f(s) { s == "x" }`. */
export function plainArguments(patterns: readonly Term[]): { args: Term[]; shape: Term[] } {
  const isPattern = ({ kind }: Term): boolean => kind === 'literal' || kind === 'list';
  return {
    args: patterns.map((pattern, i) => (isPattern(pattern) ? own(i) : pattern)),
    shape: patterns.flatMap((pattern, i) => (isPattern(pattern) ? matching(pattern, own(i)) : [])),
  };
}

/** `[a, b] := f(x)`, and `walk(x, [path, value])`, as a name for the whole and names for its parts; undefined for other statements. */
export function apart(statement: Term, count: number): Term[] | undefined {
  const { kind } = statement;
  if (kind === 'call' && statement.name === SOME) {
    const [pattern, of] = statement.args as [Term, Term];
    if (!isShape(pattern)) return undefined;
    const whole = own(`part${count}`);
    return [{ kind: 'each', names: [plainName(whole) ?? ''], of }, ...matching(pattern, whole)];
  }
  if (kind === 'call' && statement.name === 'walk' && statement.args.length === 2) {
    const [of, pattern] = statement.args as [Term, Term];
    return apart({ kind: 'compare', operator: '==', left: pattern, right: { ...statement, args: [of] } }, count);
  }
  if (kind !== 'compare' || statement.operator !== '==') return undefined;
  const { left, right } = statement;
  if (left.kind !== 'list' || !left.items.every((item) => plainName(item) !== undefined || item.kind === 'literal'))
    return undefined;
  const whole = own(`part${count}`);
  const name = plainName(whole) ?? '';
  const first: Term =
    right.kind === 'call' && right.name === 'walk'
      ? { kind: 'each', names: [name], of: right }
      : { kind: 'assign', name, term: right };
  return [first, ...matching(left, whole)];
}
