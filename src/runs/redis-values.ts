import { OpslineError } from '../errors.ts';
import { reaching } from '../redis/unavailable.ts';
import type { Blobs, Stored } from './blobs.ts';
import type { Noted } from './journal.ts';
import { decodeField, encodeField, eventData, stepField } from './redis-codec.ts';
import type { JournalEntry } from './run.ts';
import type { Delivery, Ending } from './store.ts';

/** Moves the values of a run between memory and Redis, and remembers which blobs a delivery's run uses. */
export class RunValues {
  readonly #blobs: Blobs;
  readonly #used = new WeakMap<Delivery, Set<Stored>>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** Notes that the delivery's run uses these values. */
  use(delivery: Delivery, stored: Iterable<Stored | null | undefined>): void {
    const used = this.#used.get(delivery) ?? new Set();
    for (const one of stored) if (one?.startsWith('b')) used.add(one);
    this.#used.set(delivery, used);
  }

  /** Lets the blobs of a delivery's run live as long as the run. */
  async touch(delivery: Delivery): Promise<void> {
    await this.#blobs.touch(this.#used.get(delivery) ?? []);
  }

  /** Journal fields with their values; a value whose blob is gone counts as not journalled. */
  async decode(
    fields: readonly (readonly [string, string])[],
  ): Promise<{ steps: Noted[]; kept: Map<string, JournalEntry>; stored: Stored[] }> {
    const steps: Noted[] = [];
    const kept = new Map<string, JournalEntry>();
    const all: Stored[] = [];
    for (const [field, text] of fields) {
      const { order, entry, stored } = decodeField(text);
      let whole = entry;
      if (stored !== undefined) {
        const json = await reaching(this.#blobs.text(stored));
        if (json === undefined) continue;
        all.push(stored);
        whole = { ...entry, value: JSON.parse(json) };
      }
      if (field.startsWith('k:')) kept.set(field.slice(2), whole);
      else steps.push({ order, entry: whole });
    }
    return { steps, kept, stored: all };
  }

  /** Field, value and event data for each step, as the scripts take them. */
  async encode(delivery: Delivery, entries: readonly Noted[]): Promise<string[]> {
    const triples: string[] = [];
    for (const noted of entries) {
      const stored = noted.text === undefined ? undefined : await reaching(this.#blobs.put(noted.text));
      this.use(delivery, [stored]);
      triples.push(stepField(noted), encodeField(noted.order, noted.entry, stored), eventData(noted));
    }
    return triples;
  }

  /** Field and value of what earlier code left. */
  async encodeKept(kept: ReadonlyMap<string, JournalEntry>): Promise<string[]> {
    const fields: string[] = [];
    for (const [key, entry] of kept) {
      const stored = await reaching(this.#blobs.put(JSON.stringify(entry.value ?? null)));
      fields.push(`k:${key}`, encodeField(0, entry, stored));
    }
    return fields;
  }

  /** Field and value of a record that ends so. */
  async encodeEnding(ending: Ending, delivery?: Delivery): Promise<string[]> {
    const { status, mode, modeReason, output, outputDigest, error } = ending;
    const stored = output === undefined ? undefined : await reaching(this.#blobs.put(output.text));
    if (delivery !== undefined) this.use(delivery, [stored]);
    return Object.entries({
      status,
      mode,
      finishedAt: new Date().toISOString(),
      ...(modeReason === undefined ? {} : { modeReason }),
      ...(stored === undefined ? {} : { output: stored }),
      ...(outputDigest === undefined ? {} : { outputDigest }),
      ...(error === undefined ? {} : { error: JSON.stringify(error) }),
    }).flat();
  }

  /** The input of a run. */
  async input(id: string, stored: Stored | null | undefined): Promise<unknown> {
    const text = stored ? await reaching(this.#blobs.text(stored)) : undefined;
    if (text === undefined) throw new OpslineError('internal', `The input of run ${id} is gone from Redis.`);
    return JSON.parse(text);
  }
}
