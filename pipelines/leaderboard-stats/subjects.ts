import type { Entry } from '../../src/leaderboard/entry.ts';
import type { Facts } from './schema.ts';

/** What a number says of whom it belongs to. */
export type OwnMeaning =
  | 'score'
  | 'rank'
  | 'rank before'
  | 'ranks won'
  | 'ranks lost'
  | 'z-score'
  | 'jump from'
  | 'jump to'
  | 'jump'
  | 'burst';

/** A player or a source that a sentence may name, with every number that belongs to it. */
export interface Subject {
  readonly name: string;
  /** Of a player among the leaders. */
  readonly entry?: Entry;
  /** What the document says of it beside its numbers. */
  readonly is: ReadonlySet<'climber' | 'faller' | 'newcomer' | 'outlier' | 'jumper' | 'source'>;
  readonly numbers: readonly (readonly [OwnMeaning, number])[];
}

/** Everybody whom the document names, by name. */
export function subjectsOf({ leaders, movers, outliers }: Facts): Map<string, Subject> {
  const subjects = new Map<string, { name: string; entry?: Entry; is: Set<string>; numbers: [OwnMeaning, number][] }>();
  const about = (name: string) => {
    const known = subjects.get(name) ?? { name, is: new Set(), numbers: [] };
    subjects.set(name, known);
    return known;
  };
  for (const entry of leaders) {
    const subject = about(entry.player);
    subject.entry = entry;
    subject.numbers.push(['score', entry.score], ['rank', entry.rank], ['rank', entry.competitionRank]);
  }
  for (const { player } of movers?.entered ?? []) about(player).is.add('newcomer');
  for (const { player, rankBefore, change } of [...(movers?.climbed ?? []), ...(movers?.fallen ?? [])]) {
    const subject = about(player);
    subject.is.add(change > 0 ? 'climber' : 'faller');
    subject.numbers.push(['rank before', rankBefore], change > 0 ? ['ranks won', change] : ['ranks lost', -change]);
  }
  for (const outlier of outliers?.listed ?? []) {
    const subject = about(outlier.kind === 'burst' ? outlier.source : outlier.player);
    subject.is.add('outlier');
    if (outlier.kind === 'score') {
      subject.numbers.push(['score', outlier.value], ['rank', outlier.rank], ['z-score', outlier.evidence.z]);
    } else if (outlier.kind === 'jump') {
      subject.is.add('jumper');
      subject.numbers.push(['jump from', outlier.from], ['jump to', outlier.to], ['jump', outlier.value]);
    } else {
      subject.is.add('source');
      subject.numbers.push(['burst', outlier.value]);
    }
  }
  return subjects as Map<string, Subject>;
}

/** Ranks that ordinals may give somebody: those of now, or those of the window before. */
export function ranksOf({ numbers }: Subject, when: 'rank' | 'rank before'): number[] {
  return numbers.filter(([meaning]) => meaning === when).map(([, value]) => value);
}
