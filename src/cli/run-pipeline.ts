import { writeFile } from 'node:fs/promises';
import pc from 'picocolors';
import type { z } from 'zod';
import type { Config } from '../config.ts';
import { OpslineError } from '../errors.ts';
import type { AnyPipeline } from '../runs/pipeline.ts';
import type { Run, RunEvent } from '../runs/run.ts';
import { createClient } from './client.ts';
import { untilInterrupted } from './interrupt.ts';
import { createTicker, say, wantsColor } from './io.ts';

export interface RunOptions {
  readonly config: Config;
  /** Where to write the run record, for `opsline runs replay`. */
  readonly record?: string | undefined;
}

/**
 * Runs a pipeline for a person at a terminal: in this process, or over HTTP when a server is configured. Progress goes to
 * standard error; Ctrl-C cancels. Returns the validated output. Throws the run's error when it did not succeed.
 */
export async function runPipeline<O>(pipeline: AnyPipeline, input: unknown, options: RunOptions): Promise<O> {
  const { config } = options;
  const wantsRecord = options.record !== undefined;
  const ticker = createTicker();
  const started = performance.now();
  const tell = (message: string): void =>
    ticker.tell(`${message} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  const interrupt = untilInterrupted();
  try {
    const { run, record } =
      config.serverUrl === undefined
        ? await here(pipeline, input, config, tell, interrupt.signal, wantsRecord)
        : await there(pipeline, input, config, config.serverUrl, tell, interrupt.signal, wantsRecord);
    ticker.clear();
    if (options.record !== undefined) await writeRecord(options.record, record);
    return outputOf(pipeline.output as z.ZodType<O>, run);
  } finally {
    interrupt.done();
    ticker.clear();
  }
}

async function writeRecord(path: string, record: unknown): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(record, null, 2)}\n`);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new OpslineError('invalid-input', `The record cannot be written to ${path} (${why}).`, { cause });
  }
}

async function here(
  pipeline: AnyPipeline,
  input: unknown,
  config: Config,
  tell: (message: string) => void,
  signal: AbortSignal,
  wantsRecord: boolean,
): Promise<{ run: Run; record: unknown }> {
  const [{ runInProcess }, { exportRecord }, { createPredictor }] = await Promise.all([
    import('../runs/in-process.ts'),
    import('../runs/export.ts'),
    import('../model/create.ts'),
  ]);
  const env = config.model === undefined ? process.env : { ...process.env, OPSLINE_MODEL: config.model };
  const predictor = await createPredictor(env);
  try {
    const onEvent = (event: RunEvent): void => {
      const message = messageOf(event);
      if (message !== undefined) tell(message);
    };
    const record = await runInProcess(pipeline, input, { predictor, signal, onEvent });
    return { run: record.run, record: wantsRecord ? await exportRecord(record, pipeline) : undefined };
  } finally {
    await predictor.close();
  }
}

async function there(
  pipeline: AnyPipeline,
  input: unknown,
  config: Config,
  url: string,
  tell: (message: string) => void,
  signal: AbortSignal,
  wantsRecord: boolean,
): Promise<{ run: Run; record: unknown }> {
  const client = createClient(url, config.token);
  let id: string | undefined;
  try {
    const run = await client.run(
      pipeline.name,
      input,
      (seen) => {
        id = seen.id;
        tell(seen.progress?.message ?? seen.status);
      },
      signal,
    );
    return { run, record: wantsRecord ? await client.request('GET', `/v1/runs/${run.id}/record`) : undefined };
  } catch (error) {
    // Nobody waits for it any more. Cancelling may fail when it has just finished; the first error is what counts.
    if (signal.aborted && id !== undefined) await client.request('DELETE', `/v1/runs/${id}`).catch(() => {});
    throw error;
  }
}

function messageOf(event: RunEvent): string | undefined {
  const { message, step } = event.data as { message?: unknown; step?: unknown };
  if (typeof message === 'string') return message;
  return typeof step === 'string' ? step : undefined;
}

/** The validated output of a run that succeeded; throws its error otherwise. */
export function outputOf<O>(schema: z.ZodType<O>, run: Run): O {
  if (run.status !== 'succeeded') {
    const { code, message } = run.error ?? { code: 'run-cancelled' as const, message: `The run was ${run.status}.` };
    throw new OpslineError(code, message);
  }
  if (run.mode === 'rules' && run.modeReason !== undefined) {
    say(pc.createColors(wantsColor(process.stderr)).dim(`Answered by rules alone: ${run.modeReason}`));
  }
  return schema.parse(run.output);
}
