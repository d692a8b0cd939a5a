import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { redisReady } from '../../src/api/health.ts';
import { createRedisTokens } from '../../src/api/tokens.ts';
import { checkRedis } from '../../src/cli/doctor/redis.ts';
import type { Service } from '../../src/cli/wiring.ts';
import { readConfig } from '../../src/config.ts';
import { createBoards } from '../../src/leaderboard/boards.ts';
import { closeDue } from '../../src/leaderboard/closing.ts';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { noModel } from '../../src/model/predictor.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { connect, failFast, waitForever } from '../../src/redis/connect.ts';
import { redisCounters } from '../../src/redis/counters.ts';
import { untilUsable } from '../../src/redis/usable.ts';
import { createRuns } from '../../src/runs/redis-runs.ts';
import { startWorker } from '../../src/runs/worker.ts';
import { openService } from '../../src/service/open.ts';
import { pipelines, serve } from '../api/serve.ts';
import { moveSlot, startCluster, startTcpRedis, type TestCluster } from '../helpers/cluster.ts';
import { DAY, keptBoard, play } from '../leaderboard/kit.ts';
import { describeStore } from '../runs/support/store-suite.ts';
import { redisStore } from '../runs/support/stores.ts';

let cluster: TestCluster;
let redis: RedisClient;
beforeAll(async () => {
  cluster = await startCluster();
  redis = connect(failFast(cluster.url));
  await untilUsable(redis, cluster.url);
});
afterAll(async () => {
  redis?.disconnect();
  await cluster?.stop();
});

const time = new Date(Date.now() - 60_000).toISOString();
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error) => error.code,
  );

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not happen within 10 s');
    await sleep(10);
  }
}

describeStore('Redis Cluster', () => redisStore({ url: cluster.url, prefix: 'store' }));

describe('a Redis of the wrong kind', () => {
  test('is refused: a node of a cluster under a plain URL', async () => {
    const { port } = cluster.masters[1] as { port: number };
    const url = `redis://ada:secret@127.0.0.1:${port}`;
    await cluster.masters[1]?.admin.call('ACL', 'SETUSER', 'ada', 'on', '>secret', '~*', '&*', '+@all');
    for (const start of [createRuns, startWorker]) {
      const error = await start({ url, pipelines, predictor: noModel() }).catch((e) => e);
      expect(error).toMatchObject({ code: 'redis-wrong-mode' });
      expect(error.message).toContain(`REDIS_URL to redis+cluster://127.0.0.1:${port},…`);
      expect(error.message).not.toContain('secret');
    }
  });

  test('is refused: a single Redis under the URL of a cluster', async () => {
    const single = await startTcpRedis();
    onTestFinished(() => single.stop());
    const url = single.url.replace('redis://', 'redis+cluster://');
    const error = await createRuns({ url, pipelines }).catch((e) => e);
    expect(error).toMatchObject({ code: 'redis-wrong-mode' });
    expect(error.message).toContain(`Set REDIS_URL to ${single.url} `);
  });

  test('is refused: a cluster of which one master may evict', async () => {
    const last = cluster.masters.at(-1)?.admin;
    await last?.config('SET', 'maxmemory-policy', 'allkeys-lru');
    onTestFinished(async () => void (await last?.config('SET', 'maxmemory-policy', 'noeviction')));
    expect(await codeOf(createRuns({ url: cluster.url, pipelines }))).toBe('redis-may-evict');
    expect(await codeOf(redisReady(redis)())).toBe('redis-may-evict');
  });
});

describe('a service on a cluster', () => {
  const prefix = 'service';
  let folder: string;
  let service: Service;
  let token: string;
  const config = (url: string) =>
    readConfig({
      REDIS_URL: url,
      OPSLINE_PREFIX: prefix,
      OPSLINE_DATA: folder,
      OPSLINE_PORT: '0',
      OPSLINE_MODEL: 'none',
      OPSLINE_LOG_LEVEL: 'silent',
    });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'opsline-on-cluster-'));
    ({ token } = await createRedisTokens(redis, prefix).create({ name: 'test', scopes: ['admin'] }));
    service = await openService({
      config: config(cluster.url),
      roles: ['api', 'worker'],
      embeddedRedis: false,
      version: '0.0.0',
    });
  });
  afterAll(async () => {
    await service.close(5000);
    await rm(folder, { recursive: true, force: true });
  });
  const ask = (path: string, method = 'GET', body?: object, headers: Record<string, string> = {}) =>
    fetch(`${service.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const json = async (path: string): Promise<unknown> => (await ask(path)).json();

  test('takes events into boards, once, and shows them', async () => {
    for (const operator of ['best', 'sum', 'latest', 'count']) {
      expect((await ask(`/v1/boards/${operator}`, 'PUT', { operator })).status).toBe(201);
      const scored = (score: number) => (operator === 'count' ? {} : { score });
      const events = Array.from({ length: 1201 }, (_, i) => ({ player: `p${i % 400}`, time, ...scored(i % 400) }));
      const send = () =>
        ask(`/v1/boards/${operator}/events`, 'POST', events, { 'idempotency-key': 'k', prefer: 'wait=20' });
      expect(await (await send()).json()).toMatchObject({ events: 1201, parts: 3, applied: 3, duplicate: false });
      expect(await (await send()).json()).toMatchObject({ applied: 3, duplicate: true });
    }
    const window = '/v1/boards/sum/windows/all';
    expect(await json(`${window}/top?limit=2`)).toMatchObject({
      count: 400,
      entries: [{ player: 'p399', score: 1197 }, {}],
    });
    expect(await json(`${window}/around/p200?span=1`)).toMatchObject({
      entries: [{}, { player: 'p200', rank: 200 }, {}],
    });
    expect(await json(`${window}/rank/p0`)).toMatchObject({ rank: 400, score: 0 });
    expect(await json(`${window}/statistics`)).toMatchObject({ events: 1201, count: 400 });
    expect(await json('/v1/boards')).toMatchObject({ boards: [{}, {}, {}, {}] });
  });

  test('closes windows, drops old ones, and changes entries by hand', async () => {
    const queue = ingestQueue(redis, 'closing');
    const boards = await createBoards({ url: cluster.url, prefix: 'closing' });
    onTestFinished(async () => void (await Promise.all([queue.close(), boards.close()])));
    const place = { redis, prefix: 'closing', queue };
    const board = await keptBoard(place, { operator: 'latest', windows: ['all', 'hour'], keep: { windows: 1 } });
    for (const at of [Date.now() - 4 * DAY, Date.now() - 3 * DAY]) {
      const events = ['ada', 'bob'].map((player) => ({ player, score: 1, time: at }));
      await play(place, board, `${board.id}-${at}`, events, at + 1);
    }
    expect(await closeDue(redis, 'closing', board)).toBe(2);
    await boards.correct(board.id, 'all', 'ada', { score: 5, reason: 'sensor' }, 'olga');
    await boards.remove(board.id, 'all', 'ada', { who: 'olga', reason: 'sensor' });
    expect(await boards.forget(board.id, 'bob', { who: 'olga', reason: 'asked for' })).toEqual({ open: 1, closed: 1 });
    const { snapshots } = await boards.snapshots(board.id, { limit: 10 });
    expect(snapshots).toMatchObject([{ number: 2, entries: 2, revisions: [{}] }]);
  });

  test('runs a pipeline from the request to the end of its event stream', async () => {
    const input = { board: 'best', window: 'all' };
    const started = await ask('/v1/pipelines/leaderboard-stats/runs', 'POST', input, { 'idempotency-key': 'r' });
    expect(started.status).toBe(202);
    const { id } = (await started.json()) as { id: string };
    expect(await (await ask(`/v1/runs/${id}/events`)).text()).toMatch(/event: queued[\s\S]*event: finished/);
    expect(await json(`/v1/runs/${id}`)).toMatchObject({ status: 'succeeded', output: { events: 1201 } });
    const again = await ask('/v1/pipelines/leaderboard-stats/runs', 'POST', input, { 'idempotency-key': 'r' });
    expect(await again.json()).toMatchObject({ id });
    expect(await json('/v1/runs?pipeline=leaderboard-stats')).toMatchObject({ runs: [{ id }] });
  });

  test('answers what an operator asks', async () => {
    expect((await ask('/readyz')).status).toBe(200);
    expect(await (await ask('/metrics')).text()).toMatch(/opsline_queue_jobs\{.*ingest/);
    expect(await json('/queues/api/queues')).toMatchObject({ queues: expect.any(Array) });
    expect(await checkRedis(config(cluster.url))).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/, 3 masters$/),
    });
    const [first] = cluster.masters;
    const plain = await checkRedis(config(`redis://127.0.0.1:${first?.port}`));
    expect(plain).toMatchObject({ state: 'missing', detail: expect.stringContaining('runs in cluster mode') });
    expect(await redisCounters(redis, prefix).add('asked', 2, 60)).toBe(2);
    expect(await redisCounters(redis, prefix).add('asked', 3, 60)).toBe(5);
  });

  test('uses every master, and sends a script again to one that forgot it', async () => {
    for (const { admin } of cluster.masters) {
      expect(await admin.dbsize()).toBeGreaterThan(0);
      await admin.script('FLUSH');
      for (const operator of ['best', 'sum', 'latest', 'count']) {
        expect(await json(`/v1/boards/${operator}/windows/all/count`)).toMatchObject({ count: 400 });
        expect((await ask(`/v1/boards/${operator}/windows/all/top?limit=1`)).status).toBe(200);
      }
    }
  });
});

/** An API and, from connections of its own, a worker. */
async function working(prefix: string) {
  const at = { url: cluster.url, prefix };
  const runs = await createRuns({ ...at, pipelines });
  const served = await serve({ runs, redis, prefix, tokens: createRedisTokens(redis, prefix) });
  const worker = await startWorker({ ...at, pipelines, predictor: noModel() });
  const ingest = await startIngestWorker(at);
  const boards = await createBoards(at);
  onTestFinished(async () => {
    await Promise.all([worker.close(2000), ingest.close(2000)]);
    await boards.close();
  });
  /** Cancellations reach the worker by message, not by its next look (after 2 s at most). A subscription may come back after the rest. */
  const cancelsSoon = async (): Promise<void> => {
    let inARow = 0;
    await until(async () => {
      const { id } = (await served.start('endless', 'x')).json();
      await until(async () => (await runs.get(id)).status === 'running');
      const begun = performance.now();
      await runs.cancel(id);
      expect(await served.finished(id)).toMatchObject({ status: 'cancelled' });
      inARow = performance.now() - begun < 1000 ? inARow + 1 : 0;
      return inARow === 3;
    });
  };
  return { runs, boards, served, cancelsSoon };
}

describe('a cluster that fails or changes', () => {
  test('loses nothing when a master dies and comes back; meanwhile requests fail soon', async () => {
    const { runs, boards, served, cancelsSoon } = await working('one');
    await boards.define('points', { operator: 'sum' });
    await cancelsSoon();
    const accepted: string[] = [];
    const batches: string[] = [];
    const add = async (n: number): Promise<void> => {
      const { run } = await runs.enqueue('echo', { text: `t${n}` });
      accepted.push(run.id);
      const events = Array.from({ length: 501 }, (_, i) => ({ player: `p${i}`, score: 1, time }));
      batches.push((await boards.ingest('points', events, { key: `b${n}` })).batch);
    };
    for (let n = 0; n < 20; n++) await add(n);
    // The first one: subscriptions go there.
    const [dead] = cluster.masters;
    await dead?.kill();
    // Until the others notice, they serve their own slots; then nobody serves anything.
    let refused = 0;
    while (refused < 20) {
      const begun = performance.now();
      const answer = await runs.enqueue('echo', { text: 'x' }).catch((error) => error);
      expect(performance.now() - begun).toBeLessThan(1000);
      if (answer.run !== undefined) accepted.push(answer.run.id);
      else {
        expect(answer).toMatchObject({ code: 'redis-unavailable' });
        refused += 1;
      }
    }
    expect((await served.app.inject('/readyz')).statusCode).toBe(503);
    // Longer than a worker blocks for a job before it connects anew.
    await sleep(7000);
    await dead?.start();
    await cluster.healthy();
    await until(async () => (await served.app.inject('/readyz')).statusCode === 200);
    await add(20);
    for (const id of accepted) expect(await runs.wait(id, 20_000)).toMatchObject({ status: 'succeeded' });
    for (const key of batches) await boards.waitForBatch(await boards.batch('points', key), 20_000);
    const { count, entries } = await boards.top('points', 'all', { limit: 1000 });
    expect(count).toBe(501);
    expect(entries.every(({ score }) => score === 21)).toBe(true);
    await cancelsSoon();
  });

  test('is not sent commands late that a disconnected connection had given up', async () => {
    const [dead, alive] = cluster.masters;
    let key = 'late';
    while (Number(await alive?.admin.cluster('KEYSLOT', key)) > 5460) key += '.';
    const patient = connect(waitForever(cluster.url));
    onTestFinished(() => patient.disconnect());
    await patient.get(key);
    await dead?.kill();
    const pending = patient.set(key, 'written').catch((error) => error);
    await until(async () => String(await alive?.admin.cluster('INFO')).includes('cluster_state:fail'));
    patient.disconnect();
    await patient.connect();
    const waiting = patient.get(key);
    await dead?.start();
    await cluster.healthy();
    expect(await waiting).toBeNull();
    expect(await pending).toBeInstanceOf(Error);
    expect(await patient.get(key)).toBeNull();
  });

  test('moves the slot of a board under load, and each batch is applied once', async () => {
    const { boards } = await working('moving');
    await boards.define('points', { operator: 'sum' });
    const send = async (n: number): Promise<void> => {
      const events = Array.from({ length: 300 }, (_, i) => ({ player: `p${i}`, score: 1, time }));
      const sent = () =>
        boards.ingest('points', events, { key: `b${n}` }).then(
          () => true,
          (error) => {
            expect(error).toMatchObject({ code: 'redis-unavailable' });
            return false;
          },
        );
      await until(sent);
      const batch = await boards.batch('points', `b${n}`).catch(() => undefined);
      if (batch !== undefined) await boards.waitForBatch(batch, 10_000).catch(() => {});
    };
    for (let n = 0; n < 5; n++) await send(n);
    let moved = false;
    const moving = moveSlot(cluster, 'moving:{board:points}:definition').finally(() => {
      moved = true;
    });
    let n = 5;
    while (!moved) await send(n++);
    await moving;
    await send(n++);
    for (let i = 0; i < n; i++) {
      expect(await boards.waitForBatch(await boards.batch('points', `b${i}`), 10_000)).toMatchObject({ applied: 1 });
    }
    const { entries } = await boards.top('points', 'all', { limit: 300 });
    expect(entries.every(({ score }) => score === n)).toBe(true);
    expect(entries).toHaveLength(300);
  });

  test('as a whole is waited for by workers that were waiting or working', async () => {
    const { runs, cancelsSoon } = await working('all');
    const { run } = await runs.enqueue('endless', { text: 'x' });
    await until(async () => (await runs.get(run.id)).status === 'running');
    await Promise.all(cluster.masters.map((one) => one.kill()));
    expect(await codeOf(runs.get(run.id))).toBe('redis-unavailable');
    await sleep(1000);
    await Promise.all(cluster.masters.map((one) => one.start()));
    await cluster.healthy();
    await until(async () => (await codeOf(runs.list({ limit: 1 }))) === 'no error');
    const { run: next } = await runs.enqueue('echo', { text: 'y' });
    expect(await runs.wait(next.id, 20_000)).toMatchObject({ status: 'succeeded' });
    await runs.cancel(run.id);
    expect(await runs.wait(run.id, 10_000)).toMatchObject({ status: 'cancelled' });
    await cancelsSoon();
  });
});
