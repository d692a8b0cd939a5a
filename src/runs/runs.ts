import type { Run, RunEvent, RunRecord, RunStatus } from './run.ts';

export interface EnqueueOptions {
  /**
   * Scope (token and pipeline) and key; kept 24 h. Same body: the same run. Another body: `idempotency-conflict`, or with
   * `anyBody` the same run as well.
   */
  readonly idempotency?: { readonly scope: string; readonly key: string; readonly anyBody?: true };
  /** BullMQ priority; 1 is the most urgent. On-call explanations come first. */
  readonly priority?: number;
  /** W3C trace context of the request. */
  readonly traceparent?: string;
}

export interface RunFilter {
  readonly pipeline?: string;
  readonly status?: RunStatus;
  /** At most this many, newest first. */
  readonly limit: number;
  /** As returned by the page before. */
  readonly cursor?: string;
}

/** The service behind `/v1/runs` and `opsline runs`: everything one can do to runs from outside a worker. */
export interface Runs {
  /** Validates the input, writes the record, then enqueues its id. `created` is false when the key named an older run. */
  enqueue(pipeline: string, input: unknown, options?: EnqueueOptions): Promise<{ run: Run; created: boolean }>;
  /** Throws `run-not-found`. */
  get(id: string): Promise<Run>;
  list(filter: RunFilter): Promise<{ runs: Run[]; cursor?: string }>;
  /** Sets the flag and tells the worker that holds the run; answers at once. Throws `run-finished` when it is over. */
  cancel(id: string): Promise<Run>;
  /** Resolves when the run is final or after `timeoutMs`, whichever is first. */
  wait(id: string, timeoutMs: number, signal?: AbortSignal): Promise<Run>;
  /** Past events after `after`, then live ones; ends after `finished`. */
  events(id: string, options: { after?: string; signal: AbortSignal }): AsyncIterable<RunEvent>;
  record(id: string): Promise<RunRecord>;
  /** Puts a failed (dead-lettered) run back into its queue. Throws `run-not-retryable`. */
  retry(id: string): Promise<Run>;
  close(): Promise<void>;
}
