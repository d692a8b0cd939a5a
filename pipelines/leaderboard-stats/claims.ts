import { clausesOf, labelsOf, subjectsIn, subjectsOfClause, textAt } from './clauses.ts';
import type { Label } from './meanings.ts';
import type { Subject } from './subjects.ts';
import type { Token } from './tokens.ts';

/** What words of a clause say of whom it speaks of, and who may be meant. */
const CLAIMS: readonly [Label, (subject: Subject) => boolean, string][] = [
  ['climbers', ({ is }) => is.has('climber'), 'did not climb'],
  ['fallers', ({ is }) => is.has('faller'), 'did not fall'],
  ['newcomers', ({ is }) => is.has('newcomer'), 'is not new'],
  ['jumps', ({ is }) => is.has('jumper') || is.has('climber'), 'did not jump'],
  ['outlier', ({ is }) => is.has('outlier'), 'does not stand out'],
  ['sent', ({ is }) => is.has('source'), 'is no source that stands out'],
];
const LEADS = /^(leads?|leading|led|leader|tops|topped|wins|won|winner|best)$/i;

/** Why what a sentence says of somebody is not so. */
export function claimsObjection(tokens: readonly Token[]): string | undefined {
  const clauses = clausesOf(tokens);
  for (const [index, clause] of clauses.entries()) {
    const named = subjectsOfClause(clauses, index);
    if (named.length === 0) continue;
    const leads = clause.some((_, at) => LEADS.test(textAt(clause, at)));
    if (leads && !named.some(({ entry }) => entry?.competitionRank === 1)) {
      return `${JSON.stringify(named[0]?.name)} is not first`;
    }
    const labels = labelsOf(clause);
    for (const [label, may, objection] of CLAIMS) {
      if (!labels.includes(label)) continue;
      const wrong = doers(clauses, index).find((subject) => !may(subject));
      if (wrong !== undefined) return `${JSON.stringify(wrong.name)} ${objection}`;
    }
  }
  return undefined;
}

/**
 * Of whom a clause says something: whoever it names first, with those that stand alone in the clauses right before ("A, B and C
 * climbed").
 */
function doers(clauses: readonly Token[][], index: number): Subject[] {
  const doers = subjectsOfClause(clauses, index).slice(0, 1);
  for (let at = index - 1; at >= 0; at -= 1) {
    const clause = clauses[at] as Token[];
    if (clause.length === 0 || !clause.every(({ kind }) => kind === 'subject')) break;
    doers.push(...subjectsIn(clause));
  }
  return doers;
}
