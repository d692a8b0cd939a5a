import { type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { type ErrorSummary, OpslineError, summarize } from '../errors.ts';
import type { Predictor } from '../model/predictor.ts';
import { traceparentOf, withSpan } from '../telemetry.ts';
import { DeliveryJournal } from './delivery-journal.ts';
import { execute, type Outcome } from './engine.ts';
import type { AnyPipeline } from './pipeline.ts';
import type { RunProgress } from './run.ts';
import type { Delivery, Ending, RunStore } from './store.ts';

export interface DeliverOptions {
  readonly store: RunStore;
  readonly predictor: Predictor;
  readonly codeRevision: string;
  /** A run delivered more often than this without finishing fails with `delivery-limit`. */
  readonly maxDeliveries: number;
}

export interface Turn {
  /** Aborted with the reason why this worker must let go: `shutting-down`, `stale-delivery`, `run-cancelled`. */
  readonly signal: AbortSignal;
  /** No further attempt follows: a retryable failure is final too. */
  readonly lastAttempt: boolean;
  /** Told the epoch once the run is taken. */
  readonly taken?: (epoch: number) => void;
}

/** How a delivery went, for whoever scheduled it. */
export type Verdict =
  | { readonly kind: 'finished'; readonly status: 'succeeded' | 'cancelled' }
  | { readonly kind: 'failed'; readonly error: ErrorSummary }
  /** The run is `queued` again and wants another attempt. */
  | { readonly kind: 'again'; readonly error: ErrorSummary }
  /** The run is `queued` again because this worker stops. */
  | { readonly kind: 'handed-back' }
  /** Somebody else owns the run, or it was final before. */
  | { readonly kind: 'not-ours' };

/**
 * One delivery of a run: takes it, executes it over its journal, writes its end. `pipeline` is undefined when this
 * process has none of that name. Throws only when the store fails, or `run-not-found`.
 */
export async function deliver(
  pipeline: AnyPipeline | undefined,
  name: string,
  runId: string,
  options: DeliverOptions,
  turn: Turn,
): Promise<Verdict> {
  const { store, codeRevision } = options;
  const delivery = await store.begin(runId, { version: pipeline?.version ?? 0, revision: codeRevision });
  if (delivery === undefined) return { kind: 'not-ours' };
  turn.taken?.(delivery.epoch);
  const control = new AbortController();
  const journal = new DeliveryJournal(store, delivery, (reason) => control.abort(reason));
  const refused = refusal(pipeline, name, delivery, options);
  try {
    if (refused !== undefined) return await settle(journal, refused, turn);
    const outcome = await executeWithin(pipeline as AnyPipeline, delivery, journal, control, options, turn);
    return await settle(journal, outcome, turn);
  } catch (error) {
    if (!(error instanceof OpslineError)) throw error;
    if (error.code === 'stale-delivery') {
      journal.drop();
      return { kind: 'not-ours' };
    }
    // The end itself could not be kept (an output too large): that is how the run ends.
    if (error.code !== 'payload-too-large') throw error;
    return await settle(journal, failure(error), turn);
  }
}

/** What ends a delivery before any of the pipeline's code runs. */
function refusal(
  pipeline: AnyPipeline | undefined,
  name: string,
  delivery: Delivery,
  options: DeliverOptions,
): Outcome | undefined {
  if (delivery.cancelRequested) {
    const reason = new OpslineError('run-cancelled', 'The run was cancelled.');
    return { status: 'aborted', mode: 'rules', modeReason: 'cancelled', reason };
  }
  if (pipeline === undefined) {
    return failure(new OpslineError('pipeline-not-found', `This worker has no pipeline "${name}".`));
  }
  if (delivery.deliveries > options.maxDeliveries) {
    const times = delivery.deliveries - 1;
    return failure(
      new OpslineError(
        'delivery-limit',
        `The run was delivered ${times} times and never finished. See the worker's log.`,
      ),
    );
  }
  return undefined;
}

function failure(error: OpslineError): Outcome & { status: 'failed' } {
  const mode = { mode: 'rules', modeReason: error.message } as const;
  return { status: 'failed', ...mode, error: summarize(error), retryable: false, cause: error };
}

async function executeWithin(
  pipeline: AnyPipeline,
  delivery: Delivery,
  journal: DeliveryJournal,
  control: AbortController,
  options: DeliverOptions,
  turn: Turn,
): Promise<Outcome> {
  const letGo = (): void => control.abort(turn.signal.reason);
  if (turn.signal.aborted) letGo();
  turn.signal.addEventListener('abort', letGo, { once: true });
  const timer = setTimeout(() => control.abort(timeout(pipeline)), pipeline.timeoutMs);
  try {
    const { runId, traceparent, deliveries } = delivery;
    const attributes = { 'opsline.run.id': runId, 'opsline.pipeline': pipeline.name, 'opsline.delivery': deliveries };
    // The trace goes on from the request through the queue into the steps and the model call.
    return await withSpan(
      `run ${pipeline.name}`,
      { traceparent, kind: SpanKind.CONSUMER, attributes },
      async (span) => {
        const outcome = await execute({
          pipeline,
          input: delivery.input,
          runId,
          traceparent: traceparentOf(span) ?? traceparent,
          predictor: options.predictor,
          journal,
          signal: control.signal,
          onProgress: progressWriter(options.store, delivery),
        });
        noteOutcome(span, outcome);
        return outcome;
      },
    );
  } finally {
    clearTimeout(timer);
    turn.signal.removeEventListener('abort', letGo);
  }
}

/** The code of an error says why; its message may hold content and stays out of traces. */
function noteOutcome(span: Span, outcome: Outcome): void {
  span.setAttribute('opsline.mode', outcome.mode);
  if (outcome.status === 'succeeded') return;
  span.setAttribute('error.type', outcome.status === 'failed' ? outcome.error.code : outcome.reason.code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

const timeout = (pipeline: AnyPipeline): OpslineError =>
  new OpslineError('run-timeout', `${pipeline.name} did not finish within ${pipeline.timeoutMs / 1000} s.`);

/** Progress is for watchers: only the newest matters, one write at a time, and a failed write is forgotten. */
function progressWriter(store: RunStore, delivery: Delivery): (progress: RunProgress) => void {
  let next: RunProgress | undefined;
  let writing = false;
  const write = async (): Promise<void> => {
    writing = true;
    while (next !== undefined) {
      const progress = next;
      next = undefined;
      await store.progress(delivery, progress).catch(() => {});
    }
    writing = false;
  };
  return (progress) => {
    next = progress;
    if (!writing) void write();
  };
}

async function settle(journal: DeliveryJournal, outcome: Outcome, turn: Turn): Promise<Verdict> {
  const mode = { mode: outcome.mode, modeReason: outcome.modeReason };
  const end = (ending: Omit<Ending, 'mode' | 'modeReason'>): Promise<void> => journal.end({ ...mode, ...ending });
  if (outcome.status === 'succeeded') {
    const { output, outputDigest } = outcome;
    await end({ status: 'succeeded', output, outputDigest });
    return { kind: 'finished', status: 'succeeded' };
  }
  if (outcome.status === 'failed') {
    const { error, retryable, cause } = outcome;
    if (cause instanceof OpslineError && cause.code === 'stale-delivery') throw cause;
    if (retryable && !turn.lastAttempt) {
      await journal.end('release');
      return { kind: 'again', error };
    }
    await end({ status: 'failed', error });
    return { kind: 'failed', error };
  }
  const { reason } = outcome;
  switch (reason.code) {
    case 'stale-delivery':
      throw reason;
    case 'shutting-down':
      await journal.end('release');
      return { kind: 'handed-back' };
    case 'run-cancelled':
      await end({ status: 'cancelled', error: summarize(reason) });
      return { kind: 'finished', status: 'cancelled' };
    default:
      await end({ status: 'failed', error: summarize(reason) });
      return { kind: 'failed', error: summarize(reason) };
  }
}
