/**
 * What says it. `words`: a condition that only its message tells of trouble, or a state in a sentence. `past`: an error that is
 * called the last.
 */
export type By = 'condition' | 'words' | 'state' | 'error' | 'past' | 'count' | 'spec' | 'mark';

/**
 * One thing that the status of a resource says. `hard`: something went wrong. `soft`: it is not as it should be, which it also is
 * before it has come up. `going`, `held`, `good` as they say; `done` is good for ever.
 */
export interface Statement {
  readonly tone: 'hard' | 'soft' | 'going' | 'held' | 'good' | 'done';
  /** For a person: the resource's own words where it has some. */
  readonly says: string;
  /** The members of a list or map, outermost first, of which it is said. */
  readonly of: string;
  /** Whether `says` are own words, not the name of a phase. */
  readonly own: boolean;
  /** The reason in one word that a condition gives beside its message, where the message does not say it. */
  readonly reason?: string;
  /** What to look for in a text to cite it, the best first. */
  readonly needles: readonly string[];
  /** How deep below `status` it stands; conditions and fields of the status itself are at 0. */
  readonly depth: number;
  readonly by: By;
}

/** Beginnings of a text that stand on one line of it, whether it is wrapped, quoted or escaped there. */
export function needlesOf(said: string, ...others: readonly string[]): string[] {
  const parts = said.split(/["'\\\n]/).map((part) => part.trim());
  // A word alone stands in other lines, too.
  const first =
    parts.find((part) => part.length >= 8 && part.includes(' ')) ??
    parts.find((part) => part.length >= 8) ??
    parts.find((part) => part !== '') ??
    '';
  const words = first.split(' ').slice(0, 3).join(' ');
  return [...new Set([first.slice(0, 40), first.slice(0, 24), words, ...others])].filter(
    (needle) => needle.trim() !== '',
  );
}
