import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noModel } from '../../src/model/predictor.ts';
import { connect } from '../../src/redis/connect.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { redisOptions } from '../../src/redis/url.ts';
import { createRuns, type RedisRuns } from '../../src/runs/redis-runs.ts';
import { startWorker } from '../../src/runs/worker.ts';
import { chaosPipeline } from './support/pipeline.ts';
import { deedsFolder, endWorkers, spawnWorker, until } from './support/processes.ts';

let folder: string;
let redis: EmbeddedRedis;
let place: ReturnType<typeof deedsFolder>;
let runs: RedisRuns;
const prefix = 'outage';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-outage-'));
  redis = await startEmbeddedRedis(folder);
  place = deedsFolder();
  runs = await createRuns({ url: redis.url, prefix, pipelines: [chaosPipeline(place.folder)] });
});
afterEach(async () => {
  await endWorkers();
  await runs.close();
  await redis.kill();
  place.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('Redis that dies and comes back', () => {
  test('loses no accepted run; enqueueing fails within 50 ms meanwhile and works again after', async () => {
    spawnWorker({ url: redis.url, prefix, folder: place.folder, concurrency: 4 });
    const accepted: string[] = [];
    for (let i = 0; i < 16; i++) accepted.push((await runs.enqueue('chaos', { name: `r${i}`, readMs: 150 })).run.id);
    await until(() => place.deeds().some(({ what }) => what === 'write'));
    await redis.kill();

    const refusals: number[] = [];
    for (let i = 0; i < 10; i++) {
      const start = performance.now();
      const error = await runs.enqueue('chaos', { name: `refused-${i}` }).catch((e) => e);
      refusals.push(performance.now() - start);
      expect(error).toMatchObject({ code: 'redis-unavailable' });
    }
    expect(Math.max(...refusals)).toBeLessThan(50);
    for (const call of [() => runs.get(accepted[0] as string), () => runs.list({ limit: 1 }), () => runs.depths()]) {
      await expect(call()).rejects.toMatchObject({ code: 'redis-unavailable' });
    }

    redis = await startEmbeddedRedis(folder);
    await until(() =>
      runs.enqueue('chaos', { name: 'after' }).then(
        () => true,
        () => false,
      ),
    );
    for (const id of accepted) expect(await runs.wait(id, 30_000)).toMatchObject({ status: 'succeeded' });
    for (let i = 0; i < 16; i++) {
      const writes = place.deeds().filter(({ run, what }) => run === `r${i}` && what === 'write');
      // In flight when Redis died, its result could not be journalled by a worker that then lost the run.
      expect(writes.length).toBeGreaterThanOrEqual(1);
      expect(writes.length).toBeLessThanOrEqual(2);
    }
  }, 60_000);

  test.each([
    ['an idle worker', undefined],
    ['a worker with a run in hand', 10_000],
  ])(
    'lets %s close within its deadline while it is away',
    async (_what, readMs) => {
      const worker = await startWorker({
        url: redis.url,
        prefix,
        pipelines: [chaosPipeline(place.folder)],
        predictor: noModel(),
        lockDurationMs: 1000,
        stalledIntervalMs: 500,
      });
      if (readMs !== undefined) {
        await runs.enqueue('chaos', { name: 'held', readMs });
        await until(() => place.deeds().length > 0);
      }
      await redis.kill();
      const start = performance.now();
      await worker.close(1000);
      expect(performance.now() - start).toBeLessThan(1500);
    },
    30_000,
  );

  test('that a process finds away at its start is reported, with where it looked', async () => {
    await redis.kill();
    const options = { url: redis.url, pipelines: [], connectTimeoutMs: 200 };
    const error = await createRuns(options).catch((e) => e);
    expect(error).toMatchObject({ code: 'redis-unavailable' });
    expect(error.message).toContain(redis.url.slice('unix://'.length));
    await expect(startWorker({ ...options, predictor: noModel() })).rejects.toMatchObject({
      code: 'redis-unavailable',
    });
  });

  test('is refused when it may evict keys', async () => {
    const admin = connect(redisOptions(redis.url));
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    admin.disconnect();
    const options = { url: redis.url, pipelines: [] };
    await expect(createRuns(options)).rejects.toMatchObject({ code: 'redis-may-evict' });
    await expect(startWorker({ ...options, predictor: noModel() })).rejects.toMatchObject({ code: 'redis-may-evict' });
  });
});
