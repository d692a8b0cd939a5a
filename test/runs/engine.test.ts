import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { digest } from '../../src/digest.ts';
import { OpslineError } from '../../src/errors.ts';
import { noModel } from '../../src/model/predictor.ts';
import { runInProcess } from '../../src/runs/in-process.ts';
import { definePipeline, type Step } from '../../src/runs/pipeline.ts';
import { RunEvent, RunRecord } from '../../src/runs/run.ts';
import { countingPredictor, describeNumber, doubling } from './support/pipelines.ts';

const anything = z.unknown();

/** A pipeline of one function. */
const pipe = (run: (input: unknown, step: Step) => Promise<unknown>, timeoutMs = 5000) =>
  definePipeline({ name: 'one', version: 1, input: anything, output: anything, timeoutMs, run });

describe('a run in this process', () => {
  test('returns a record that fits its schema, with every step and digest', async () => {
    const record = await runInProcess(doubling(), { number: 21 }, { predictor: countingPredictor() });
    expect(RunRecord.parse(record)).toEqual(record);
    expect(record.run).toMatchObject({ status: 'succeeded', mode: 'model' });
    expect(record.run.output).toEqual({ doubled: 42, sentence: 'about {"givenNumber":42}', ticket: 'filed ticket-42' });
    expect(record.outputDigest).toBe(digest(record.run.output));
    expect(record.inputDigest).toBe(digest({ number: 21 }));
    expect(record.journal.map(({ step, kind }) => `${kind} ${step}`)).toEqual([
      'read look',
      'do double',
      'predict describe-number',
      'write file',
    ]);
    expect(record.journal[0]).toMatchObject({ value: 21, digest: digest(21), inputDigest: digest({ number: 21 }) });
    expect(record.journal[1]).not.toHaveProperty('value');
    expect(record.journal[1]?.digest).toBe(digest(42));
    expect(record.journal[3]?.inputDigest).toBe(digest('ticket-42'));
  });

  test('answers by rules and says why when there is no model', async () => {
    const { run, journal } = await runInProcess(doubling(), { number: 1 }, { predictor: noModel() });
    expect(run).toMatchObject({ status: 'succeeded', mode: 'rules', modeReason: 'no model is configured' });
    expect(run.output).toMatchObject({ sentence: null });
    expect(journal[2]).toMatchObject({ kind: 'predict', reason: 'no model is configured' });
  });

  test('is in mode rules when one of several answers is missing, and names the first missing one', async () => {
    const predictor = countingPredictor((input) =>
      (input as { givenNumber: number }).givenNumber === 1
        ? { sentence: 'one' }
        : `no answer for ${JSON.stringify(input)}`,
    );
    const record = await runInProcess(
      pipe((_input, step) =>
        Promise.all([1, 2, 3].map((givenNumber) => step.predict(describeNumber, { givenNumber }))),
      ),
      null,
      { predictor },
    );
    expect(record.run).toMatchObject({ mode: 'rules', modeReason: 'no answer for {"givenNumber":2}' });
    expect(record.run.output).toEqual([{ sentence: 'one' }, null, null]);
    expect(record.journal.map(({ step }) => step)).toEqual([
      'describe-number',
      'describe-number#2',
      'describe-number#3',
    ]);
  });

  test('is in mode rules when no model was asked', async () => {
    const record = await runInProcess(
      pipe(async () => 1),
      null,
      { predictor: countingPredictor() },
    );
    expect(record.run).toMatchObject({ mode: 'rules', modeReason: 'no model was asked' });
  });

  test.each([
    ['rubbish', () => ({ wrong: true }), /does not fit describe-number/],
    ['an exception', () => Promise.reject(new Error('boom')), /model call failed: boom/],
  ])('takes %s from a predictor as no answer', async (_name, answer, reason) => {
    const { run } = await runInProcess(doubling(), { number: 1 }, { predictor: countingPredictor(answer) });
    expect(run.status).toBe('succeeded');
    expect(run.mode).toBe('rules');
    expect(run.modeReason).toMatch(reason);
  });

  test('refuses an input that does not fit, before there is a run', async () => {
    const error = await runInProcess(doubling(), { number: 'x' }, { predictor: noModel() }).catch((e) => e);
    expect(error).toBeInstanceOf(OpslineError);
    expect(error).toMatchObject({ code: 'invalid-input', issues: [{ path: 'number' }] });
  });

  test('tells its events in order', async () => {
    const events: RunEvent[] = [];
    await runInProcess(
      doubling({ before: (step) => step.progress({ message: 'starting', fraction: 0.1 }) }),
      { number: 1 },
      {
        predictor: noModel(),
        onEvent: (event) => events.push(RunEvent.parse(event)),
      },
    );
    expect(events.map(({ type }) => type)).toEqual([
      'queued',
      'started',
      'progress',
      ...['step', 'step', 'step', 'step'],
      'finished',
    ]);
    expect(events.at(-1)?.data).toMatchObject({ status: 'succeeded' });
  });
});

describe('a step', () => {
  test('sees values as JSON says them already the first time', async () => {
    const seen: unknown[] = [];
    await runInProcess(
      pipe(async (_input, step) => {
        seen.push(await step.read('date', null, () => ({ at: new Date(0), gone: undefined, nan: Number.NaN })));
        seen.push(await step.do('map', () => [undefined, { deep: new Date(1) }]));
        seen.push(await step.write('set', 'k', async () => undefined));
        return null;
      }),
      null,
      { predictor: noModel() },
    );
    expect(seen).toEqual([
      { at: '1970-01-01T00:00:00.000Z', nan: null },
      [null, { deep: '1970-01-01T00:00:00.001Z' }],
      null,
    ]);
  });

  test('may not reuse a name', async () => {
    const record = await runInProcess(
      pipe(async (_input, step) => {
        await step.do('a', () => 1);
        await step.read('a', null, () => 2);
      }),
      null,
      { predictor: noModel() },
    );
    expect(record.run).toMatchObject({ status: 'failed', error: { code: 'step-name-reused' } });
    expect(record.run.error?.message).toContain('"a"');
  });

  test('may run beside others, and one that fails ends the run without an unhandled rejection', async () => {
    const record = await runInProcess(
      pipe(async (_input, step) => {
        const slow = step.read(
          'slow',
          null,
          (_i, signal) => new Promise((_, no) => signal.addEventListener('abort', no)),
        );
        void step.do('bad', () => {
          throw new OpslineError('engine-failed', 'the engine said no');
        });
        await step.do('good', () => 1);
        await step.do('bad-too', () => {
          throw new OpslineError('engine-failed', 'the engine said no');
        });
        return slow;
      }),
      null,
      { predictor: noModel() },
    );
    expect(record.run.error).toEqual({ code: 'engine-failed', message: 'the engine said no' });
  });

  test('whose read does not fit its schema fails the run and names what is wrong', async () => {
    const { run } = await runInProcess(doubling({ look: () => 'many' }), { number: 1 }, { predictor: noModel() });
    expect(run.error?.message).toMatch(/Step "look" read something unexpected: .*number/);
  });

  test('that yields more than 8 MiB is refused by name', async () => {
    const record = await runInProcess(
      pipe((_input, step) => step.read('logs', null, () => 'x'.repeat(8 * 1024 * 1024))),
      null,
      { predictor: noModel() },
    );
    expect(record.run.error?.code).toBe('payload-too-large');
    expect(record.run.error?.message).toContain('step logs');
  });

  test('is refused when the run would keep more than 32 MiB', async () => {
    const record = await runInProcess(
      pipe(async (_input, step) => {
        for (let i = 0; i < 5; i++) await step.read(`part-${i}`, null, () => 'x'.repeat(7 * 1024 * 1024));
      }),
      null,
      { predictor: noModel() },
    );
    expect(record.run.error?.code).toBe('payload-too-large');
    expect(record.run.error?.message).toContain('part-4');
  });
});

describe('a run that must end early', () => {
  const deaf = pipe((_input, step) => step.read('deaf', null, () => new Promise(() => {})), 60);

  test('times out although its step does not listen', async () => {
    const record = await runInProcess(deaf, null, { predictor: noModel() });
    expect(record.run).toMatchObject({ status: 'failed', error: { code: 'run-timeout' } });
    expect(record.run.error?.message).toBe('one did not finish within 0.06 s.');
  });

  test('is cancelled by its signal, and its step hears of it', async () => {
    const control = new AbortController();
    let heard = false;
    const record = await runInProcess(
      pipe((_input, step) =>
        step.read('long', null, (_i, signal) => {
          signal.addEventListener('abort', () => {
            heard = true;
          });
          control.abort();
          return new Promise(() => {});
        }),
      ),
      null,
      { predictor: noModel(), signal: control.signal },
    );
    expect(record.run).toMatchObject({ status: 'cancelled', error: { code: 'run-cancelled' } });
    expect(heard).toBe(true);
  });

  test('is refused further steps', async () => {
    const control = new AbortController();
    const late: unknown[] = [];
    await runInProcess(
      pipe(async (_input, step) => {
        control.abort();
        await step.do('late', () => 1).catch((error) => late.push(error.code));
      }),
      null,
      { predictor: noModel(), signal: control.signal },
    );
    expect(late).toEqual(['run-cancelled']);
  });

  test('fails when its output does not fit', async () => {
    const wrong = definePipeline({
      name: 'wrong',
      version: 1,
      input: anything,
      output: z.object({ n: z.number() }),
      run: async () => ({ n: 'x' }) as never,
    });
    const { run } = await runInProcess(wrong, null, { predictor: noModel() });
    expect(run.error).toEqual({ code: 'output-invalid', message: expect.stringContaining('n:') });
  });
});
