import { digest } from '../digest.ts';
import { type Journal, journalKey, type Noted } from './journal.ts';
import type { JournalEntry } from './run.ts';

/** One thing that a replay saw differently from the record. */
export interface Difference {
  readonly step: string;
  readonly kind: JournalEntry['kind'] | 'output' | 'error';
  /** `input`: the step was asked something else. `result`: it yielded something else. `missing`: it did not run. */
  readonly what: 'input' | 'result' | 'missing';
  /** Digests; error codes for `error`. */
  readonly recorded: string;
  readonly replayed: string;
}

/** Serves a record's values to code that runs again, and compares the digest of everything that code does. */
export class ReplayJournal implements Journal {
  readonly sealed = true;
  readonly #recorded: readonly JournalEntry[];
  readonly #byKey: ReadonlyMap<string, JournalEntry>;
  readonly #seen = new Map<JournalEntry, Difference | undefined>();
  #wanted: Difference | undefined;
  readonly #done = new Map<string, { digest: string; order: number }>();

  constructor(recorded: readonly JournalEntry[]) {
    this.#recorded = recorded;
    this.#byKey = new Map(recorded.map((entry) => [journalKey(entry.step, entry.kind, entry.inputDigest), entry]));
  }

  find(step: string, kind: JournalEntry['kind'], inputDigest: string): JournalEntry | undefined {
    const entry = this.#byKey.get(journalKey(step, kind, inputDigest)) ?? this.#unasked(step, kind);
    if (entry?.kind !== kind) {
      this.#wanted ??= { step, kind, what: 'missing', recorded: '', replayed: inputDigest };
      return undefined;
    }
    this.#seen.set(entry, servedDifference(entry, inputDigest));
    return entry;
  }

  kept(): undefined {
    return undefined;
  }

  async keep(): Promise<void> {}

  note({ entry, order }: Noted): void {
    this.#done.set(entry.step, { digest: entry.digest, order });
    const recorded = this.#byKey.get(entry.step);
    if (recorded?.kind !== 'do') return;
    this.#seen.set(
      recorded,
      recorded.digest === entry.digest
        ? undefined
        : { step: entry.step, kind: 'do', what: 'result', recorded: recorded.digest, replayed: entry.digest },
    );
  }

  /** The digest that a `do` step had in this replay. */
  digestOf(step: string): string | undefined {
    return this.#done.get(step)?.digest;
  }

  /** The first step that asked for something the record does not hold; the code went no further. */
  get wanted(): Difference | undefined {
    return this.#wanted;
  }

  /** What differs, in the order of the record; steps that never ran only when `complete`. */
  differences(complete: boolean): Difference[] {
    const found: Difference[] = [];
    for (const entry of this.#recorded) {
      const difference = this.#seen.get(entry);
      if (difference !== undefined) found.push(difference);
      else if (complete && !this.#seen.has(entry)) {
        found.push({ step: entry.step, kind: entry.kind, what: 'missing', recorded: entry.digest, replayed: '' });
      }
    }
    for (const [step, done] of this.#done) {
      if (this.#byKey.get(step)?.kind !== 'do') {
        found.push({ step, kind: 'do', what: 'missing', recorded: '', replayed: done.digest });
      }
    }
    return found;
  }

  /** A question to the same signature in other words: the first recorded answer that nobody asked for yet. */
  #unasked(step: string, kind: JournalEntry['kind']): JournalEntry | undefined {
    if (kind !== 'predict') return undefined;
    return this.#recorded.find(
      (entry) => entry.kind === 'predict' && entry.step.replace(/#\d+$/, '') === step && !this.#seen.has(entry),
    );
  }
}

/** A served entry was asked something else than in the record, or its value is not the one the record's digest is of. */
function servedDifference(entry: JournalEntry, inputDigest: string): Difference | undefined {
  const { step, kind } = entry;
  const recorded = entry.inputDigest ?? '';
  if (recorded !== inputDigest) return { step, kind, what: 'input', recorded, replayed: inputDigest };
  const replayed = digest(entry.value ?? null);
  return replayed === entry.digest ? undefined : { step, kind, what: 'result', recorded: entry.digest, replayed };
}
