import { roleAt, textAt } from './clauses.ts';
import { type Label, nounOf } from './meanings.ts';
import type { Facts } from './schema.ts';
import type { Token } from './tokens.ts';

/**
 * The places of a clause whose numbers hold because it speaks of one bin of the histogram: from where to where, and how many players
 * are in it. None when the clause says of a bin that it is the fullest and it is not.
 */
export function binPlaces(clause: readonly Token[], labels: readonly Label[], facts: Facts): number[] {
  if (!labels.includes('range')) return [];
  const bins = facts.entries.histogram?.bins ?? [];
  const numbers = clause.flatMap((token, at) => (token.kind === 'number' ? [{ at, value: token.value }] : []));
  const from = numbers.find(({ at }) => roleAt(clause, at) === 'from');
  const to = numbers.find(({ at }) => roleAt(clause, at) === 'to');
  const bin = bins.find((each) => each.from === from?.value && each.to === to?.value);
  if (from === undefined || to === undefined || bin === undefined) return [];
  const most = Math.max(...bins.map(({ count }) => count));
  if (clause.some((_, at) => /^(fullest|most)$/i.test(textAt(clause, at))) && bin.count < most) return [];
  const counted = numbers.filter(
    ({ at, value }) => nounOf(textAt(clause, at + 1)) === 'players' && value === bin.count,
  );
  return [from, to, ...counted].map(({ at }) => at);
}
