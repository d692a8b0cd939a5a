interface Turn<T> {
  readonly running: Promise<T>;
  /** What those get who asked after `running` began. */
  next?: Promise<T>;
}

/**
 * Work that several ask for at once under one key is done one time after the other, and each time for all who wait: whoever asks gets
 * what was begun after they asked, never an answer that may be older than their question.
 */
export class Together<T> {
  readonly #turns = new Map<string, Turn<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.get(key);
    if (turn === undefined) return this.#begin(key, work);
    turn.next ??= turn.running.then(
      () => this.#begin(key, work),
      () => this.#begin(key, work),
    );
    return turn.next;
  }

  #begin(key: string, work: () => Promise<T>): Promise<T> {
    const running = work();
    const turn: Turn<T> = { running };
    this.#turns.set(key, turn);
    const end = (): void => {
      if (turn.next === undefined) this.#turns.delete(key);
    };
    running.then(end, end);
    return running;
  }
}
