import { digest } from '../digest.ts';
import type { JournalEntry } from './run.ts';

/** A journal entry with its place in the run and, for values, the JSON text that is stored. */
export interface Noted {
  /** The order in which the code called its steps. */
  readonly order: number;
  readonly entry: JournalEntry;
  /** JSON text of `entry.value`; absent for `do`. */
  readonly text?: string;
}

/** What the step engine asks of a run's journal. */
export interface Journal {
  /** In a replay nothing may be fetched, asked or written: what is not in the journal is an error. */
  readonly sealed: boolean;
  /** The entry of this step (for `predict`: of this signature) from an earlier delivery (or the record), if it answers the same question. */
  find(step: string, kind: JournalEntry['kind'], inputDigest: string): JournalEntry | undefined;
  /** An answer or a written result that an earlier version of the code left: see {@link carryOver}. */
  kept(key: string): JournalEntry | undefined;
  /** Resolves once the entry would survive a crash. */
  keep(noted: Noted): Promise<void>;
  /** A `do` step: its digest may be written together with the next entry. */
  note(noted: Noted): void;
}

/**
 * What an entry is known by within its run: its step, and for a prediction its signature and question, because parallel
 * questions to one signature may come in another order the next time.
 */
export function journalKey(step: string, kind: JournalEntry['kind'], inputDigest: string | undefined): string {
  return kind === 'predict' ? `predict:${step.replace(/#\d+$/, '')}:${inputDigest}` : step;
}

/** Under what an answer outlives a change of the code. */
export const answerKey = (signature: string, requestDigest: string): string => `answer:${signature}:${requestDigest}`;

/** Under what a written result outlives a change of the code. */
export const writeKey = (step: string, keyDigest: string): string => `write:${step}:${keyDigest}`;

/**
 * What a run that starts over under other code may still use: answers by the digest of their request, and written
 * results by step and key. Reads and failed predictions are dropped, because the new code may look elsewhere.
 */
export function carryOver(entries: Iterable<JournalEntry>): Map<string, JournalEntry> {
  const kept = new Map<string, JournalEntry>();
  for (const entry of entries) {
    const requestDigest = entry.call?.requestDigest ?? '';
    if (entry.kind === 'predict' && entry.reason === undefined && entry.call !== undefined && requestDigest !== '') {
      kept.set(answerKey(entry.call.signature, requestDigest), entry);
    } else if (entry.kind === 'write' && entry.inputDigest !== undefined) {
      kept.set(writeKey(entry.step, entry.inputDigest), entry);
    }
  }
  return kept;
}

/** Digest of a step's input; the key of a `write`. */
export const inputDigestOf = (input: unknown): string => digest(input);
