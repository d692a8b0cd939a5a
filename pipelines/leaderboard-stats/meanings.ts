import type { Facts } from './schema.ts';
import type { OwnMeaning } from './subjects.ts';

/** What a number of the document stands for that belongs to nobody alone. */
export type Meaning =
  | 'players'
  | 'events'
  | 'late'
  | 'shown'
  | 'lead'
  | 'sharers'
  | 'shared'
  | 'mean'
  | 'deviation'
  | 'highest'
  | 'lowest'
  | 'climbers'
  | 'fallers'
  | 'newcomers'
  | 'unmoved'
  | 'outlying scores'
  | 'jumps'
  | 'bursting sources'
  | 'plausible'
  | 'absolute deviation'
  | 'minutes'
  | `percentile ${number}`;

/** What the words of a clause speak of: meanings of general numbers, and what only numbers of somebody can mean. */
export type Label = Meaning | 'z-score' | 'outlier' | 'sent' | 'range';

const PLACES = '(?:ranks?|places?|positions?|spots?)';
const up = String.raw`climb\w*|ris(?:es?|en|ing)|rose|(?:mov|went|go)\w* up|up (?:from|by|\S+ ${PLACES})|gain\w* \S+ ${PLACES}`;
const down = String.raw`fall\w*|fell|drop\w*|slip\w*|(?:mov|went|go)\w* down|down (?:from|by|\S+ ${PLACES})|los[te]\w* \S+ ${PLACES}`;
const outlier = String.raw`outliers?|st(?:and|ood)\w* out|unusual\w*`;

/** A number may only stand for what words of its clause say; how many players or events there are is said right behind it. */
const LABELS: readonly [Label, RegExp][] = [
  ['shown', /\btop\b/i],
  ['lead', /\b(ahead|behind|lead|margin|gap|by|apart|separat\w*|difference|distance)\b/i],
  ['shared', /\b(shar\w+|tied?|ties|level|equal\w*|same)\b/i],
  ['sharers', /\b(shar\w+|tied?|ties|level|equal\w*|same)\b/i],
  ['mean', /\b(mean(?! absolute)|averag\w+)\b/i],
  ['deviation', /(?<!absolute )\b(deviation|deviations)\b/i],
  ['percentile 50', /\b(medians?(?! absolute)|half|middle)\b/i],
  ['highest', /\b(highest|largest|biggest)\b/i],
  ['lowest', /\b(lowest|smallest)\b/i],
  ['late', /\b(late|later)\b/i],
  ['climbers', new RegExp(String.raw`\b(${up})\b`, 'i')],
  ['fallers', new RegExp(String.raw`\b(${down})\b`, 'i')],
  ['newcomers', /\b(newcomers?|new entr\w+|enter\w*|join\w*|(?:is|are) new|new (?:in|to|among))\b/i],
  ['unmoved', /\b(unmoved|unchanged)\b/i],
  ['outlier', new RegExp(String.raw`\b(${outlier})\b`, 'i')],
  ['outlying scores', new RegExp(String.raw`^(?=.*\bscores?\b).*\b(${outlier})\b`, 'i')],
  ['bursting sources', /\b(sources?|bursts?)\b/i],
  ['jumps', /\bjump\w*\b/i],
  ['plausible', /\bplausible\b/i],
  ['absolute deviation', /\babsolute deviation\b/i],
  ['z-score', /\bz(-scores?)?\b/i],
  ['sent', /\b(sent|sends?|sending)\b/i],
  ['minutes', /\bminutes?\b/i],
  ['range', /\b(ranges?|scores? (?:lie |are )?from)\b/i],
];

export function labelsIn(text: string): Label[] {
  return LABELS.filter(([, pattern]) => pattern.test(text)).map(([label]) => label);
}

/** Every number of the document that belongs to nobody alone, with what it stands for. */
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
  add(facts.late, 'late');
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
  const { movers, outliers } = facts;
  add(movers?.climbed.length, 'climbers');
  add(movers?.fallen.length, 'fallers');
  add(movers?.entered.length, 'newcomers');
  add(movers?.stayed, 'unmoved');
  add(outliers?.scores, 'outlying scores');
  add(outliers?.jumps, 'jumps');
  add(outliers?.bursts, 'bursting sources');
  for (const found of outliers?.listed ?? []) {
    if (found.kind === 'jump') add(found.evidence.maxJump, 'plausible');
    if (found.kind === 'burst') add(10, 'minutes');
    if (found.kind !== 'score') continue;
    add(found.evidence.median, 'percentile 50');
    if (found.evidence.measure === 'median') add(found.evidence.deviation, 'absolute deviation');
  }
  return meanings;
}

/** What stands around a number in its clause. */
export interface Setting {
  readonly labels: readonly Label[];
  /** What it counts, by the word behind it. */
  readonly noun: Noun | undefined;
  /** What the word before it makes of it: where something comes from or goes to, or by how much it changes. */
  readonly role: 'from' | 'to' | 'by' | undefined;
}
export type Noun = 'players' | 'events' | 'ranks' | 'minutes';

/** Whether a number may have a meaning in its place. */
export function fits(meaning: Meaning, { labels, noun, role }: Setting): boolean {
  const moves = labels.includes('climbers') || labels.includes('fallers') || labels.includes('jumps');
  if (noun === 'minutes') return meaning === 'minutes';
  if (noun === 'ranks') return false;
  if (noun === 'events') return !labels.includes('sent') && meaning === (labels.includes('late') ? 'late' : 'events');
  if (noun === 'players') {
    if (meaning === 'players') return !moves && !labels.includes('newcomers');
    return /^(sharers|shown|climbers|fallers|newcomers|unmoved)$/.test(meaning) && labels.includes(meaning);
  }
  // "climbed by 3" is no lead of 3, and "jumped from 3" no median.
  if (moves && role !== undefined) return false;
  return meaning !== 'minutes' && labels.includes(meaning);
}

/** Whether a number of somebody whom the clause names may have a meaning in its place. */
export function fitsOwn(meaning: OwnMeaning, { labels, noun, role }: Setting): boolean {
  const ranks = labels.includes('climbers') || labels.includes('fallers');
  const jumps = labels.includes('jumps') && !ranks;
  if (noun === 'events') return meaning === 'burst' && labels.includes('sent') && labels.includes('minutes');
  const moved = labels.includes('fallers') ? 'ranks lost' : 'ranks won';
  if (noun === 'ranks') return meaning === moved;
  if (noun !== undefined) return false;
  if (ranks && role === 'from') return meaning === 'rank before';
  if (ranks && role === 'to') return meaning === 'rank';
  if (ranks && role === 'by') return meaning === moved;
  if (jumps && role === 'from') return meaning === 'jump from';
  if (jumps && role === 'to') return meaning === 'jump to';
  if (jumps && role === 'by') return meaning === 'jump';
  if (labels.includes('z-score')) return meaning === 'z-score';
  return meaning === 'score' || meaning === 'rank' || (jumps && meaning === 'jump');
}

/** What a number counts, by the word behind it. */
export function nounOf(word: string): Noun | undefined {
  if (/^events?$/i.test(word)) return 'events';
  if (/^minutes?$/i.test(word)) return 'minutes';
  if (new RegExp(`^${PLACES}$`, 'i').test(word)) return 'ranks';
  return /^(players?|entries|entry|people|competitors?|participants?|entrants?)$/i.test(word) ? 'players' : undefined;
}

/** What the words before a number make of it, the nearest first. */
export function roleOf(words: readonly string[]): Setting['role'] {
  const word = words.find((each) => !/^(rank|place|position|number|below|under)$/i.test(each)) ?? '';
  if (/^from$/i.test(word)) return 'from';
  if (/^to$/i.test(word)) return 'to';
  return new RegExp(String.raw`^(by|up|down|jump\w*|${up}|${down})$`, 'i').test(word) ? 'by' : undefined;
}
