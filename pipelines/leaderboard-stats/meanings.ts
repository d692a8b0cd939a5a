import type { Entry } from '../../src/leaderboard/reads.ts';
import type { Facts } from './schema.ts';

/** What a number of the document stands for. */
export type Meaning =
  | 'players'
  | 'events'
  | 'shown'
  | 'lead'
  | 'sharers'
  | 'shared'
  | 'mean'
  | 'deviation'
  | 'highest'
  | 'lowest'
  | `percentile ${number}`;

/** A number may only stand for what words of its clause say; how many players or events there are is said right behind it. */
const LABELS: readonly [Meaning, RegExp][] = [
  ['shown', /\btop\b/i],
  ['lead', /\b(ahead|behind|lead|margin|gap|by|apart|separat\w*|difference|distance)\b/i],
  ['shared', /\b(shar\w+|tied?|ties|level|equal\w*|same)\b/i],
  ['sharers', /\b(shar\w+|tied?|ties|level|equal\w*|same)\b/i],
  ['mean', /\b(mean|averag\w+)\b/i],
  ['deviation', /\b(deviation|deviations)\b/i],
  ['percentile 50', /\b(medians?|half|middle)\b/i],
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
  add(facts.leaders.length, 'shown');
  add(facts.lead, 'lead');
  add(ties.entries, 'sharers');
  add(ties.largest?.entries, 'sharers');
  add(ties.scores, 'shared');
  add(ties.largest?.score, 'shared');
  add(scores?.mean, 'mean');
  add(scores?.standardDeviation, 'deviation');
  add(scores?.highest, 'highest');
  add(scores?.lowest, 'lowest');
  for (const { percentile, score } of scores?.percentiles ?? []) add(score, `percentile ${percentile}`);
  return meanings;
}

/** Whether a number may have a meaning beside these labels, before this noun. */
export function fits(meaning: Meaning, labels: readonly Meaning[], noun: 'players' | 'events' | undefined): boolean {
  if (noun === 'events') return meaning === 'events';
  if (noun === 'players')
    return meaning === 'players' || (/^(sharers|shown)$/.test(meaning) && labels.includes(meaning));
  return labels.includes(meaning);
}

/** What a number counts, by the word behind it. */
export function nounOf(word: string): 'players' | 'events' | undefined {
  if (/^events?$/i.test(word)) return 'events';
  return /^(players?|entries|entry|people|competitors?|participants?|entrants?)$/i.test(word) ? 'players' : undefined;
}

/** Numbers that belong to one player. */
export function numbersOf({ score, rank, competitionRank }: Entry): number[] {
  return [score, rank, competitionRank];
}
