import { type Label, labelsIn, roleOf, type Setting } from './meanings.ts';
import type { Subject } from './subjects.ts';
import type { Token } from './tokens.ts';

/** A sentence cut where another statement may begin. */
export function clausesOf(tokens: readonly Token[]): Token[][] {
  const clauses: Token[][] = [[]];
  for (const token of tokens) {
    const divides =
      token.kind === 'break' || (token.kind === 'word' && /^(and|while|but|whereas|followed)$/i.test(token.text));
    if (divides) clauses.push([]);
    else clauses.at(-1)?.push(token);
  }
  return clauses;
}

export function subjectsIn(tokens: readonly Token[]): Subject[] {
  return tokens.flatMap((token) => (token.kind === 'subject' ? [token.subject] : []));
}

/** Whom a clause speaks of: those it names, else those of the clause before it, or at the beginning of the one behind it. */
export function subjectsOfClause(clauses: readonly Token[][], index: number): Subject[] {
  for (let at = index; at >= 0; at -= 1) {
    const named = subjectsIn(clauses[at] as Token[]);
    if (named.length > 0) return named;
  }
  return (
    clauses
      .slice(index + 1)
      .map(subjectsIn)
      .find((named) => named.length > 0) ?? []
  );
}

/** What its words say that the numbers of a clause are. */
export function labelsOf(clause: readonly Token[]): Label[] {
  const percentiles = clause.flatMap((token, at): Label[] =>
    token.kind === 'percent' || (token.kind === 'ordinal' && isPercentile(clause, at))
      ? [`percentile ${token.value}`]
      : [],
  );
  return [...percentiles, ...labelsIn(clause.map((_, at) => textAt(clause, at)).join(' '))];
}

/** The 90th percentile is no rank. */
export function isPercentile(clause: readonly Token[], at: number): boolean {
  return /^percentile/i.test(textAt(clause, at + 1));
}

export function textAt(clause: readonly Token[], index: number): string {
  const token = clause[index];
  return token !== undefined && 'text' in token ? token.text : '';
}

/** What the words before a number make of it. */
export function roleAt(clause: readonly Token[], at: number): Setting['role'] {
  return roleOf([1, 2, 3].map((back) => textAt(clause, at - back)).filter((text) => text !== ''));
}
