/** An answer as it was sent, and the version of what it was read from. */
export interface KeptAnswer {
  readonly version: string;
  readonly text: string;
}

/**
 * Answers that were sent lately, so that what has not changed since is neither read nor written out again. Whoever takes one has
 * asked Redis whether its version still holds. Least recently used ones go first when they are more than `characters` in all.
 */
export class KeptAnswers {
  readonly #answers = new Map<string, KeptAnswer>();
  readonly #most: number;
  #characters = 0;

  constructor(characters = 8 * 1024 * 1024) {
    this.#most = characters;
  }

  get(subject: string): KeptAnswer | undefined {
    const answer = this.#answers.get(subject);
    if (answer === undefined) return undefined;
    // The order of a map is that of insertion: what was asked for moves to its end.
    this.#answers.delete(subject);
    this.#answers.set(subject, answer);
    return answer;
  }

  keep(subject: string, answer: KeptAnswer): void {
    this.#characters += answer.text.length - (this.#answers.get(subject)?.text.length ?? 0);
    this.#answers.delete(subject);
    this.#answers.set(subject, answer);
    for (const [oldest, { text }] of this.#answers) {
      if (this.#characters <= this.#most) break;
      this.#answers.delete(oldest);
      this.#characters -= text.length;
    }
  }
}
