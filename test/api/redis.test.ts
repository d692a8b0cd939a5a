import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_RATE_LIMIT, limitConnection } from '../../src/api/limits.ts';
import { createMetrics } from '../../src/api/metrics.ts';
import { createRedisTokens } from '../../src/api/tokens.ts';
import { type Boards, createBoards } from '../../src/leaderboard/boards.ts';
import { noModel } from '../../src/model/predictor.ts';
import { connect, failFast } from '../../src/redis/connect.ts';
import { startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { createRuns } from '../../src/runs/redis-runs.ts';
import { startWorker } from '../../src/runs/worker.ts';
import { testRedis } from '../helpers/redis.ts';
import { pipelines, serve, timed } from './serve.ts';

async function onRedis({ url, prefix }: { url: string; prefix: string }, boards?: Boards) {
  const redis = connect({ ...failFast(url), lazyConnect: true });
  await redis.connect();
  onTestFinished(() => redis.disconnect());
  const limits = limitConnection(url);
  onTestFinished(() => limits.disconnect());
  const runs = await createRuns({ url, prefix, pipelines });
  const rateLimit = { ...DEFAULT_RATE_LIMIT, redis: limits, prefix };
  return serve({
    runs,
    redis,
    prefix,
    rateLimit,
    tokens: createRedisTokens(redis, prefix),
    ...(boards === undefined ? {} : { boards }),
  });
}

/** A worker of its own connections, closed when the test ends. */
async function work(at: { url: string; prefix: string }, onFinished?: Parameters<typeof startWorker>[0]['onFinished']) {
  const worker = await startWorker({
    ...at,
    pipelines,
    predictor: noModel(),
    ...(onFinished === undefined ? {} : { onFinished }),
  });
  onTestFinished(() => worker.close(2000));
}

test('a run goes from one process’s API through a worker to another’s', async () => {
  const at = testRedis();
  const [one, two] = [await onRedis(at), await onRedis(at)];
  const metrics = createMetrics();
  await work(at, (run) => metrics.runFinished(run.pipeline, run.status, run.seconds));
  const started = await one.start('echo', 'far', { 'idempotency-key': 'k' });
  expect(started.statusCode).toBe(202);
  const { id } = started.json();
  await two.finished(id);
  expect((await two.app.inject(`/v1/runs/${id}`)).json()).toMatchObject({
    status: 'succeeded',
    output: { text: 'far' },
  });
  const again = await two.start('echo', 'far', { 'idempotency-key': 'k' });
  expect(again.statusCode).toBe(200);
  expect(again.json().id).toBe(id);
  expect((await two.start('echo', 'near', { 'idempotency-key': 'k' })).json().code).toBe('idempotency-conflict');
  expect((await two.app.inject('/v1/runs?status=succeeded')).json().runs).toMatchObject([{ id }]);
  expect((await metrics.text()).body).toContain('opsline_runs_finished_total{pipeline="echo",status="succeeded"} 1');
});

test('events come through Redis, resume by id, and end', async () => {
  const at = testRedis();
  const served = await onRedis(at);
  const { id } = (await served.start('echo', 'x')).json();
  const stream = served.app.inject(`/v1/runs/${id}/events`);
  await work(at);
  const ids = (body: string) => [...body.matchAll(/^id: (\S+)\nevent: (\S+)$/gm)].map(([, id, type]) => [id, type]);
  const all = ids((await stream).body);
  expect(all.map(([, type]) => type)).toEqual(['queued', 'started', 'step', 'finished']);
  const after = (index: number) =>
    served.app.inject({ url: `/v1/runs/${id}/events`, headers: { 'last-event-id': String(all[index]?.[0]) } });
  expect(ids((await after(1)).body)).toEqual(all.slice(2));
  expect((await after(3)).statusCode).toBe(204);
  // The greatest id that is taken: nothing can follow it.
  const headers = { 'last-event-id': `${'9'.repeat(19)}-${'9'.repeat(19)}` };
  expect((await served.app.inject({ url: `/v1/runs/${id}/events`, headers })).statusCode).toBe(204);
});

test('a run that another process’s worker holds is cancelled over HTTP, within a second', async () => {
  const at = testRedis();
  const served = await onRedis(at);
  await work(at);
  const { id } = (await served.start('endless', 'x')).json();
  while ((await served.app.inject(`/v1/runs/${id}`)).json().status !== 'running') await served.runs.wait(id, 20);
  const begun = performance.now();
  expect((await served.app.inject({ method: 'DELETE', url: `/v1/runs/${id}` })).statusCode).toBe(202);
  expect(await served.finished(id)).toMatchObject({ status: 'cancelled' });
  expect(performance.now() - begun).toBeLessThan(1000);
});

test('a failed run is retried over HTTP and by the queue board', async () => {
  const at = testRedis();
  const served = await onRedis(at);
  await work(at);
  const headers = await served.bearer('admin');
  const { id } = (await served.start('broken', 'x', { ...headers, prefer: 'wait=10' })).json();
  const json = { ...headers, 'content-type': 'application/json' };
  expect((await served.app.inject({ method: 'POST', url: `/v1/runs/${id}/retry`, headers: json })).statusCode).toBe(
    202,
  );
  expect(await served.finished(id)).toMatchObject({ status: 'failed' });
  const url = `/queues/api/queues/broken/${id}/retry`;
  expect((await served.app.inject({ method: 'PUT', url, headers })).statusCode).toBe(204);
  expect(await served.finished(id)).toMatchObject({ status: 'failed' });
});

test('while Redis is gone everything that needs it is 503 within 50 ms, and works again once it is back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-api-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const redis = await startEmbeddedRedis(folder);
  const at = { url: redis.url, prefix: 'gone' };
  const boards = await createBoards(at);
  onTestFinished(() => boards.close());
  await boards.define('race', { operator: 'sum', windows: ['all'] });
  const served = await onRedis(at, boards);
  const headers = await served.bearer('admin');
  expect((await served.start('echo', 'x', headers)).statusCode).toBe(202);

  await redis.kill();
  const post = { method: 'POST', url: '/v1/pipelines/echo/runs', payload: { text: 'x' }, headers } as const;
  await untilAnswered(served.app, post, 503);
  const events: InjectOptions = {
    method: 'POST',
    url: '/v1/boards/race/events',
    payload: [{ player: 'ada', score: 1, time: new Date().toISOString() }],
    headers: { ...headers, 'idempotency-key': 'one' },
  };
  const top = { url: '/v1/boards/race/windows/all/top', headers };
  const requests: InjectOptions[] = [
    post,
    events,
    top,
    { url: '/v1/runs', headers },
    { url: '/readyz' },
    { url: '/v1/runs' },
  ];
  for (const request of requests) {
    const { response, ms } = await timed(() => served.app.inject(request));
    expect(ms).toBeLessThan(50);
    expect(response.statusCode, JSON.stringify(request)).toBe(503);
    expect(response.json()).toMatchObject({ code: 'redis-unavailable', retryable: true });
    expect(response.headers['retry-after']).toBe('1');
  }
  expect((await served.app.inject('/livez')).statusCode).toBe(200);

  const again = await startEmbeddedRedis(folder);
  onTestFinished(() => again.stop());
  await untilAnswered(served.app, post, 202);
  expect((await served.app.inject('/readyz')).statusCode).toBe(200);
  expect((await served.app.inject({ url: '/v1/runs', headers })).json().runs).toHaveLength(2);
  expect((await served.app.inject(events)).statusCode).toBe(202);
  expect((await served.app.inject(top)).json()).toMatchObject({ count: 0 });
});

test('who waits for what was accepted while Redis goes away is told that it was accepted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-api-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const redis = await startEmbeddedRedis(folder);
  const at = { url: redis.url, prefix: 'waits' };
  const boards = await createBoards(at);
  onTestFinished(() => boards.close());
  await boards.define('race', { operator: 'sum', windows: ['all'] });
  const { app, runs } = await onRedis(at, boards);
  const headers = { prefer: 'wait=60' };
  const payload = [{ player: 'ada', score: 1, time: new Date().toISOString() }];
  // Nobody works: there are no workers.
  const waiting = [
    app.inject({ method: 'POST', url: '/v1/pipelines/echo/runs', payload: { text: 'x' }, headers }),
    app.inject({
      method: 'POST',
      url: '/v1/boards/race/events',
      payload,
      headers: { ...headers, 'idempotency-key': 'one' },
    }),
  ];
  await expect.poll(async () => (await runs.list({ limit: 1 })).runs).toHaveLength(1);
  await expect.poll(() => boards.batch('race', 'one').catch(() => undefined)).toBeDefined();
  // Both are enqueued by now, or they would be refused.
  await expect.poll(async () => (await app.inject('/metrics')).body).toMatch(/queue="ingest",state="waiting"\} 1/);
  await expect.poll(async () => (await app.inject('/metrics')).body).toMatch(/queue="echo",state="waiting"\} 1/);
  await redis.kill();
  for (const response of await Promise.all(waiting)) {
    expect(response.statusCode).toBe(202);
    expect(response.headers.location).toMatch(/^\/v1\//);
  }
});

/** Asks until the status is as expected: connections learn of the end and of the return of Redis by themselves. */
async function untilAnswered(app: FastifyInstance, request: InjectOptions, status: number): Promise<void> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const response = await app.inject(request);
    if (response.statusCode === status) return;
    if (Date.now() > deadline) throw new Error(`still ${response.statusCode} after 5 s: ${response.body}`);
    // inject() alone would leave timers and sockets no turn.
    await sleep(5);
  }
}
