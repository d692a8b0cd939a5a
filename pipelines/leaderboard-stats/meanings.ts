import type { Entry } from '../../src/leaderboard/reads.ts';
import type { Facts } from './schema.ts';

/** What a number can stand for in the document. */
export type Meaning = 'players' | 'events' | 'mean' | 'deviation' | 'median' | 'highest' | 'lowest' | 'tie' | 'other';

/** Words that say which statistic a number is meant to be. */
const LABELS: readonly [Meaning, RegExp][] = [
  ['mean', /\b(mean|average|averages|averaged|averaging)\b/i],
  ['deviation', /\b(deviation|deviations)\b/i],
  ['median', /\b(median|half|middle|typical|typically)\b/i],
  ['highest', /\b(highest|largest|biggest)\b/i],
  ['lowest', /\b(lowest|smallest)\b/i],
];

export function labelsIn(text: string): Meaning[] {
  return LABELS.filter(([, pattern]) => pattern.test(text)).map(([meaning]) => meaning);
}

/** Every number of the document that belongs to no single player, with what it stands for. */
export function meaningsOf(facts: Facts): Map<number, Set<Meaning>> {
  const meanings = new Map<number, Set<Meaning>>();
  const add = (value: number | undefined, meaning: Meaning): void => {
    if (value === undefined) return;
    const known = meanings.get(value);
    if (known === undefined) meanings.set(value, new Set([meaning]));
    else known.add(meaning);
  };
  const { scores, ties, count } = facts.entries;
  add(count, 'players');
  add(facts.events, 'events');
  add(facts.leaders.length, 'players');
  add(facts.lead, 'other');
  add(ties.entries, 'tie');
  add(ties.scores, 'other');
  add(ties.largest?.entries, 'tie');
  add(ties.largest?.score, 'other');
  add(scores?.mean, 'mean');
  add(scores?.standardDeviation, 'deviation');
  add(scores?.highest, 'highest');
  add(scores?.lowest, 'lowest');
  for (const { percentile, score } of scores?.percentiles ?? []) add(score, percentile === 50 ? 'median' : 'other');
  return meanings;
}

/** Numbers that belong to one player. */
export function numbersOf({ score, rank, competitionRank }: Entry): number[] {
  return [score, rank, competitionRank];
}
