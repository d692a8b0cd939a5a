import type { Excerpted, LineRange } from '../model.ts';

/** Turns line numbers of an excerpted text into those of the whole. Without an excerpt they are the same. */
export class Numbering {
  /** `at`: the last line of the text before a gap; `shift`: lines missing up to and with this gap. */
  readonly #gaps: { at: number; shift: number }[] = [];
  readonly missing: number;

  constructor(excerpt: Excerpted | undefined) {
    let missing = 0;
    for (const { after, lines } of excerpt?.gaps ?? []) {
      const at = Math.max(0, after - missing);
      missing += lines;
      this.#gaps.push({ at, shift: missing });
    }
    this.missing = missing;
  }

  /** Index of the first gap at or after a line of the text. Texts may have many gaps and many sections. */
  #from(line: number): number {
    let [low, high] = [0, this.#gaps.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#gaps[middle]?.at ?? 0) < line) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  whole(line: number): number {
    const before = this.#gaps[this.#from(line) - 1];
    return line + (before?.shift ?? 0);
  }

  /** Cuts a range of the text where lines are missing within it. */
  pieces({ from, to }: LineRange): LineRange[] {
    const pieces: LineRange[] = [];
    let begin = from;
    for (let index = this.#from(from); index < this.#gaps.length; index++) {
      const at = this.#gaps[index]?.at ?? to;
      if (at >= to) break;
      if (at < begin) continue;
      pieces.push({ from: begin, to: at });
      begin = at + 1;
    }
    return [...pieces, { from: begin, to }];
  }
}
