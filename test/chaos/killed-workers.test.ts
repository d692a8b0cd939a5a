import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRuns, type RedisRuns } from '../../src/runs/redis-runs.ts';
import { replay } from '../../src/runs/replay.ts';
import { testRedis } from '../helpers/redis.ts';
import { BOUNDARIES, type Boundary, chaosPipeline } from './support/pipeline.ts';
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

/** How often each deed of a run may have been done when its first worker died there: twice only what was in flight. */
const expectedDeeds = (boundary: Boundary): Record<string, number> => ({
  read: boundary === 'in-read' ? 2 : 1,
  write: boundary === 'in-write' ? 2 : 1,
});

/** Starts a worker again each time it died, until `done`. */
async function withRestartedWorker(done: Promise<unknown>): Promise<string[]> {
  const ends: string[] = [];
  let over = false;
  done.finally(() => {
    over = true;
  });
  while (!over) {
    const worker = spawnWorker({ ...redis, folder: place.folder });
    ends.push(await Promise.race([worker.ended, done.then(() => 'done')]));
  }
  return ends;
}

describe('a worker that is killed', () => {
  test('at any boundary or inside any step loses nothing, and nothing journalled is fetched, bought or written again', async () => {
    const boundaries = BOUNDARIES.filter((boundary) => boundary !== 'after-finish');
    const enqueued = await Promise.all(
      boundaries.map(async (dieAt) => ({ dieAt, ...(await runs.enqueue('chaos', { name: dieAt, dieAt })) })),
    );
    const all = Promise.all(enqueued.map(({ run }) => runs.wait(run.id, 60_000)));
    const ends = await withRestartedWorker(all);
    expect(ends.filter((end) => end === 'SIGKILL')).toHaveLength(boundaries.length);

    const deeds = place.deeds();
    for (const { dieAt, run } of enqueued) {
      const record = await runs.record(run.id);
      expect(record.run, dieAt).toMatchObject({
        status: 'succeeded',
        mode: 'model',
        output: { sum: 6, sentence: 'about {"givenNumber":6}', ticket: `filed ticket-${dieAt}` },
      });
      expect(record.deliveries, dieAt).toBe(2);
      expect(record.journal.map(({ step }) => step)).toEqual(['numbers', 'sum', 'describe-number', 'ticket', 'shape']);
      const counted = { read: 0, write: 0 } as Record<string, number>;
      for (const deed of deeds) if (deed.run === dieAt) counted[deed.what] = (counted[deed.what] ?? 0) + 1;
      expect(counted, dieAt).toEqual(expectedDeeds(dieAt));
      expect(await replay(record, [chaosPipeline(place.folder)]), dieAt).toMatchObject({ ok: true });
    }
    // One answer for each run, and one more for the run whose worker died while it was asking.
    expect(deeds.filter(({ what }) => what === 'predict')).toHaveLength(boundaries.length + 1);
  }, 60_000);

  test('after the end of a run was written does not run it again', async () => {
    const { run } = await runs.enqueue('chaos', { name: 'after-finish' });
    const first = spawnWorker({ ...redis, folder: place.folder, dieAfterFinish: true });
    expect(await first.ended).toBe('SIGKILL');
    expect((await runs.get(run.id)).status).toBe('succeeded');
    spawnWorker({ ...redis, folder: place.folder });
    const queue = runs.queues()[0];
    await until(async () => (await queue?.getJobState(run.id)) === 'completed');
    expect(place.deeds().map(({ what }) => what)).toEqual(['read', 'predict', 'write']);
    expect((await runs.record(run.id)).deliveries).toBe(1);
  }, 30_000);

  test('by every run of it: the run is given up as a dead letter, and the queue goes on', async () => {
    const { run: poison } = await runs.enqueue('chaos', { name: 'poison', poison: true });
    const given = runs.wait(poison.id, 60_000);
    const ends = await withRestartedWorker(given);
    expect(await given).toMatchObject({ status: 'failed', error: { code: 'delivery-limit' } });
    const crashes = ends.filter((end) => end === 'SIGKILL').length;
    expect(crashes).toBeGreaterThan(1);
    expect(crashes).toBeLessThanOrEqual(12);
    const { run: good } = await runs.enqueue('chaos', { name: 'good' });
    spawnWorker({ ...redis, folder: place.folder });
    expect((await runs.wait(good.id, 15_000)).status).toBe('succeeded');
    expect((await runs.list({ limit: 5, status: 'failed' })).runs.map(({ id }) => id)).toEqual([poison.id]);
    expect((await runs.depths())[0]?.jobs.failed).toBe(1);
  }, 90_000);
});
