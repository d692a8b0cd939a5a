import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { OpslineError } from '../../src/errors.ts';
import { noModel } from '../../src/model/predictor.ts';
import { newRunId } from '../../src/runs/ids.ts';
import { createMemoryRuns } from '../../src/runs/memory-runs.ts';
import { type AnyPipeline, definePipeline } from '../../src/runs/pipeline.ts';
import { createRuns } from '../../src/runs/redis-runs.ts';
import type { RunEvent } from '../../src/runs/run.ts';
import type { Runs } from '../../src/runs/runs.ts';
import { startWorker } from '../../src/runs/worker.ts';
import { testRedis } from '../helpers/redis.ts';
import { doubling } from './support/pipelines.ts';

let failures = 0;
const order: number[] = [];
const anything = z.unknown();

const pipelines: AnyPipeline[] = [
  doubling(),
  definePipeline({
    name: 'flaky',
    version: 1,
    input: z.object({ failures: z.number() }),
    output: anything,
    async run(input, step) {
      await step.read('first', null, () => 1);
      if (failures++ < input.failures) throw new OpslineError('engine-failed', `failure ${failures}`);
      return failures;
    },
  }),
  definePipeline({
    name: 'wrong',
    version: 1,
    input: anything,
    output: anything,
    run: (_input, step) =>
      step.do('compute', () => {
        failures++;
        throw new TypeError('a bug');
      }),
  }),
  definePipeline({
    name: 'waits',
    version: 1,
    input: anything,
    output: anything,
    run: (_input, step) =>
      step.read(
        'wait',
        null,
        (_i, signal) => new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
      ),
  }),
  definePipeline({
    name: 'ordered',
    version: 1,
    input: z.number(),
    output: anything,
    run: async (input, step) => step.read('note', input, (n) => order.push(n)),
  }),
];

const KINDS: Record<string, () => Promise<{ runs: Runs; close(): Promise<void> }>> = {
  memory: async () => {
    const runs = createMemoryRuns({ pipelines, predictor: noModel(), attempts: 8, concurrency: 1 });
    return { runs, close: () => runs.close() };
  },
  Redis: async () => {
    const { url, prefix } = testRedis();
    const runs = await createRuns({ url, prefix, pipelines });
    const worker = await startWorker({ url, prefix, pipelines, predictor: noModel(), concurrency: 1 });
    return { runs, close: () => Promise.all([worker.close(2000), runs.close()]).then(() => {}) };
  },
};

describe.each(Object.entries(KINDS))('runs in %s', (kind, open) => {
  let runs: Runs;
  let close: () => Promise<void>;
  beforeAll(async () => ({ runs, close } = await open()));
  afterAll(() => close());
  const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'no error',
      (error) => error.code,
    );

  test('are executed and waited for', async () => {
    const { run, created } = await runs.enqueue('doubling', { number: 4 });
    expect({ created, status: run.status }).toEqual({ created: true, status: 'queued' });
    const done = await runs.wait(run.id, 10_000);
    expect(done).toMatchObject({ status: 'succeeded', output: { doubled: 8, ticket: 'filed ticket-8' } });
    expect((await runs.record(run.id)).journal).toHaveLength(4);
    expect((await runs.list({ limit: 10, pipeline: 'doubling' })).runs[0]?.id).toBe(run.id);
    expect(await codeOf(runs.cancel(run.id))).toBe('run-finished');
    expect(await codeOf(runs.retry(run.id))).toBe('run-not-retryable');
  });

  test('are refused when they make no sense', async () => {
    expect(await codeOf(runs.enqueue('nope', {}))).toBe('pipeline-not-found');
    expect(await codeOf(runs.enqueue('doubling', { number: 'x' }))).toBe('invalid-input');
    expect(await codeOf(runs.enqueue('flaky', { failures: 1, blob: 'x'.repeat(9 * 1024 * 1024) }))).toBe(
      'payload-too-large',
    );
    for (const ask of ['get', 'record', 'cancel', 'retry'] as const) {
      expect(await codeOf(runs[ask](newRunId()))).toBe('run-not-found');
    }
    expect(await codeOf(runs.wait(newRunId(), 10))).toBe('run-not-found');
  });

  test('are the same run for the same idempotency key and body, whatever the order of its keys', async () => {
    const idempotency = { scope: `${kind}-token`, key: 'once' };
    const [a, b] = await Promise.all([
      runs.enqueue('doubling', { number: 2, extra: { x: 1, y: 2 } }, { idempotency }),
      runs.enqueue('doubling', { extra: { y: 2, x: 1 }, number: 2 }, { idempotency }),
    ]);
    expect(a.run.id).toBe(b.run.id);
    expect([a.created, b.created].sort()).toEqual([false, true]);
    expect(await codeOf(runs.enqueue('doubling', { number: 3 }, { idempotency }))).toBe('idempotency-conflict');
    expect((await runs.wait(a.run.id, 10_000)).status).toBe('succeeded');
  });

  test('are tried again after a retryable error, and nothing journalled is read again', async () => {
    failures = 0;
    const { run } = await runs.enqueue('flaky', { failures: 2 });
    expect(await runs.wait(run.id, 20_000)).toMatchObject({ status: 'succeeded', output: 3 });
    const record = await runs.record(run.id);
    expect(record.deliveries).toBe(3);
    expect(record.journal).toHaveLength(1);
  });

  test('fail at once on an error of pure code, and can be put back by a person', async () => {
    failures = 0;
    const { run } = await runs.enqueue('wrong', null);
    expect(await runs.wait(run.id, 10_000)).toMatchObject({
      status: 'failed',
      error: { code: 'internal', message: 'a bug' },
    });
    expect(failures).toBe(1);
    const again = await runs.retry(run.id);
    expect(again.status).toBe('queued');
    expect((await runs.wait(run.id, 10_000)).status).toBe('failed');
    expect(failures).toBe(2);
  });

  test('are cancelled while they run, within a second', async () => {
    const { run } = await runs.enqueue('waits', null);
    for await (const event of runs.events(run.id, { signal: AbortSignal.timeout(5000) })) {
      if (event.type === 'started') break;
    }
    const start = performance.now();
    await runs.cancel(run.id);
    const done = await runs.wait(run.id, 5000);
    expect(done).toMatchObject({ status: 'cancelled', error: { code: 'run-cancelled' } });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('tell their events, live and from a place on, and end with the run', async () => {
    const { run } = await runs.enqueue('doubling', { number: 1 });
    const events: RunEvent[] = [];
    const signal = AbortSignal.timeout(10_000);
    for await (const event of runs.events(run.id, { signal })) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(['queued', 'started', ...Array(4).fill('step'), 'finished']);
    const after = events[3]?.id as string;
    const rest: RunEvent[] = [];
    for await (const event of runs.events(run.id, { after, signal })) rest.push(event);
    expect(rest).toEqual(events.slice(4));
    const nothing: RunEvent[] = [];
    for await (const event of runs.events(run.id, { after: events.at(-1)?.id as string, signal })) nothing.push(event);
    expect(nothing).toEqual([]);
    expect(signal.aborted).toBe(false);
  });

  test('overtake others by priority', async () => {
    order.length = 0;
    // The blocker fills the only place of its queue only where queues are shared; the first ordered run fills it anyway.
    const { run: blocker } = await runs.enqueue('waits', null, { priority: 1 });
    const enqueued = await Promise.all([3, 2, 1].map((n) => runs.enqueue('ordered', n, { priority: n * 10 })));
    await runs.cancel(blocker.id);
    await Promise.all(enqueued.map(({ run }) => runs.wait(run.id, 10_000)));
    expect([...order].sort()).toEqual([1, 2, 3]);
    if (kind === 'memory') expect(order).toEqual([1, 2, 3]);
  });

  test('stop being waited for when the time is up or the caller goes', async () => {
    const { run } = await runs.enqueue('waits', null);
    expect((await runs.wait(run.id, 30)).status).toMatch(/queued|running/);
    const control = new AbortController();
    const waiting = runs.wait(run.id, 60_000, control.signal);
    control.abort();
    expect((await waiting).status).toMatch(/queued|running/);
    await runs.cancel(run.id);
    await runs.wait(run.id, 5000);
  });
});
