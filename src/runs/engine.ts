import { digest } from '../digest.ts';
import { type ErrorSummary, OpslineError, summarize } from '../errors.ts';
import type { Predictor } from '../model/predictor.ts';
import { abortReason, untilAborted } from './abort.ts';
import type { Journal } from './journal.ts';
import { issueLine, issuesOf, type Json, toJson } from './json.ts';
import type { AnyPipeline } from './pipeline.ts';
import type { RunProgress } from './run.ts';
import { ModeTally, StepRunner } from './step-runner.ts';

export interface Execution {
  readonly pipeline: AnyPipeline;
  /** JSON as it was enqueued; validated here. */
  readonly input: unknown;
  readonly runId: string;
  readonly traceparent?: string | undefined;
  readonly predictor: Predictor;
  readonly journal: Journal;
  /** Aborted with an `OpslineError` that says why. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
}

interface Mode {
  readonly mode: 'model' | 'rules';
  readonly modeReason?: string;
}

export type Outcome = Mode &
  (
    | { readonly status: 'succeeded'; readonly output: Json; readonly outputDigest: string }
    | { readonly status: 'failed'; readonly error: ErrorSummary; readonly retryable: boolean; readonly cause: unknown }
    /** The signal was aborted; `reason` is its reason. */
    | { readonly status: 'aborted'; readonly reason: OpslineError }
  );

/**
 * Runs a pipeline's code once over a journal. Never throws: whatever happens is the outcome. When the signal is aborted
 * it returns at once, also when a step does not listen to the signal; what such a step yields later is thrown away.
 */
export async function execute(execution: Execution): Promise<Outcome> {
  const { pipeline, signal } = execution;
  const tally = new ModeTally();
  const steps = new StepRunner(execution, tally);
  try {
    const parsed = pipeline.input.safeParse(execution.input);
    if (!parsed.success) throw invalidInput(pipeline.name, parsed.error);
    const running: Promise<unknown> = (async () => pipeline.run(parsed.data, steps))();
    const result = await untilAborted(running, signal);
    return { status: 'succeeded', ...checkedOutput(pipeline, result), ...tally.mode() };
  } catch (error) {
    if (signal.aborted) return { status: 'aborted', reason: abortReason(signal), ...tally.mode() };
    const retryable = error instanceof OpslineError ? error.kind.retryable : !steps.isPureError(error);
    return { status: 'failed', error: summarize(error), retryable, cause: error, ...tally.mode() };
  } finally {
    steps.close();
  }
}

/** The error for an input that its pipeline's schema refuses, with every issue. */
export function invalidInput(pipeline: string, error: Parameters<typeof issuesOf>[0]): OpslineError {
  return new OpslineError('invalid-input', `The input does not fit ${pipeline}: ${issueLine(error)}.`, {
    issues: issuesOf(error),
    cause: error,
  });
}

function checkedOutput(pipeline: AnyPipeline, result: unknown): { output: Json; outputDigest: string } {
  const raw = toJson(result, 'The output');
  const parsed = pipeline.output.safeParse(raw.value);
  if (!parsed.success) {
    throw new OpslineError('output-invalid', `The output of ${pipeline.name} is wrong: ${issueLine(parsed.error)}.`, {
      issues: issuesOf(parsed.error),
    });
  }
  const output = toJson(parsed.data, 'The output');
  return { output, outputDigest: digest(output.value) };
}
