import { EventEmitter } from 'node:events';
import type { ErrorSummary } from '../errors.ts';
import { carryOver, journalKey, type Noted } from './journal.ts';
import {
  cancelledEnding,
  idempotencyConflict,
  inOrder,
  restartReason,
  runFinished,
  runNotFound,
  runNotRetryable,
  staleDelivery,
  stepEvent,
} from './record.ts';
import { isFinal, type JournalEntry, type Run, type RunEvent, type RunProgress, type RunRecord } from './run.ts';
import type { RunFilter } from './runs.ts';
import type { Appended, Delivery, Ending, NewRun, RunStore } from './store.ts';

interface Kept {
  run: Run;
  readonly created: NewRun;
  epoch: number;
  deliveries: number;
  deliveriesBefore: number;
  code: { version: number; revision: string } | undefined;
  cancelRequested: boolean;
  journal: Map<string, Noted>;
  carried: Map<string, JournalEntry>;
  restarts: { at: string; reason: string }[];
  outputDigest: string | undefined;
  bytes: number;
  readonly events: RunEvent[];
}

export interface MemoryStoreOptions {
  /** At most this many finished runs are kept, newest first. */
  readonly keep?: number;
}

const DAY_MS = 24 * 3600 * 1000;

/** Runs in this process's memory: for the command line, for tests, for anything that must not need Redis. */
export class MemoryStore implements RunStore {
  readonly #runs = new Map<string, Kept>();
  readonly #claims = new Map<string, { runId: string; bodyDigest: string; at: number }>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  readonly #cancels = new EventEmitter().setMaxListeners(0);
  readonly #keep: number;
  #events = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.#keep = options.keep ?? 1000;
  }

  async create(created: NewRun): Promise<boolean> {
    if (this.#runs.has(created.id)) return false;
    this.#runs.set(created.id, {
      run: {
        id: created.id,
        pipeline: created.pipeline,
        version: created.version,
        status: 'queued',
        mode: 'rules',
        createdAt: now(),
      },
      created,
      epoch: 0,
      deliveries: 0,
      deliveriesBefore: 0,
      code: undefined,
      cancelRequested: false,
      journal: new Map(),
      carried: new Map(),
      restarts: [],
      outputDigest: undefined,
      bytes: Buffer.byteLength(created.input.text),
      events: [],
    });
    this.#emit(created.id, 'queued', {});
    return true;
  }

  async claim(key: { scope: string; key: string }, runId: string, bodyDigest: string): Promise<string> {
    const name = JSON.stringify([key.scope, key.key]);
    const earlier = this.#claims.get(name);
    if (earlier === undefined || Date.now() - earlier.at > DAY_MS) {
      this.#claims.set(name, { runId, bodyDigest, at: Date.now() });
      return runId;
    }
    if (earlier.bodyDigest !== bodyDigest) throw idempotencyConflict(key.key);
    return earlier.runId;
  }

  async get(id: string): Promise<Run | undefined> {
    const kept = this.#runs.get(id);
    return kept && structuredClone(kept.run);
  }

  async record(id: string): Promise<RunRecord | undefined> {
    const kept = this.#runs.get(id);
    if (kept === undefined) return undefined;
    const { created, run, outputDigest } = kept;
    return structuredClone({
      schema: 1,
      run,
      codeRevision: kept.code?.revision ?? '',
      inputDigest: created.inputDigest,
      ...(outputDigest === undefined ? {} : { outputDigest }),
      input: created.input.value,
      journal: inOrder(kept.journal.values()).map(({ entry }) => entry),
      deliveries: kept.deliveries,
      restarts: kept.restarts,
      ...(created.traceparent === undefined ? {} : { traceparent: created.traceparent }),
    });
  }

  async list(filter: RunFilter): Promise<{ runs: Run[]; cursor?: string }> {
    const runs: Run[] = [];
    for (const id of [...this.#runs.keys()].sort().reverse()) {
      const { run } = this.#kept(id);
      if (filter.cursor !== undefined && id >= filter.cursor) continue;
      if (filter.pipeline !== undefined && run.pipeline !== filter.pipeline) continue;
      if (filter.status !== undefined && run.status !== filter.status) continue;
      if (runs.length === filter.limit) return { runs, cursor: runs.at(-1)?.id as string };
      const { output: _output, ...listed } = run;
      runs.push(structuredClone(listed));
    }
    return { runs };
  }

  async begin(id: string, code: { version: number; revision: string }): Promise<Delivery | undefined> {
    const kept = this.#kept(id);
    if (isFinal(kept.run.status)) return undefined;
    const restart = restartReason(kept.code, code);
    if (restart !== undefined) {
      const entries = [...kept.journal.values()].map(({ entry }) => entry);
      for (const [key, entry] of carryOver(entries)) kept.carried.set(key, entry);
      kept.journal.clear();
      kept.restarts.push({ at: now(), reason: restart });
    }
    kept.code = code;
    kept.epoch += 1;
    kept.deliveries += 1;
    kept.run = { ...kept.run, version: code.version, status: 'running', startedAt: kept.run.startedAt ?? now() };
    this.#emit(id, 'started', {
      delivery: kept.deliveries,
      ...(restart === undefined ? {} : { restarted: restart }),
    });
    return {
      runId: id,
      pipeline: kept.run.pipeline,
      epoch: kept.epoch,
      deliveries: kept.deliveries - kept.deliveriesBefore,
      input: structuredClone(kept.created.input.value),
      traceparent: kept.created.traceparent,
      cancelRequested: kept.cancelRequested,
      journal: structuredClone([...kept.journal.values()]),
      kept: new Map(kept.carried),
      bytes: kept.bytes,
    };
  }

  async append(delivery: Delivery, entries: readonly Noted[], bytes: number): Promise<Appended> {
    const kept = this.#owned(delivery);
    this.#write(kept, entries, bytes);
    return { cancelRequested: kept.cancelRequested };
  }

  async progress(delivery: Delivery, progress: RunProgress): Promise<void> {
    const kept = this.#owned(delivery);
    kept.run = { ...kept.run, progress };
    this.#emit(kept.run.id, 'progress', progress);
  }

  async finish(delivery: Delivery, ending: Ending, entries: readonly Noted[], bytes: number): Promise<void> {
    const kept = this.#owned(delivery);
    this.#write(kept, entries, bytes);
    this.#end(kept, ending);
  }

  async release(delivery: Delivery, entries: readonly Noted[], bytes: number): Promise<void> {
    const kept = this.#owned(delivery);
    this.#write(kept, entries, bytes);
    kept.epoch += 1;
    kept.run = { ...kept.run, status: 'queued' };
    this.#emit(kept.run.id, 'queued', {});
  }

  async abandon(id: string, error: ErrorSummary): Promise<void> {
    const kept = this.#kept(id);
    if (isFinal(kept.run.status)) return;
    kept.epoch += 1;
    this.#end(kept, { status: 'failed', mode: 'rules', modeReason: error.message, error });
  }

  async cancel(id: string): Promise<Run> {
    const kept = this.#kept(id);
    if (isFinal(kept.run.status)) throw runFinished(kept.run);
    kept.cancelRequested = true;
    if (kept.run.status === 'queued') this.#end(kept, cancelledEnding());
    this.#cancels.emit('cancel', id);
    return structuredClone(kept.run);
  }

  async retry(id: string): Promise<{ run: Run; priority: number; traceparent?: string | undefined }> {
    const kept = this.#kept(id);
    if (kept.run.status !== 'failed') throw runNotRetryable(kept.run);
    const { error: _error, finishedAt: _finishedAt, modeReason: _reason, ...rest } = kept.run;
    kept.run = { ...rest, mode: 'rules', status: 'queued' };
    kept.epoch += 1;
    kept.deliveriesBefore = kept.deliveries;
    kept.cancelRequested = false;
    this.#emit(id, 'queued', { retried: true });
    return {
      run: structuredClone(kept.run),
      priority: kept.created.priority,
      traceparent: kept.created.traceparent,
    };
  }

  onCancel(listener: (runId: string) => void): () => void {
    this.#cancels.on('cancel', listener);
    return () => this.#cancels.off('cancel', listener);
  }

  async eventsAfter(id: string, after: string | undefined): Promise<RunEvent[]> {
    const { events } = this.#kept(id);
    if (after === undefined) return [...events];
    const place = eventPlace(after);
    return events.filter((event) => eventPlace(event.id) > place);
  }

  watch(id: string, listener: () => void): () => void {
    this.#changes.on(id, listener);
    return () => this.#changes.off(id, listener);
  }

  #kept(id: string): Kept {
    const kept = this.#runs.get(id);
    if (kept === undefined) throw runNotFound(id);
    return kept;
  }

  #owned(delivery: Delivery): Kept {
    const kept = this.#kept(delivery.runId);
    if (kept.epoch !== delivery.epoch || kept.run.status !== 'running') {
      throw staleDelivery(delivery.runId, delivery.epoch);
    }
    return kept;
  }

  #write(kept: Kept, entries: readonly Noted[], bytes: number): void {
    kept.bytes = bytes;
    for (const noted of entries) {
      const { step, kind, inputDigest } = noted.entry;
      kept.journal.set(journalKey(step, kind, inputDigest), structuredClone(noted));
      const { type, data } = stepEvent(noted);
      this.#emit(kept.run.id, type, data);
    }
  }

  #end(kept: Kept, ending: Ending): void {
    const { status, mode, modeReason, output, outputDigest, error } = ending;
    kept.outputDigest = outputDigest;
    kept.run = {
      ...kept.run,
      status,
      mode,
      finishedAt: now(),
      ...(modeReason === undefined ? {} : { modeReason }),
      ...(output === undefined ? {} : { output: output.value }),
      ...(error === undefined ? {} : { error }),
    };
    this.#emit(kept.run.id, 'finished', { status, mode, ...(error === undefined ? {} : { error }) });
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const finished = [...this.#runs.values()].filter(({ run }) => isFinal(run.status));
    for (const { run } of finished.slice(0, Math.max(0, finished.length - this.#keep))) this.#runs.delete(run.id);
  }

  #emit(id: string, type: RunEvent['type'], data: Record<string, unknown>): void {
    this.#events += 1;
    const at = Date.now();
    this.#runs.get(id)?.events.push({ id: `${at}-${this.#events}`, time: new Date(at).toISOString(), type, data });
    this.#changes.emit(id);
  }
}

const now = (): string => new Date().toISOString();

/** The number after the dash grows with every event of this store. */
const eventPlace = (id: string): number => Number(id.split('-')[1] ?? 0);
