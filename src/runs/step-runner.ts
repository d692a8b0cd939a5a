import type { z } from 'zod';
import { digest } from '../digest.ts';
import { OpslineError } from '../errors.ts';
import type { Prediction } from '../model/predictor.ts';
import type { Signature } from '../model/signature.ts';
import { withSpan } from '../telemetry.ts';
import { abortReason, untilAborted } from './abort.ts';
import type { Execution } from './engine.ts';
import { answerKey, inputDigestOf, writeKey } from './journal.ts';
import { issueLine, toJson } from './json.ts';
import type { Step } from './pipeline.ts';
import type { JournalEntry, RunProgress } from './run.ts';

/**
 * Whether a model had a say. A run is in mode `model` when it asked at least once and every answer was usable; one
 * missing answer makes it `rules`, and the first missing one (in step order) gives the reason.
 */
export class ModeTally {
  #asked = 0;
  readonly #reasons: { order: number; reason: string }[] = [];

  count(order: number, reason: string | undefined): void {
    this.#asked += 1;
    if (reason !== undefined) this.#reasons.push({ order, reason });
  }

  mode(): { mode: 'model' | 'rules'; modeReason?: string } {
    const first = this.#reasons.toSorted((a, b) => a.order - b.order)[0];
    if (first !== undefined) return { mode: 'rules', modeReason: first.reason };
    return this.#asked > 0 ? { mode: 'model' } : { mode: 'rules', modeReason: 'no model was asked' };
  }
}

/** The `Step` a pipeline's code is given: performs each deed, or serves it from the journal. */
export class StepRunner implements Step {
  readonly signal: AbortSignal;
  readonly #run: Execution;
  readonly #tally: ModeTally;
  readonly #names = new Set<string>();
  readonly #asked = new Map<string, number>();
  readonly #pureErrors = new WeakSet<object>();
  #closed = false;

  constructor(run: Execution, tally: ModeTally) {
    this.signal = run.signal;
    this.#run = run;
    this.#tally = tally;
  }

  /** No step of an ended execution may journal anything any more. */
  close(): void {
    this.#closed = true;
  }

  /** Whether an error came out of a `do` step: pure code would only throw it again. */
  isPureError(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#pureErrors.has(error);
  }

  read<I, T>(
    name: string,
    input: I,
    look: (input: I, signal: AbortSignal) => T | Promise<T>,
    schema?: z.ZodType<T>,
  ): Promise<T> {
    return this.#step(name, async (order) => {
      const { journal } = this.#run;
      const inputDigest = inputDigestOf(input);
      const known = journal.find(name, 'read', inputDigest);
      if (known !== undefined) return fitting(schema, known.value, name);
      this.#mayAct(name, 'read');
      const clock = startClock();
      const { text, value } = toJson(await this.#act(() => look(input, this.signal)), `The result of step ${name}`);
      const result = fitting(schema, value, name);
      const entry: JournalEntry = { step: name, kind: 'read', ...clock(), digest: digest(value), inputDigest, value };
      await journal.keep({ order, entry, text });
      return result;
    });
  }

  do<T>(name: string, compute: () => T | Promise<T>): Promise<T> {
    return this.#step(name, async (order) => {
      const clock = startClock();
      let value: unknown;
      try {
        ({ value } = toJson(await this.#act(compute), `The result of step ${name}`));
      } catch (error) {
        if (typeof error === 'object' && error !== null) this.#pureErrors.add(error);
        throw error;
      }
      this.#run.journal.note({ order, entry: { step: name, kind: 'do', ...clock(), digest: digest(value) } });
      return value as T;
    });
  }

  /** The first question to a signature is named after it, later ones `name#2`, `name#3`, in the order of the calls. */
  predict<I, O>(signature: Signature<I, O>, input: I): Promise<O | null> {
    const { journal, predictor, runId, traceparent } = this.#run;
    const times = (this.#asked.get(signature.name) ?? 0) + 1;
    this.#asked.set(signature.name, times);
    const name = times === 1 ? signature.name : `${signature.name}#${times}`;
    return this.#step(name, async (order) => {
      const inputDigest = inputDigestOf(input);
      const known = journal.find(signature.name, 'predict', inputDigest);
      if (known !== undefined) return this.#answered(signature, known, order);
      this.#mayAct(name, 'predict');
      const clock = startClock();
      const kept = journal.kept(answerKey(signature.name, predictor.requestDigest(signature, input)));
      let entry: JournalEntry;
      if (kept === undefined) {
        const context = {
          runId,
          step: name,
          signal: this.signal,
          ...(traceparent === undefined ? {} : { traceparent }),
        };
        const prediction = checkedAnswer(
          signature,
          await this.#act(async () => {
            try {
              return await predictor.predict(signature, input, context);
            } catch (error) {
              // A replayed evaluation without its recording must not pass as an answer from rules.
              if (error instanceof OpslineError && error.code === 'recording-missing') throw error;
              // A predictor promises not to throw otherwise; if one does, the rules still answer.
              const why = error instanceof Error ? error.message : String(error);
              return { ok: false, reason: `the model call failed: ${why}` } as const;
            }
          }),
        );
        entry = predictionEntry(name, prediction, inputDigest, clock());
      } else {
        entry = { ...kept, step: name, ...clock(), inputDigest };
      }
      const { text, value } = toJson(entry.value ?? null, `The answer of step ${name}`);
      await journal.keep({ order, entry: { ...entry, digest: digest(value), value }, text });
      return this.#answered(signature, entry, order);
    });
  }

  write<T>(name: string, key: string, change: (key: string, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#step(name, async (order) => {
      const { journal } = this.#run;
      const inputDigest = inputDigestOf(key);
      const known = journal.find(name, 'write', inputDigest);
      if (known !== undefined) return known.value as T;
      this.#mayAct(name, 'write');
      const clock = startClock();
      const kept = journal.kept(writeKey(name, inputDigest));
      const done = kept === undefined ? await this.#act(() => change(key, this.signal)) : kept.value;
      const { text, value } = toJson(done, `The result of step ${name}`);
      const entry: JournalEntry = { step: name, kind: 'write', ...clock(), digest: digest(value), inputDigest, value };
      await journal.keep({ order, entry, text });
      return value as T;
    });
  }

  progress(progress: RunProgress): void {
    if (!this.#closed) this.#run.onProgress?.(progress);
  }

  /** Gives a step its place and its name, and makes every later deed of an ended run fail. */
  #step<T>(name: string, body: (order: number) => Promise<T>): Promise<T> {
    const promise = (async () => {
      this.#requireOpen();
      if (this.#names.has(name)) {
        throw new OpslineError('step-name-reused', `Step name "${name}" is used twice in one run. Give each its own.`);
      }
      this.#names.add(name);
      const order = this.#names.size;
      return withSpan(`step ${name}`, { traceparent: this.#run.traceparent }, () => body(order));
    })();
    // A step that runs beside the one whose failure ends the run must not end the process.
    promise.catch(() => {});
    return promise;
  }

  async #act<T>(deed: () => T | Promise<T>): Promise<T> {
    const result = await untilAborted((async () => deed())(), this.signal);
    this.#requireOpen();
    return result;
  }

  #requireOpen(): void {
    if (this.signal.aborted) throw abortReason(this.signal);
    if (this.#closed) throw new OpslineError('run-finished', 'The run has already ended.');
  }

  #mayAct(name: string, kind: string): void {
    if (this.#run.journal.sealed) {
      throw new OpslineError('replay-mismatch', `Step "${name}" (${kind}) is not in the record.`);
    }
  }

  #answered<I, O>(signature: Signature<I, O>, entry: JournalEntry, order: number): O | null {
    const parsed = entry.reason === undefined ? signature.output.safeParse(entry.value) : undefined;
    const reason = entry.reason ?? (parsed?.success ? undefined : `the stored answer does not fit ${signature.name}`);
    this.#tally.count(order, reason);
    return parsed?.success ? parsed.data : null;
  }
}

function startClock(): () => { startedAt: string; durationMs: number } {
  const startedAt = new Date().toISOString();
  const start = performance.now();
  return () => ({ startedAt, durationMs: Math.round((performance.now() - start) * 1000) / 1000 });
}

function fitting<T>(schema: z.ZodType<T> | undefined, value: unknown, step: string): T {
  if (schema === undefined) return value as T;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new OpslineError('internal', `Step "${step}" read something unexpected: ${issueLine(parsed.error)}.`);
}

function checkedAnswer<I, O>(signature: Signature<I, O>, prediction: Prediction<O>): Prediction<O> {
  if (!prediction.ok) return prediction;
  const parsed = signature.output.safeParse(toJson(prediction.value, `The answer of ${signature.name}`).value);
  if (parsed.success) return prediction;
  const reason = `the model's answer does not fit ${signature.name}: ${issueLine(parsed.error)}`;
  return { ok: false, reason, call: prediction.call };
}

function predictionEntry(
  step: string,
  prediction: Prediction<unknown>,
  inputDigest: string,
  times: { startedAt: string; durationMs: number },
): JournalEntry {
  return {
    step,
    kind: 'predict',
    ...times,
    digest: '',
    inputDigest,
    ...(prediction.ok ? { value: prediction.value } : { reason: prediction.reason }),
    ...(prediction.call === undefined ? {} : { call: prediction.call }),
  };
}
