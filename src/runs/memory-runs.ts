import { setTimeout as sleep } from 'node:timers/promises';
import { OpslineError } from '../errors.ts';
import type { Predictor } from '../model/predictor.ts';
import { codeRevision } from './code-revision.ts';
import { type DeliverOptions, deliver } from './deliver.ts';
import { MemoryStore } from './memory-store.ts';
import type { AnyPipeline } from './pipeline.ts';
import type { Runs } from './runs.ts';
import { RunService, type Ticket } from './service.ts';

export interface MemoryRunsOptions {
  readonly pipelines: readonly AnyPipeline[];
  readonly predictor: Predictor;
  /** Runs executed at the same time; 4 unless told. */
  readonly concurrency?: number;
  /** Tries of a run that fails with a retryable error; 3 unless told. */
  readonly attempts?: number;
  /** Finished runs that are kept; 1000 unless told. */
  readonly keep?: number;
}

/** The whole run service in this process's memory: same behaviour as on Redis, and gone with the process. */
export function createMemoryRuns(options: MemoryRunsOptions): Runs {
  const store = new MemoryStore(options.keep === undefined ? {} : { keep: options.keep });
  const executor = new MemoryExecutor(store, options);
  return new RunService(store, {
    pipelines: options.pipelines,
    dispatch: async (ticket) => executor.add(ticket),
    dispatchAgain: async (ticket) => executor.add(ticket),
    close: () => executor.close(),
  });
}

/** Delivers runs by priority, then age, a few at a time, with backoff between tries. */
class MemoryExecutor {
  readonly #store: MemoryStore;
  readonly #options: MemoryRunsOptions;
  readonly #pipelines: ReadonlyMap<string, AnyPipeline>;
  readonly #waiting: Ticket[] = [];
  readonly #running = new Map<string, { control: AbortController; done: Promise<void> }>();
  readonly #stopping = new AbortController();
  readonly #stopListening: () => void;

  constructor(store: MemoryStore, options: MemoryRunsOptions) {
    this.#store = store;
    this.#options = options;
    this.#pipelines = new Map(options.pipelines.map((pipeline) => [pipeline.name, pipeline]));
    this.#stopListening = store.onCancel((id) =>
      this.#running.get(id)?.control.abort(new OpslineError('run-cancelled', 'The run was cancelled.')),
    );
  }

  add(ticket: Ticket): void {
    if (this.#waiting.some(({ id }) => id === ticket.id)) return;
    const running = this.#running.get(ticket.id);
    if (running !== undefined) {
      // Its end may be written already and a person have put it back: a delivery of a finished run does nothing.
      running.done.then(() => this.add(ticket));
      return;
    }
    this.#waiting.push(ticket);
    this.#waiting.sort((a, b) => a.priority - b.priority);
    this.#fill();
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#waiting.length = 0;
    const reason = new OpslineError('shutting-down', 'The service is shutting down.');
    this.#stopping.abort(reason);
    const running = [...this.#running.values()];
    for (const { control } of running) control.abort(reason);
    await Promise.all(running.map(({ done }) => done));
  }

  #fill(): void {
    while (this.#running.size < (this.#options.concurrency ?? 4) && !this.#stopping.signal.aborted) {
      const ticket = this.#waiting.shift();
      if (ticket === undefined) return;
      const control = new AbortController();
      const done = this.#run(ticket, control.signal).finally(() => {
        this.#running.delete(ticket.id);
        this.#fill();
      });
      this.#running.set(ticket.id, { control, done });
    }
  }

  async #run(ticket: Ticket, signal: AbortSignal): Promise<void> {
    const attempts = this.#options.attempts ?? 3;
    const options: DeliverOptions = {
      store: this.#store,
      predictor: this.#options.predictor,
      codeRevision: codeRevision(),
      maxDeliveries: attempts,
    };
    for (let attempt = 1; ; attempt++) {
      const turn = { signal, lastAttempt: attempt >= attempts };
      const verdict = await deliver(this.#pipelines.get(ticket.pipeline), ticket.pipeline, ticket.id, options, turn);
      if (verdict.kind !== 'again') return;
      await sleep(50 * 2 ** attempt, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) return;
    }
  }
}
