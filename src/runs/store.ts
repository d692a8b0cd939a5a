import type { ErrorSummary } from '../errors.ts';
import type { Noted } from './journal.ts';
import type { Json } from './json.ts';
import type { JournalEntry, Run, RunEvent, RunProgress, RunRecord } from './run.ts';
import type { RunFilter } from './runs.ts';

/** A run as it is first written. */
export interface NewRun {
  readonly id: string;
  readonly pipeline: string;
  readonly version: number;
  readonly input: Json;
  readonly inputDigest: string;
  /** BullMQ priority, kept for when the run must be enqueued again. */
  readonly priority: number;
  readonly traceparent?: string | undefined;
}

/** One worker's turn at a run. Everything it writes carries its epoch and is refused once a newer one exists. */
export interface Delivery {
  readonly runId: string;
  readonly pipeline: string;
  readonly epoch: number;
  /** How many deliveries took the run since it was created or last put back by a person; this one included. */
  readonly deliveries: number;
  readonly input: unknown;
  readonly traceparent?: string | undefined;
  readonly cancelRequested: boolean;
  /** Journalled by earlier deliveries of the same code. */
  readonly journal: readonly Noted[];
  /** What earlier code left that still holds: see `carryOver`. */
  readonly kept: ReadonlyMap<string, JournalEntry>;
  /** Bytes of JSON that the run keeps already. */
  readonly bytes: number;
}

/** The end of a run. */
export interface Ending {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly mode: 'model' | 'rules';
  readonly modeReason?: string | undefined;
  readonly output?: Json;
  readonly outputDigest?: string;
  readonly error?: ErrorSummary;
}

/** What an append learns on its way. */
export interface Appended {
  readonly cancelRequested: boolean;
}

/**
 * Where runs live. Two implementations, memory and Redis, pass one conformance suite (`test/runs/conformance.ts`).
 *
 * State machine of a run's status:
 * `queued` → begin → `running` → finish → `succeeded | failed | cancelled`; `running` → release → `queued`;
 * `queued` → cancel → `cancelled`; `failed` → retry → `queued`.
 *
 * Every method that takes a delivery throws `stale-delivery` when a newer delivery owns the run or it is final.
 */
export interface RunStore {
  /** Writes the record, once: false when the run exists already. */
  create(run: NewRun): Promise<boolean>;
  /**
   * Claims an idempotency key for 24 h. Returns the run id it stands for: `runId`, or that of an earlier claim with the
   * same body digest. Throws `idempotency-conflict` when the earlier body was another.
   */
  claim(key: { scope: string; key: string }, runId: string, bodyDigest: string): Promise<string>;
  get(id: string): Promise<Run | undefined>;
  record(id: string): Promise<RunRecord | undefined>;
  /** Newest first, without outputs. */
  list(filter: RunFilter): Promise<{ runs: Run[]; cursor?: string }>;

  /** Takes the run: a new epoch. Undefined when it is final already. Throws `run-not-found`. */
  begin(id: string, code: { version: number; revision: string }): Promise<Delivery | undefined>;
  /** Writes entries so that they survive a crash; `bytes` is what the run keeps with them. */
  append(delivery: Delivery, entries: readonly Noted[], bytes: number): Promise<Appended>;
  progress(delivery: Delivery, progress: RunProgress): Promise<void>;
  /** The last word on a run, together with entries not yet written. */
  finish(delivery: Delivery, ending: Ending, entries: readonly Noted[], bytes: number): Promise<void>;
  /** Puts the run back to `queued`: it will be delivered again. */
  release(delivery: Delivery, entries: readonly Noted[], bytes: number): Promise<void>;
  /** Ends a run that no delivery holds any more, whatever epoch it has. Nothing happens when it is final. */
  abandon(id: string, error: ErrorSummary): Promise<void>;

  /** Sets the cancel flag and tells workers; a queued run is cancelled at once. Throws `run-not-found`, `run-finished`. */
  cancel(id: string): Promise<Run>;
  /** `failed` → `queued`. Throws `run-not-found`, `run-not-retryable`. */
  retry(id: string): Promise<{ run: Run; priority: number; traceparent?: string | undefined }>;

  /** Calls `listener` with the id of each run that someone cancels. */
  onCancel(listener: (runId: string) => void): () => void;
  /** Events after `after` (all when absent), oldest first. */
  eventsAfter(id: string, after: string | undefined): Promise<RunEvent[]>;
  /** Calls `listener` soon after each change of the run. It may be called without need. */
  watch(id: string, listener: () => void): () => void;
}
