import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noModel } from '../../src/model/predictor.ts';
import { connect, connectSubscriber, waitForever } from '../../src/redis/connect.ts';
import { toJson } from '../../src/runs/json.ts';
import { RunQueues } from '../../src/runs/queues.ts';
import { reconcile } from '../../src/runs/reconcile.ts';
import { createRuns, type RedisRuns } from '../../src/runs/redis-runs.ts';
import { RedisStore } from '../../src/runs/redis-store.ts';
import { RunId } from '../../src/runs/run.ts';
import { startWorker } from '../../src/runs/worker.ts';
import { testRedis } from '../helpers/redis.ts';
import { doubling } from './support/pipelines.ts';
import { aRun } from './support/stores.ts';

const pipelines = [doubling()];
const CODE = { version: 1, revision: 'r' };
let at: { url: string; prefix: string };
let runs: RedisRuns;
let redis: ReturnType<typeof connect>;
let subscriber: ReturnType<typeof connectSubscriber>;
let store: RedisStore;
let queues: RunQueues;

beforeEach(async () => {
  at = testRedis();
  runs = await createRuns({ ...at, pipelines });
  redis = connect(waitForever(at.url));
  subscriber = connectSubscriber(at.url);
  store = new RedisStore({ redis, subscriber, prefix: at.prefix, keepMs: 60_000 });
  queues = new RunQueues(redis, at.prefix, ['doubling']);
});
afterEach(async () => {
  await queues.close();
  await runs.close();
  redis.disconnect();
  subscriber.disconnect();
});

const mend = (retention = { ageMs: 60_000, count: 100 }, graceMs = -1000) =>
  reconcile({ redis, store, queues, prefix: at.prefix, pipelines: ['doubling'], retention, graceMs });
const executeAll = async (ids: string[]): Promise<void> => {
  const worker = await startWorker({ ...at, pipelines, predictor: noModel() });
  for (const id of ids) expect((await runs.wait(id, 10_000)).status).toBe('succeeded');
  await worker.close(2000);
};

describe('the queue of a pipeline', () => {
  test('delivers run ids that BullMQ accepts as job ids, and nothing else but the trace', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { run } = await runs.enqueue('doubling', { number: 1 }, { priority: 1, traceparent });
    expect(RunId.parse(run.id)).not.toContain(':');
    const job = await runs.queues()[0]?.getJob(run.id);
    expect(job?.data).toEqual({ runId: run.id, traceparent });
    expect(job?.opts).toMatchObject({ priority: 1, attempts: 8, backoff: { type: 'exponential', delay: 200 } });
    expect((await runs.record(run.id)).traceparent).toBe(traceparent);
  });

  test('has keys as the contract says: hash-tagged, one slot a run, a queue, a blob', async () => {
    const large = 'x'.repeat(10_000);
    const { run } = await runs.enqueue('doubling', { number: 1, large }, { idempotency: { scope: 's', key: 'k' } });
    const keys = (await redis.keys(`*${at.prefix}*`)).map((key) =>
      key.replaceAll(run.id, '<id>').replace(/[0-9a-f]{64}/, '<sha>'),
    );
    const p = at.prefix;
    expect(keys).toEqual(
      expect.arrayContaining([`${p}:{run:<id>}:record`, `${p}:{run:<id>}:events`, `${p}:{blob:<sha>}`]),
    );
    expect(keys.some((key) => key.startsWith(`{${p}:doubling}:doubling:`))).toBe(true);
    for (const key of keys) expect(key).toMatch(/\{[^{}]+\}/);
  });

  test('tells how many wait and how long the oldest does', async () => {
    expect(await runs.depths()).toMatchObject([
      { queue: 'doubling', oldestSeconds: 0, jobs: { waiting: 0, active: 0, failed: 0 } },
    ]);
    for (let i = 0; i < 3; i++) await runs.enqueue('doubling', { number: i });
    const [depth] = await runs.depths();
    expect(depth?.jobs.waiting).toBe(3);
    expect(depth?.oldestSeconds).toBeGreaterThan(0);
    expect(depth?.oldestSeconds).toBeLessThan(30);
  });

  test('serves the urgent first', async () => {
    const order: string[] = [];
    const ids: string[] = [];
    for (const priority of [50, 1, 20])
      ids.push((await runs.enqueue('doubling', { number: priority }, { priority })).run.id);
    const noting = [doubling({ look: ({ number }) => Number(order.push(String(number))) && number })];
    const worker = await startWorker({ ...at, pipelines: noting, predictor: noModel(), concurrency: 1 });
    for (const id of ids) await runs.wait(id, 10_000);
    await worker.close(2000);
    expect(order).toEqual(['1', '20', '50']);
  });
});

describe('the reconciler', () => {
  test('enqueues a run whose writer died before it was enqueued', async () => {
    const run = aRun(doubling());
    await store.create(run);
    expect(await mend(undefined, 60_000)).toEqual({ enqueued: 0, abandoned: 0, forgotten: 0 });
    expect(await mend()).toEqual({ enqueued: 1, abandoned: 0, forgotten: 0 });
    expect(await mend()).toEqual({ enqueued: 0, abandoned: 0, forgotten: 0 });
    await executeAll([run.id]);
  });

  test('enqueues a running run whose job is gone from the queue', async () => {
    const { run } = await runs.enqueue('doubling', { number: 1 });
    await store.begin(run.id, CODE);
    await runs.queues()[0]?.remove(run.id);
    expect(await mend()).toMatchObject({ enqueued: 1 });
    await executeAll([run.id]);
  });

  test('lets a run alone that waits, is delayed or is being executed', async () => {
    const { run } = await runs.enqueue('doubling', { number: 1 });
    expect(await mend()).toEqual({ enqueued: 0, abandoned: 0, forgotten: 0 });
    await executeAll([run.id]);
  });

  test('ends a run that BullMQ gave up', async () => {
    const { run } = await runs.enqueue('doubling', { number: 1 });
    const worker = await startWorker({
      ...at,
      pipelines: [doubling({ look: () => new Promise(() => {}) })],
      predictor: noModel(),
    });
    while ((await runs.get(run.id)).status !== 'running') await new Promise((resolve) => setTimeout(resolve, 10));
    const queue = runs.queues()[0];
    const job = await queue?.getJob(run.id);
    const token = await redis.get(`{${at.prefix}:doubling}:doubling:${run.id}:lock`);
    await job?.moveToFailed(Object.assign(new Error('given up'), { name: 'UnrecoverableError' }), token as string);
    expect(await mend()).toMatchObject({ abandoned: 1 });
    expect(await runs.get(run.id)).toMatchObject({ status: 'failed', error: { code: 'delivery-limit' } });
    await worker.close(1000);
    expect((await runs.retry(run.id)).status).toBe('queued');
    await executeAll([run.id]);
  });

  test('mends the listing of a run whose worker died right after its end', async () => {
    const run = aRun(doubling());
    await store.create(run);
    const delivery = await store.begin(run.id, CODE);
    if (delivery === undefined) throw new Error('not taken');
    await store.finish(delivery, { status: 'succeeded', mode: 'rules', output: toJson(1, 'o') }, [], 1);
    await store.index.add(run.id, 'doubling');
    expect(await mend()).toMatchObject({ forgotten: 1 });
    expect(await store.index.unfinished(Date.now() + 1000, 0, 10)).toEqual([]);
  });

  test('has nothing to mend when a finished run is created once more', async () => {
    const run = aRun(doubling());
    expect(await store.create(run)).toBe(true);
    const later = Date.now() + 1000;
    expect(await store.index.unfinished(later, 0, 10)).toEqual([run.id]);
    const delivery = await store.begin(run.id, CODE);
    if (delivery === undefined) throw new Error('not taken');
    await store.finish(delivery, { status: 'succeeded', mode: 'rules', output: toJson(1, 'o') }, [], 1);
    await store.index.flush();
    expect(await store.create(run)).toBe(false);
    expect(await store.index.unfinished(later, 0, 10)).toEqual([]);
    expect(await store.index.expired(later, 10, 10)).toEqual([run.id]);
    expect(await store.index.page(undefined, undefined, 10)).toEqual([run.id]);
  });

  test('sweeps a listing without a record', async () => {
    const { id } = aRun(doubling());
    await store.index.add(id, 'doubling');
    expect(await mend()).toMatchObject({ forgotten: 1 });
    expect(await store.index.page(undefined, undefined, 10)).toEqual([]);
  });

  test('forgets finished runs beyond age and count, and leaves no key of theirs but blobs that expire', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await runs.enqueue('doubling', { number: i, pad: 'x'.repeat(5000) })).run.id);
    await executeAll(ids);
    expect(await mend({ ageMs: 60_000, count: 3 })).toMatchObject({ forgotten: 2 });
    expect((await runs.list({ limit: 10 })).runs).toHaveLength(3);
    expect(await mend({ ageMs: -1000, count: 3 })).toMatchObject({ forgotten: 3 });
    expect(await runs.list({ limit: 10 })).toEqual({ runs: [] });
    const left = (await redis.keys(`${at.prefix}:*`)).filter((key) => !key.includes('reconciler'));
    for (const key of left) expect(key).toContain('{blob:');
    for (const key of left) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });

  test('a finished run expires by itself too', async () => {
    const { run } = await runs.enqueue('doubling', { number: 1 });
    await executeAll([run.id]);
    for (const part of ['record', 'journal', 'events']) {
      expect(await redis.pttl(`${at.prefix}:{run:${run.id}}:${part}`)).toBeGreaterThan(0);
    }
  });
});

test('every script of runs says what it takes and returns, and touches only keys it is given', () => {
  const folder = new URL('../../src/redis/lua/runs/', import.meta.url);
  const scripts = readdirSync(folder);
  expect(scripts.length).toBeGreaterThan(10);
  for (const name of scripts) {
    const source = readFileSync(new URL(name, folder), 'utf8');
    const header = source.slice(0, source.search(/^[^-]/m));
    for (const part of ['KEYS:', 'Returns:']) expect(header, name).toContain(part);
    if (/ARGV/.test(source.slice(header.length))) expect(header, name).toContain('ARGV:');
    const first = [...source.matchAll(/redis\.call\('([A-Z]+)', ?([^,)]+)/g)].filter(
      ([, command]) => command !== 'PUBLISH',
    );
    for (const [call, , key] of first) expect(key, `${name}: ${call}`).toMatch(/^KEYS\[/);
  }
});
