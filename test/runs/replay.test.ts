import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { digest } from '../../src/digest.ts';
import { OpslineError } from '../../src/errors.ts';
import { noModel } from '../../src/model/predictor.ts';
import { exportRecord } from '../../src/runs/export.ts';
import { runInProcess } from '../../src/runs/in-process.ts';
import { type AnyPipeline, definePipeline } from '../../src/runs/pipeline.ts';
import { replay } from '../../src/runs/replay.ts';
import type { RunRecord } from '../../src/runs/run.ts';
import { countingPredictor, describeNumber, doubling } from './support/pipelines.ts';

const recorded = (pipeline: AnyPipeline = doubling(), input: unknown = { number: 21 }): Promise<RunRecord> =>
  runInProcess(pipeline, input, { predictor: countingPredictor() });

describe('a replay', () => {
  test('of a record read back from JSON finds everything as recorded, and fetches, asks and writes nothing', async () => {
    const record = JSON.parse(JSON.stringify(await recorded()));
    const never = (): never => {
      throw new Error('looked outside');
    };
    const pipeline = doubling({ look: never, change: never });
    const report = await replay(record, [pipeline]);
    expect(report).toMatchObject({ ok: true, differences: 0, steps: 4, pipeline: 'doubling', version: 1 });
    expect(report.output).toEqual(record.run.output);
    expect(report.summary).toBe('4 steps and the end are as recorded.');
  });

  test('names the first step whose digest differs', async () => {
    const report = await replay(await recorded(), [doubling({ compute: (n) => n * 3 })]);
    expect(report.ok).toBe(false);
    expect(report.difference).toEqual({
      step: 'double',
      kind: 'do',
      what: 'result',
      recorded: digest(42),
      replayed: digest(63),
    });
    expect(report.summary).toMatch(
      /^The result of step "double" \(do\) differs: recorded [0-9a-f]{12}, here [0-9a-f]{12}\.$/,
    );
    expect(report.differences).toBeGreaterThan(1);
    expect(report.output).toMatchObject({ doubled: 63 });
  });

  test('of a forged value names the step it was put into', async () => {
    const record = await recorded();
    const journal = record.journal.map((entry) => (entry.step === 'look' ? { ...entry, value: 5 } : entry));
    expect((await replay({ ...record, journal }, [doubling()])).difference).toMatchObject({
      step: 'look',
      what: 'result',
      replayed: digest(5),
    });
  });

  test('of a forged output says so', async () => {
    const report = await replay({ ...(await recorded()), outputDigest: digest('other') }, [doubling()]);
    expect(report.difference).toMatchObject({ step: 'output', kind: 'output' });
  });

  test('of code that asks something else names that step', async () => {
    const asksMore = definePipeline({
      ...doubling(),
      run: async (_request, step) => {
        await step.read('look', { number: 999 }, () => 1);
        return { doubled: 42, sentence: null, ticket: '' };
      },
    });
    const report = await replay(await recorded(), [asksMore]);
    expect(report.difference).toMatchObject({ step: 'look', kind: 'read', what: 'input' });
  });

  test('of code with a step that is not in the record names it and goes no further', async () => {
    const more = doubling({ before: (step) => step.read('extra', null, () => 1).then(() => {}) });
    const report = await replay(await recorded(), [more]);
    expect(report.ok).toBe(false);
    expect(report.difference).toMatchObject({ step: 'extra', kind: 'read', what: 'missing' });
    expect(report.summary).toBe('Step "extra" (read) ran here and is not in the record.');
  });

  test('of code with a step less names it', async () => {
    const less = definePipeline({ ...doubling(), run: async () => ({ doubled: 1, sentence: null, ticket: '' }) });
    expect((await replay(await recorded(), [less])).difference).toMatchObject({ step: 'look', what: 'missing' });
  });

  test('serves parallel questions to one signature by what they ask', async () => {
    const slow = new Map([
      [1, 20],
      [2, 0],
    ]);
    const parallel = (delays: Map<number, number>) =>
      definePipeline({
        name: 'parallel',
        version: 1,
        input: z.unknown(),
        output: z.unknown(),
        run: (_input, step) =>
          Promise.all(
            [1, 2].map(async (n) => {
              await step.do(`wait-${n}`, () => new Promise((done) => setTimeout(done, delays.get(n))));
              return step.predict(describeNumber, { givenNumber: n });
            }),
          ),
      });
    const record = await recorded(parallel(slow), null);
    expect(record.journal.find(({ step }) => step === 'describe-number')?.value).toEqual({
      sentence: 'about {"givenNumber":2}',
    });
    const other = parallel(new Map([[2, 20]]));
    expect(await replay(record, [other])).toMatchObject({ ok: true, output: record.run.output });
  });

  test('of a failed run holds its error against what happens here', async () => {
    const fails = doubling({
      compute: () => {
        throw new OpslineError('manifest-invalid', 'line 3');
      },
    });
    const record = await recorded(fails);
    expect(record.run.status).toBe('failed');
    expect(await replay(record, [fails])).toMatchObject({ ok: true });
    // It failed in "double" and here it does not.
    expect((await replay(record, [doubling()])).difference).toMatchObject({ step: 'double', what: 'missing' });
    const otherwise = doubling({
      compute: () => {
        throw new OpslineError('policy-refused', 'no');
      },
    });
    expect((await replay(record, [otherwise])).difference).toMatchObject({
      kind: 'error',
      recorded: 'manifest-invalid',
      replayed: 'policy-refused',
    });
  });

  test('of a run whose read failed cannot repeat that and does not pretend to', async () => {
    const fails = doubling({
      look: () => {
        throw new OpslineError('engine-failed', 'down');
      },
    });
    expect(await replay(await recorded(fails), [fails])).toMatchObject({ ok: true, steps: 0 });
  });

  test.each([
    ['nothing like a record', { hello: 1 }, 'invalid-input', /no run record/],
    ['null', null, 'invalid-input', /no run record/],
  ])('of %s is refused', async (_what, value, code, message) => {
    const error = await replay(value, [doubling()]).catch((e) => e);
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
  });

  test('of an unknown pipeline, another version or an unfinished run is refused in words', async () => {
    const record = await recorded();
    const messageOf = (promise: Promise<unknown>): Promise<string> =>
      promise.then(
        () => '',
        (e) => `${e.code}: ${e.message}`,
      );
    expect(await messageOf(replay(record, []))).toBe(
      'pipeline-not-found: The record is of pipeline "doubling", which this opsline does not have.',
    );
    expect(await messageOf(replay(record, [doubling({}, { version: 2 })]))).toBe(
      'pipeline-not-found: The record is of doubling version 1; this opsline has version 2. Replay it with the release that made it.',
    );
    const running = { ...record, run: { ...record.run, status: 'running' } };
    expect(await messageOf(replay(running, [doubling()]))).toMatch(/^run-not-finished: .* is running/);
    const late = { ...record, run: { ...record.run, status: 'failed', error: { code: 'run-timeout', message: 'x' } } };
    expect(await messageOf(replay(late, [doubling()]))).toMatch(/^run-not-finished: .* was cut off \(run-timeout\)/);
  });
});

describe('an exported record', () => {
  const SECRET = 'hunter2-very-secret';
  const leaky = (deeds: { measure?: (text: string) => unknown } = {}) =>
    definePipeline({
      name: 'leaky',
      version: 1,
      input: z.object({ url: z.string() }),
      output: z.unknown(),
      async run(request, step) {
        const log = await step.read('log', request, ({ url }) => `connecting to ${url}`);
        const length = await step.do('measure', () => (deeds.measure ?? ((text: string) => text.length))(log));
        const said = await step.predict(describeNumber, { givenNumber: length as number });
        const sent = await step.write('send', 'k', async () => ({ to: request.url }));
        return step.do('shape', () => ({ length, said, sent, log }));
      },
    });
  const raw = (): Promise<RunRecord> => recorded(leaky(), { url: `https://u:${SECRET}@db` });

  test('holds no secret, and its replay verifies although code computes from what was a secret', async () => {
    const record = await raw();
    expect(JSON.stringify(record)).toContain(SECRET);
    const exported = await exportRecord(record, leaky());
    expect(JSON.stringify(exported)).not.toContain(SECRET);
    expect(exported.journal.find(({ step }) => step === 'log')?.value).toBe(
      'connecting to https://u:[redacted:password#1]@db',
    );
    expect(await replay(JSON.parse(JSON.stringify(exported)), [leaky()])).toMatchObject({ ok: true });
    // It still tells one code from another.
    const other = await replay(exported, [leaky({ measure: (text) => text.length + 1 })]);
    expect(other.difference).toMatchObject({ step: 'measure' });
  });

  test('is the run itself, digest by digest, when there was nothing to redact', async () => {
    const record = await recorded(leaky(), { url: 'https://db' });
    expect(await exportRecord(record, leaky())).toEqual(record);
  });

  test('of a failed run holds no secret either', async () => {
    const fails = doubling({
      look: () => {
        throw new OpslineError('engine-failed', `cannot reach https://u:${SECRET}@db`);
      },
    });
    const record = await runInProcess(fails, { number: 1 }, { predictor: noModel() });
    const exported = await exportRecord(record, fails);
    expect(JSON.stringify(exported)).not.toContain(SECRET);
    expect(exported.run.error?.message).toBe('cannot reach https://u:[redacted:password#1]@db');
  });

  test('without its pipeline at hand is redacted all the same', async () => {
    const exported = await exportRecord(await raw(), undefined);
    expect(JSON.stringify(exported)).not.toContain(SECRET);
  });
});
