import type { z } from 'zod';
import type { Signature } from '../model/signature.ts';
import type { RunProgress } from './run.ts';

/**
 * What a pipeline's code may do, and how each deed behaves after a crash.
 *
 * Names are unique within a run. Steps may run in parallel. Pipeline code outside `read` uses neither clock nor
 * randomness nor anything else that could differ when it runs again.
 */
export interface Step {
  /** Aborted when the run is cancelled, times out, or its worker loses it. Every long call takes it. */
  readonly signal: AbortSignal;

  /**
   * Looks outside (cluster, Git, engine, clock). The result is journalled and never fetched again for this run.
   * It passes through JSON, and through `schema` where given, on first execution too.
   */
  read<I, T>(
    name: string,
    input: I,
    look: (input: I, signal: AbortSignal) => T | Promise<T>,
    schema?: z.ZodType<T>,
  ): Promise<T>;

  /** Pure computation: named, timed, digested, and run again after a crash or in a replay. */
  do<T>(name: string, compute: () => T | Promise<T>): Promise<T>;

  /**
   * Asks the model. The answer fits the signature's schema and is journalled, so it is bought once. `null` when there is
   * no usable answer; the run is then in mode `rules` and its `modeReason` says why.
   */
  predict<I, O>(signature: Signature<I, O>, input: I): Promise<O | null>;

  /** Changes the outside: at least once, idempotent by `key`, never in a replay. The result is journalled. */
  write<T>(name: string, key: string, change: (key: string, signal: AbortSignal) => Promise<T>): Promise<T>;

  /** Tells watchers how far the run is. Not journalled. */
  progress(progress: RunProgress): void;
}

/** A named, versioned function from validated input to validated output. */
export interface Pipeline<I = unknown, O = unknown> {
  readonly name: string;
  /** Raise it when the meaning of the code changes: unfinished runs of an older version start over. */
  readonly version: number;
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  /** A run that takes longer fails with `run-timeout`. Milliseconds. */
  readonly timeoutMs: number;
  run(input: I, step: Step): Promise<O>;
}

/** Declares a pipeline; `timeoutMs` defaults to five minutes. */
export function definePipeline<I, O>(
  definition: Omit<Pipeline<I, O>, 'timeoutMs'> & { timeoutMs?: number },
): Pipeline<I, O> {
  return { timeoutMs: 300_000, ...definition };
}

/**
 * A pipeline of any input and output. Inputs are validated by the pipeline's own schema before `run` sees them, which is
 * why the registry may forget the types.
 */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds pipelines of different types
export type AnyPipeline = Pipeline<any, any>;
