import { OpslineError } from '../errors.ts';
import { type Journal, journalKey, type Noted } from './journal.ts';
import { requireRunSize } from './json.ts';
import type { JournalEntry } from './run.ts';
import type { Delivery, Ending, RunStore } from './store.ts';

/** How long the digest of a `do` step may wait for a write it can travel with. */
const FLUSH_MS = 100;

/**
 * The journal of one delivery over a store. Reads, answers and written results are stored before their step returns;
 * digests of pure steps travel with the next of them, or alone after {@link FLUSH_MS} so that watchers see them.
 */
export class DeliveryJournal implements Journal {
  readonly sealed = false;
  readonly #store: RunStore;
  readonly #delivery: Delivery;
  readonly #abort: (reason: OpslineError) => void;
  readonly #known = new Map<string, JournalEntry>();
  #pending: Noted[] = [];
  #timer: NodeJS.Timeout | undefined;
  #bytes: number;
  #ended = false;

  /** `abort` is told when the run was cancelled or taken by a newer delivery. */
  constructor(store: RunStore, delivery: Delivery, abort: (reason: OpslineError) => void) {
    this.#store = store;
    this.#delivery = delivery;
    this.#abort = abort;
    this.#bytes = delivery.bytes;
    for (const { entry } of delivery.journal) {
      this.#known.set(journalKey(entry.step, entry.kind, entry.inputDigest), entry);
    }
  }

  find(step: string, kind: JournalEntry['kind'], inputDigest: string): JournalEntry | undefined {
    const entry = this.#known.get(journalKey(step, kind, inputDigest));
    return entry?.kind === kind && entry.inputDigest === inputDigest ? entry : undefined;
  }

  kept(key: string): JournalEntry | undefined {
    return this.#delivery.kept.get(key);
  }

  async keep(noted: Noted): Promise<void> {
    const bytes = this.#bytes + Buffer.byteLength(noted.text ?? '');
    requireRunSize(bytes, `the result of step ${noted.entry.step}`);
    this.#bytes = bytes;
    const { step, kind, inputDigest } = noted.entry;
    this.#known.set(journalKey(step, kind, inputDigest), noted.entry);
    await this.#write([...this.#take(), noted]);
  }

  note(noted: Noted): void {
    this.#pending.push(noted);
    this.#timer ??= setTimeout(() => {
      // A failure shows up at the next write, or the run is lost to another delivery anyway.
      this.#write(this.#take()).catch(() => {});
    }, FLUSH_MS);
  }

  /** The last write of this delivery: the run's end, or nothing but giving it back. */
  async end(ending: Ending | 'release'): Promise<void> {
    if (ending === 'release') {
      this.#ended = true;
      await this.#store.release(this.#delivery, this.#take(), this.#bytes);
      return;
    }
    const bytes = this.#bytes + Buffer.byteLength(ending.output?.text ?? '');
    requireRunSize(bytes, 'the output');
    this.#ended = true;
    await this.#store.finish(this.#delivery, ending, this.#take(), bytes);
  }

  /** Writes nothing any more: somebody else owns the run. */
  drop(): void {
    this.#ended = true;
    this.#take();
  }

  async #write(entries: Noted[]): Promise<void> {
    if (this.#ended || entries.length === 0) return;
    try {
      const { cancelRequested } = await this.#store.append(this.#delivery, entries, this.#bytes);
      if (cancelRequested) this.#abort(new OpslineError('run-cancelled', 'The run was cancelled.'));
    } catch (error) {
      if (error instanceof OpslineError && error.code === 'stale-delivery') this.#abort(error);
      throw error;
    }
  }

  #take(): Noted[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#pending.splice(0);
  }
}
