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

  whole(line: number): number {
    return line + (this.#gaps.findLast(({ at }) => at < line)?.shift ?? 0);
  }

  /** Cuts a range of the text where lines are missing within it. */
  pieces({ from, to }: LineRange): LineRange[] {
    const pieces: LineRange[] = [];
    let begin = from;
    for (const { at } of this.#gaps) {
      if (at < begin || at >= to) continue;
      pieces.push({ from: begin, to: at });
      begin = at + 1;
    }
    return [...pieces, { from: begin, to }];
  }
}
