import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createBoards } from '../../src/leaderboard/boards.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { createRuns } from '../../src/runs/redis-runs.ts';
import { testRedis } from '../helpers/redis.ts';
import { chaosPipeline } from './support/pipeline.ts';
import { deedsFolder, endWorkers, spawnWorker, until } from './support/processes.ts';

const INGEST_CHILD = fileURLToPath(new URL('../leaderboard/ingest-child.ts', import.meta.url));

let redis: { url: string; prefix: string };
let place: ReturnType<typeof deedsFolder>;
beforeEach(() => {
  redis = testRedis();
  place = deedsFolder();
});
afterEach(async () => {
  await endWorkers();
  place.remove();
});

/** An ingest worker as it ships, which kills itself after so many parts (0: never), or just before it applies the last of them. */
async function ingestWorker(dieAfter: number, when: 'after' | 'before' = 'after') {
  const args = [INGEST_CHILD, redis.url, redis.prefix, 'exact', String(dieAfter), 'shipped', when];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

/** Seconds since then. */
const since = (begun: number): number => (performance.now() - begun) / 1000;

// The killed workers die just after they took their job: its lock is as young as it can be.
describe('what a killed worker held, with the locks that ship,', () => {
  test('a run, is finished by another within 10 s', async ({ annotate }) => {
    const runs = await createRuns({ ...redis, pipelines: [chaosPipeline(place.folder)] });
    onTestFinished(() => runs.close());
    const workers = [1, 2].map(() => spawnWorker({ ...redis, folder: place.folder, shipped: true }));
    await Promise.all(workers.map(({ ready }) => ready));
    const { run } = await runs.enqueue('chaos', { name: 'orphan', dieAt: 'in-read' });
    expect(await Promise.race(workers.map(({ ended }) => ended))).toBe('SIGKILL');
    const died = performance.now();
    expect(await runs.wait(run.id, 30_000)).toMatchObject({ status: 'succeeded' });
    const seconds = since(died);
    await annotate(`the run was finished ${seconds.toFixed(1)} s after its worker was killed`);
    expect(seconds).toBeLessThan(10);
    const readers = place.deeds().filter(({ what }) => what === 'read');
    expect(new Set(readers.map(({ pid }) => pid)).size).toBe(2);
  }, 60_000);

  test('a part of a batch, is finished by another within 10 s', async ({ annotate }) => {
    const boards = await createBoards(redis);
    const connection = connect(waitForever(redis.url));
    const queue = ingestQueue(connection, redis.prefix);
    onTestFinished(async () => {
      await Promise.all([boards.close(), queue.close()]);
      connection.disconnect();
    });
    await boards.define('race', { operator: 'sum', windows: ['all'] });
    const doomed = await ingestWorker(1);
    await boards.ingest('race', [{ player: 'ada', score: 5, time: new Date().toISOString() }], { key: 'one' });
    const [, signal] = await once(doomed, 'exit');
    expect(signal).toBe('SIGKILL');
    const died = performance.now();
    await ingestWorker(0);
    await until(async () => (await queue.getJobCounts('completed')).completed === 1, 30_000);
    const seconds = since(died);
    await annotate(`the part was finished ${seconds.toFixed(1)} s after its worker was killed`);
    expect(seconds).toBeLessThan(10);
    expect((await boards.top('race', 'all', { limit: 1 })).entries).toMatchObject([{ player: 'ada', score: 5 }]);
  }, 60_000);

  test('a batch in the middle of its parts, is wholly visible within 10 s', async ({ annotate }) => {
    const boards = await createBoards(redis);
    onTestFinished(() => boards.close());
    await boards.define('race', { operator: 'sum', windows: ['all'] });
    const doomed = await ingestWorker(3, 'before');
    const time = new Date().toISOString();
    const events = Array.from({ length: 10_000 }, (_, i) => ({ player: `p${i % 10}`, score: 1, time }));
    const ended = once(doomed, 'exit');
    const accepted = await boards.ingest('race', events, { key: 'one' });
    expect((await ended)[1]).toBe('SIGKILL');
    const died = performance.now();
    const left = await boards.batch('race', accepted.batch);
    expect(left.parts).toBe(20);
    expect(left.applied).toBeLessThan(20);
    await ingestWorker(0);
    expect(await boards.waitForBatch(accepted, 30_000)).toMatchObject({ applied: 20, refused: [] });
    const seconds = since(died);
    await annotate(
      `the batch was visible ${seconds.toFixed(1)} s after its worker was killed with ${left.applied} of 20 parts applied`,
    );
    expect(seconds).toBeLessThan(10);
    const { entries } = await boards.top('race', 'all', { limit: 20 });
    expect(entries.map(({ score }) => score)).toEqual(Array.from({ length: 10 }, () => 1000));
  }, 60_000);
});
