import { digest } from '../digest.ts';
import { OpslineError } from '../errors.ts';
import { exportRecord } from './export.ts';
import { followEvents, waitForEnd } from './follow.ts';
import { newRun } from './in-process.ts';
import type { AnyPipeline } from './pipeline.ts';
import { runNotFound } from './record.ts';
import type { Run, RunEvent, RunRecord } from './run.ts';
import type { EnqueueOptions, RunFilter, Runs } from './runs.ts';
import type { NewRun, RunStore } from './store.ts';

/** Priority of a run whose caller names none: on-call explanations (1) overtake it. */
export const DEFAULT_PRIORITY = 100;

/** What must be delivered, and how urgent it is. */
export type Ticket = Pick<NewRun, 'id' | 'pipeline' | 'priority' | 'traceparent'>;

export interface ServiceOptions {
  readonly pipelines: readonly AnyPipeline[];
  /** Sees to it that the run gets delivered. Called twice for one id, it delivers once. */
  readonly dispatch: (ticket: Ticket) => Promise<void>;
  /** The same for a run that was delivered before and failed. */
  readonly dispatchAgain: (ticket: Ticket) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** `Runs` over any store and any way to get runs delivered. */
export class RunService implements Runs {
  readonly #store: RunStore;
  readonly #pipelines: ReadonlyMap<string, AnyPipeline>;
  readonly #options: ServiceOptions;

  constructor(store: RunStore, options: ServiceOptions) {
    this.#store = store;
    this.#pipelines = new Map(options.pipelines.map((pipeline) => [pipeline.name, pipeline]));
    this.#options = options;
  }

  async enqueue(name: string, input: unknown, options: EnqueueOptions = {}): Promise<{ run: Run; created: boolean }> {
    const pipeline = this.#pipelines.get(name);
    if (pipeline === undefined) {
      const known = [...this.#pipelines.keys()].join(', ');
      throw new OpslineError('pipeline-not-found', `There is no pipeline "${name}". There are: ${known}.`);
    }
    const { priority = DEFAULT_PRIORITY, traceparent, idempotency } = options;
    const fresh = newRun(pipeline, input, { priority, traceparent });
    const body = idempotency?.anyBody === true ? {} : { input: fresh.input.value };
    const id =
      idempotency === undefined
        ? fresh.id
        : await this.#store.claim(idempotency, fresh.id, digest({ pipeline: name, ...body }));
    const created = await this.#store.create({ ...fresh, id });
    const run = created ? queuedRun({ ...fresh, id }) : await this.get(id);
    // Also for a run that exists: whoever wrote it may have died before it was dispatched.
    if (run.status === 'queued') await this.#options.dispatch({ id, pipeline: name, priority, traceparent });
    return { run, created };
  }

  async get(id: string): Promise<Run> {
    const run = await this.#store.get(id);
    if (run === undefined) throw runNotFound(id);
    return run;
  }

  list(filter: RunFilter): Promise<{ runs: Run[]; cursor?: string }> {
    return this.#store.list(filter);
  }

  cancel(id: string): Promise<Run> {
    return this.#store.cancel(id);
  }

  wait(id: string, timeoutMs: number, signal?: AbortSignal): Promise<Run> {
    return waitForEnd(this.#store, id, timeoutMs, signal);
  }

  events(id: string, options: { after?: string; signal: AbortSignal }): AsyncIterable<RunEvent> {
    return followEvents(this.#store, id, options);
  }

  async record(id: string): Promise<RunRecord> {
    const record = await this.#store.record(id);
    if (record === undefined) throw runNotFound(id);
    return exportRecord(record, this.#pipelines.get(record.run.pipeline));
  }

  async retry(id: string): Promise<Run> {
    const { run, priority, traceparent } = await this.#store.retry(id);
    await this.#options.dispatchAgain({ id, pipeline: run.pipeline, priority, traceparent });
    return run;
  }

  close(): Promise<void> {
    return this.#options.close();
  }
}

function queuedRun({ id, pipeline, version }: NewRun): Run {
  return { id, pipeline, version, status: 'queued', mode: 'rules', createdAt: new Date().toISOString() };
}
