import { clausesOf, isPercentile, labelsOf, roleAt, subjectsOfClause, textAt } from './clauses.ts';
import { fits, fitsOwn, type Meaning, meaningsOf, nounOf, type Setting } from './meanings.ts';
import { binPlaces } from './ranges.ts';
import type { Facts } from './schema.ts';
import { ranksOf, type Subject, subjectsOf } from './subjects.ts';
import type { Token } from './tokens.ts';

/**
 * Why a number of a sentence does not hold. It holds when it belongs to the whole board, or to somebody whom its clause speaks of,
 * as what the words around it say that it is.
 */
export function numbersObjection(tokens: readonly Token[], facts: Facts): string | undefined {
  const meanings = meaningsOf(facts);
  const everybody = [...subjectsOf(facts).values()];
  const percentiles = facts.entries.scores?.percentiles.map(({ percentile }) => percentile) ?? [];
  const clauses = clausesOf(tokens);
  for (const [index, clause] of clauses.entries()) {
    const named = subjectsOfClause(clauses, index);
    const labels = labelsOf(clause);
    const moves = labels.includes('climbers') || labels.includes('fallers');
    const ofBin = binPlaces(clause, labels, facts);
    for (const [at, token] of clause.entries()) {
      if (token.kind === 'percent' && !percentiles.includes(token.value)) return missing(token.text);
      const role = roleAt(clause, at);
      if (token.kind === 'ordinal') {
        const when = moves && role === 'from' ? 'rank before' : 'rank';
        const ranks = (named.length > 0 ? named : everybody).flatMap((subject) => ranksOf(subject, when));
        const known = isPercentile(clause, at) ? percentiles : ranks;
        if (!known.includes(token.value)) return `${token.text} is no rank of whom it speaks of`;
      }
      if (token.kind !== 'number') continue;
      const setting: Setting = { labels, noun: nounOf(textAt(clause, at + 1)), role };
      if (ofBin.includes(at) || belongs(token.value, setting, named)) continue;
      const general: Meaning[] = [...(meanings.get(token.value) ?? [])];
      if (general.some((meaning) => fits(meaning, setting))) continue;
      const known =
        general.length > 0 || everybody.some(({ numbers }) => numbers.some(([, own]) => own === token.value));
      return known ? `${token.text} stands for something else in the document` : missing(token.text);
    }
    const extreme = labels.includes('highest') ? 'highest' : labels.includes('lowest') ? 'lowest' : undefined;
    if (extreme !== undefined && named.length > 0) {
      const bound = facts.entries.scores?.[extreme];
      if (!named.some(({ entry }) => entry?.score === bound)) return `the ${extreme} score is not theirs`;
    }
  }
  return undefined;
}

function belongs(value: number, setting: Setting, named: readonly Subject[]): boolean {
  return named.some(({ numbers }) => numbers.some(([meaning, own]) => own === value && fitsOwn(meaning, setting)));
}

const missing = (text: string): string => `${text} is not a number of the document`;
