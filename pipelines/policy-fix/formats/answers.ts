import type { Decision, FixEdit, FixResource, FixViolation } from '../schema.ts';

const meet = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);

/** Those of some answers that are about a violation: whose paths meet its own; where none do, those that are about no other one. */
function own<T>(
  answers: readonly T[],
  pathsOf: (answer: T) => readonly string[],
  violation: FixViolation,
  all: readonly FixViolation[],
): readonly T[] {
  const isAbout = (answer: T, { path }: FixViolation): boolean =>
    path !== undefined && pathsOf(answer).some((other) => meet(other, path));
  const direct = answers.filter((answer) => isAbout(answer, violation));
  if (direct.length > 0) return direct;
  const others = all.filter((other) => other !== violation);
  const free = answers.filter((answer) => !others.some((other) => isAbout(answer, other)));
  return free.length > 0 ? free : answers;
}

/** The edits and questions of an object that answer one of its violations. */
export function answersTo(
  { edits, decisions, violations }: FixResource,
  violation: FixViolation,
): { readonly edits: readonly FixEdit[]; readonly decisions: readonly Decision[] } {
  const among = (fixed: boolean) => violations.filter((other) => other.fixed === fixed);
  return {
    edits: violation.fixed ? own(edits, ({ paths }) => paths, violation, among(true)) : [],
    decisions: violation.fixed ? [] : own(decisions, ({ path }) => [path], violation, among(false)),
  };
}

/** What an edit is for and what it sets, in a line. */
export function editText({ summary, changes }: Pick<FixEdit, 'summary' | 'changes'>): string {
  const [first, ...more] = changes;
  if (first === undefined) return summary;
  return `${summary}: ${first}${more.length === 0 ? '' : `, and ${more.length} more`}`;
}
