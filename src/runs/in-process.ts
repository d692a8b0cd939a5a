import { digest } from '../digest.ts';
import { OpslineError } from '../errors.ts';
import type { Predictor } from '../model/predictor.ts';
import { abortReason } from './abort.ts';
import { codeRevision } from './code-revision.ts';
import { type DeliverOptions, deliver, type Turn } from './deliver.ts';
import { invalidInput } from './engine.ts';
import { newRunId } from './ids.ts';
import { toJson } from './json.ts';
import { MemoryStore } from './memory-store.ts';
import type { AnyPipeline } from './pipeline.ts';
import type { RunEvent, RunRecord } from './run.ts';
import type { NewRun } from './store.ts';

export interface InProcessOptions {
  readonly predictor: Predictor;
  /** Aborting it cancels the run. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  readonly traceparent?: string;
}

/**
 * Runs a pipeline here and now, without Redis: the way of the command line and of tests. A failed or cancelled run does
 * not throw: its status and error are in the record. Throws `invalid-input` when the input does not fit, and
 * `payload-too-large`. A failure is final: nothing is retried.
 */
export async function runInProcess(
  pipeline: AnyPipeline,
  input: unknown,
  options: InProcessOptions,
): Promise<RunRecord> {
  const store = new MemoryStore();
  const run = newRun(pipeline, input, { traceparent: options.traceparent, priority: 1 });
  const control = new AbortController();
  const cancel = (): void => {
    const reason = options.signal === undefined ? undefined : abortReason(options.signal);
    control.abort(new OpslineError('run-cancelled', 'The run was cancelled.', { cause: reason }));
  };
  if (options.signal?.aborted) cancel();
  options.signal?.addEventListener('abort', cancel, { once: true });
  const events = options.onEvent === undefined ? undefined : tell(store, run.id, options.onEvent);
  try {
    await store.create(run);
    const deliverOptions: DeliverOptions = {
      store,
      predictor: options.predictor,
      codeRevision: codeRevision(),
      maxDeliveries: 1,
    };
    const turn: Turn = { signal: control.signal, lastAttempt: true };
    await deliver(pipeline, pipeline.name, run.id, deliverOptions, turn);
    await events?.told();
    return (await store.record(run.id)) as RunRecord;
  } finally {
    events?.stop();
    options.signal?.removeEventListener('abort', cancel);
  }
}

/** Checks an input against its pipeline and makes the run of it. Throws `invalid-input`, `payload-too-large`. */
export function newRun(
  pipeline: AnyPipeline,
  input: unknown,
  options: { priority: number; traceparent?: string | undefined; id?: string },
): NewRun {
  const json = toJson(input, 'The input');
  const parsed = pipeline.input.safeParse(json.value);
  if (!parsed.success) throw invalidInput(pipeline.name, parsed.error);
  return {
    id: options.id ?? newRunId(),
    pipeline: pipeline.name,
    version: pipeline.version,
    input: json,
    inputDigest: digest(json.value),
    priority: options.priority,
    traceparent: options.traceparent,
  };
}

/** Tells a listener every event in order; `told` resolves once it has heard all so far. */
function tell(
  store: MemoryStore,
  id: string,
  listener: (event: RunEvent) => void,
): { told(): Promise<void>; stop(): void } {
  let after: string | undefined;
  let telling: Promise<void> = Promise.resolve();
  const stop = store.watch(id, () => {
    telling = telling.then(async () => {
      for (const event of await store.eventsAfter(id, after)) {
        after = event.id;
        listener(event);
      }
    });
    telling.catch(() => {});
  });
  return { told: () => telling, stop };
}
