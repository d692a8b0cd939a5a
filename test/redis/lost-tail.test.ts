import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { batchOf } from '../../src/leaderboard/accept.ts';
import { createBoards } from '../../src/leaderboard/boards.ts';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { Resender } from '../../src/redis/resender.ts';
import { testRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { enqueue, keptBoard } from '../leaderboard/kit.ts';

const prefix = 'tail';
const scores = Array.from({ length: 700 }, (_, n) => ({ player: `p${n % 50}`, score: n }));

/** A server that may lose its last seconds: it comes back with the append-only file that it had when `remember` was called. */
async function forgetfulRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-tail-'));
  let server: EmbeddedRedis = await startEmbeddedRedis(folder);
  onTestFinished(async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  const [files, copy] = [join(folder, 'appendonlydir'), join(folder, 'before')];
  return {
    url: server.url,
    remember: () => cp(files, copy, { recursive: true }),
    async loseTheRest(): Promise<void> {
      await server.kill();
      await rm(files, { recursive: true });
      await cp(copy, files, { recursive: true });
      server = await startEmbeddedRedis(folder);
    },
  };
}

/** A connection that waits for the server. */
function client(url: string) {
  const redis = connect(waitForever(url));
  onTestFinished(() => redis.disconnect());
  return redis;
}

test('a batch that was answered and applied, and that a killed Redis forgot, is accepted and applied again', async () => {
  const { url, remember, loseTheRest } = await forgetfulRedis();
  const redis = client(url);
  const boards = await createBoards({ url, prefix });
  onTestFinished(() => boards.close());
  const worker = await startIngestWorker({ url, prefix });
  onTestFinished(() => worker.close(2000));
  const board = await boards.define('b', { operator: 'sum', windows: ['all'] });
  await remember();
  const time = new Date().toISOString();
  const accepted = await boards.ingest(
    'b',
    scores.map((event) => ({ ...event, time })),
    { key: 'k' },
  );
  expect(await boards.waitForBatch(accepted, 10_000)).toMatchObject({ parts: 2, applied: 2 });
  const keys = boardKeys(prefix, board.board.id);
  const entries = (): Promise<string[]> => redis.zrange(keys.entries('all'), '0', '-1', 'WITHSCORES');
  const before = await entries();
  expect(before).toHaveLength(100);

  await loseTheRest();
  await until(async () => (await redis.hget(keys.batch('k'), 'applied')) === '2', {
    what: 'both parts are applied again',
  });
  expect(await entries()).toEqual(before);
  expect(await redis.hget(keys.state('all'), 'events')).toBe('700');
});

test('a part that was applied, and that a killed Redis forgot while its job is gone, is applied again', async () => {
  const { url, remember, loseTheRest } = await forgetfulRedis();
  const redis = client(url);
  const queue = ingestQueue(redis, prefix);
  onTestFinished(() => queue.close());
  const place = { redis, prefix, queue };
  const board = await keptBoard(place, { operator: 'sum', windows: ['all'] });
  const now = Date.now();
  const events = scores.map((event) => ({ ...event, time: now }));
  await enqueue(place, board, 'k', events, now);
  const jobs = await queue.getJobs(['waiting']);
  await queue.drain();
  await remember();
  await queue.addBulk(jobs.map(({ name, data }) => ({ name, data })));
  const worker = await startIngestWorker({ url, prefix });
  onTestFinished(() => worker.close(2000));
  const applied = async (): Promise<number> => (await batchOf(place, board.id, 'k')).applied;
  await until(async () => (await applied()) === 2, { what: 'both parts are applied' });

  await loseTheRest();
  await until(async () => (await applied()) === 2, { what: 'both parts are applied again' });
  expect(await redis.hget(boardKeys(prefix, board.id).state('all'), 'events')).toBe('700');
});

test('what was acknowledged last is sent again in its order, until it is taken, and no more than a bounded amount', async () => {
  const redis = client(testRedis().url);
  await redis.ping();
  const taken: number[] = [];
  let failures = 3;
  const recent = new Resender<number>(redis, async (item) => {
    if (failures-- > 0) throw new Error('not yet');
    taken.push(item);
  });
  onTestFinished(() => recent.close());
  for (let n = 0; n < 300; n += 1) recent.note(n, 1000);
  redis.disconnect(true);
  await until(async () => taken.length >= 200, { what: 'the last 200 are sent' });
  expect(taken).toEqual(Array.from({ length: 200 }, (_, n) => n + 100));
  // They are recent again: a second loss sends them once more.
  redis.disconnect(true);
  await until(async () => taken.length >= 400, { what: 'they are sent again' });
  expect(taken.slice(200)).toEqual(taken.slice(0, 200));
});
