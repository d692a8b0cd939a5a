import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRuns, type RedisRuns } from '../../src/runs/redis-runs.ts';
import { testRedis } from '../helpers/redis.ts';
import { chaosPipeline } from './support/pipeline.ts';
import { deedsFolder, endWorkers, spawnWorker, until } from './support/processes.ts';

let redis: { url: string; prefix: string };
let place: ReturnType<typeof deedsFolder>;
let runs: RedisRuns;
beforeEach(async () => {
  redis = testRedis();
  place = deedsFolder();
  runs = await createRuns({ ...redis, pipelines: [chaosPipeline(place.folder)] });
});
afterEach(async () => {
  await endWorkers();
  await runs.close();
  place.remove();
});

const deedsOf = (run: string): string[] =>
  place
    .deeds()
    .filter((deed) => deed.run === run)
    .map(({ what }) => what);

const finishedEvents = async (id: string): Promise<number> => {
  let count = 0;
  for await (const { type } of runs.events(id, { signal: AbortSignal.timeout(5000) })) {
    if (type === 'finished') count += 1;
  }
  return count;
};

describe('two workers that both believe they own a run', () => {
  test('one was asleep: what it read when it wakes is refused, and it writes nothing', async () => {
    const { run } = await runs.enqueue('chaos', { name: 'sleeper', readMs: 300, deaf: true });
    const sleeper = spawnWorker({ ...redis, folder: place.folder });
    await until(() => deedsOf('sleeper').includes('read'));
    sleeper.child.kill('SIGSTOP');
    spawnWorker({ ...redis, folder: place.folder });
    expect((await runs.wait(run.id, 20_000)).status).toBe('succeeded');
    const before = await runs.record(run.id);
    sleeper.child.kill('SIGCONT');
    // The sleeper has come to itself and let go of the run when it takes the next one.
    const { run: next } = await runs.enqueue('chaos', { name: 'next' });
    await runs.wait(next.id, 20_000);
    sleeper.child.kill('SIGTERM');
    expect(await sleeper.ended).toBe('0');
    expect(await runs.record(run.id)).toEqual(before);
    expect(before.deliveries).toBe(2);
    expect(deedsOf('sleeper')).toEqual(['read', 'read', 'write']);
    expect(await finishedEvents(run.id)).toBe(1);
  }, 40_000);

  test('by duplicate jobs: each run ends once, and the older delivery never writes after the newer one began', async () => {
    const enqueued = await Promise.all(
      Array.from({ length: 10 }, (_, i) => runs.enqueue('chaos', { name: `twice-${i}`, readMs: 2500 })),
    );
    spawnWorker({ ...redis, folder: place.folder, concurrency: 10 });
    spawnWorker({ ...redis, folder: place.folder, concurrency: 10 });
    // The second delivery of each begins while the first one reads: there is a free place for every one.
    await until(() => enqueued.every((_, i) => deedsOf(`twice-${i}`).includes('read')));
    const queue = runs.queues()[0];
    await Promise.all(enqueued.map(({ run }) => queue?.add('chaos', { runId: run.id }, { jobId: `again-${run.id}` })));
    for (const { run } of enqueued) {
      expect((await runs.wait(run.id, 20_000)).status).toBe('succeeded');
      expect(await finishedEvents(run.id)).toBe(1);
    }
    await until(async () => (await queue?.getJobCounts('active', 'waiting', 'prioritized'))?.active === 0);
    for (const [i, { run }] of enqueued.entries()) {
      // The reconciler, which knows only the first job's id, may deliver once more; the first delivery never writes.
      const { deliveries } = await runs.record(run.id);
      const writes = deedsOf(`twice-${i}`).filter((what) => what === 'write').length;
      expect(deliveries).toBeGreaterThan(1);
      expect(writes).toBeGreaterThan(0);
      expect(writes).toBeLessThan(deliveries);
    }
  }, 40_000);

  test('is not what a step longer than the lock makes: the lock is renewed', async () => {
    const { run } = await runs.enqueue('chaos', { name: 'long', readMs: 3500 });
    spawnWorker({ ...redis, folder: place.folder });
    spawnWorker({ ...redis, folder: place.folder });
    expect((await runs.wait(run.id, 20_000)).status).toBe('succeeded');
    expect((await runs.record(run.id)).deliveries).toBe(1);
    expect(deedsOf('long')).toEqual(['read', 'write']);
  }, 30_000);
});

describe('a run held by another process', () => {
  test.each([
    ['a step that listens', false],
    ['a step that does not listen', true],
  ])(
    'is cancelled within a second in %s, and only it',
    async (_what, deaf) => {
      const { run: doomed } = await runs.enqueue('chaos', { name: 'doomed', readMs: 30_000, deaf });
      const { run: spared } = await runs.enqueue('chaos', { name: 'spared', readMs: 2000 });
      spawnWorker({ ...redis, folder: place.folder });
      spawnWorker({ ...redis, folder: place.folder });
      await until(() => deedsOf('doomed').includes('read') && deedsOf('spared').includes('read'));
      const start = performance.now();
      // The worker may have let go of it before the answer is read.
      expect((await runs.cancel(doomed.id)).status).toMatch(/^(running|cancelled)$/);
      expect(await runs.wait(doomed.id, 5000)).toMatchObject({ status: 'cancelled', error: { code: 'run-cancelled' } });
      expect(performance.now() - start).toBeLessThan(1000);
      expect(deedsOf('doomed')).toEqual(deaf ? ['read'] : ['read', 'aborted']);
      expect((await runs.wait(spared.id, 10_000)).status).toBe('succeeded');
    },
    30_000,
  );

  test('is handed back when its worker must stop, and finished by the next one without waiting for a lock', async () => {
    const { run } = await runs.enqueue('chaos', { name: 'moving', readMs: 4000 });
    const first = spawnWorker({ ...redis, folder: place.folder, closeMs: 600 });
    await until(() => deedsOf('moving').includes('read'));
    const start = performance.now();
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe('0');
    expect(performance.now() - start).toBeLessThan(1500);
    expect((await runs.get(run.id)).status).toBe('queued');
    expect((await runs.depths())[0]?.jobs).toMatchObject({ waiting: 1, active: 0 });
    spawnWorker({ ...redis, folder: place.folder });
    expect((await runs.wait(run.id, 20_000)).status).toBe('succeeded');
    expect((await runs.record(run.id)).deliveries).toBe(2);
  }, 30_000);

  test('is finished by its worker that was told to stop, when there is time', async () => {
    const { run } = await runs.enqueue('chaos', { name: 'ending', readMs: 500 });
    const worker = spawnWorker({ ...redis, folder: place.folder, closeMs: 5000 });
    await until(() => deedsOf('ending').includes('read'));
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe('0');
    expect((await runs.get(run.id)).status).toBe('succeeded');
  }, 30_000);
});
