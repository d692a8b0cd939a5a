import { Queue, Worker } from 'bullmq';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMetrics } from '../../src/api/metrics.ts';
import { createRedisTokens } from '../../src/api/tokens.ts';
import { OpslineError } from '../../src/errors.ts';
import { connect, failFast, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';
import { echo, serve, timed } from './serve.ts';

/** A fail-fast connection that is up. */
async function openRedis(url: string) {
  const redis = connect({ ...failFast(url), lazyConnect: true });
  await redis.connect();
  onTestFinished(() => redis.disconnect());
  return redis;
}

describe('probes', () => {
  test('the service is live and ready', async () => {
    const { url, prefix } = testRedis();
    const { app } = await serve({ redis: await openRedis(url), prefix });
    expect((await app.inject('/livez')).json()).toEqual({ status: 'ok' });
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'ok' });
  });

  test('draining makes it unready while it still works and lives', async () => {
    const { app, start } = await serve();
    app.drain();
    const ready = await app.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ code: 'shutting-down', retryable: true });
    expect((await app.inject('/livez')).statusCode).toBe(200);
    expect((await start('echo', 'x')).statusCode).toBe(202);
  });

  test('without Redis it is live but not ready, and says so within 50 ms', async () => {
    const redis = connect({ ...failFast('redis://127.0.0.1:1') });
    onTestFinished(() => redis.disconnect());
    const { app } = await serve({ redis });
    const { response: ready, ms } = await timed(() => app.inject('/readyz'));
    expect(ms).toBeLessThan(50);
    expect(ready.statusCode).toBe(503);
    expect(ready.json().code).toBe('redis-unavailable');
    expect((await app.inject('/livez')).statusCode).toBe(200);
    expect((await app.inject('/metrics')).body).toContain('opsline_queues_readable 0');
  });

  test('a Redis that may evict makes it unready', async () => {
    const { app } = await serve({
      checks: [
        async () => {
          throw new OpslineError('redis-may-evict', 'Redis evicts keys.');
        },
      ],
    });
    const ready = await app.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ code: 'redis-may-evict', retryable: false });
    expect(ready.headers['retry-after']).toBeUndefined();
  });
});

describe('GET /metrics', () => {
  test('names kinds of things and never one of them', async () => {
    const metrics = createMetrics();
    const { app, start, bearer } = await serve({ metrics });
    const headers = await bearer('admin');
    const { id } = (await start('echo', 'x', { ...headers, prefer: 'wait=10' })).json();
    await app.inject({ url: `/v1/runs/${id}`, headers });
    await app.inject('/wp-login.php');
    metrics.runFinished('echo', 'succeeded', 0.2);
    metrics.modelCall({ signature: 's', model: 'p:m', outcome: 'ok', seconds: 1, tokens: { input: 10, output: 4 } });
    const response = await app.inject('/metrics');
    expect(response.headers['content-type']).toContain('text/plain');
    const { body } = response;
    expect(body).toContain('opsline_runs_enqueued_total{pipeline="echo"} 1');
    expect(body).toContain('opsline_runs_finished_total{pipeline="echo",status="succeeded"} 1');
    expect(body).toContain('opsline_model_tokens_total{model="p:m",direction="input"} 10');
    expect(body).toMatch(
      /opsline_http_request_duration_seconds_count\{method="GET",route="\/v1\/runs\/:id",status="200"\} 1/,
    );
    expect(body).toMatch(/opsline_http_request_duration_seconds_count\{method="GET",route="none",status="404"\} 1/);
    expect(body).toContain('process_resident_memory_bytes');
    expect(body).not.toContain(id);
    expect(body).not.toContain('wp-login');
    expect(body).not.toContain(headers.authorization.split('_')[1]);
  });

  test('every figure of ours follows the naming rules', async () => {
    const { app } = await serve();
    const { body } = await app.inject('/metrics');
    const kinds = [...body.matchAll(/^# TYPE (opsline_\S+) (\S+)$/gm)].map(
      ([, name = '', type]) => [name, type] as const,
    );
    expect(kinds.length).toBeGreaterThan(6);
    for (const [name, type] of kinds) {
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    }
  });

  test('shows how deep and how old each queue is', async () => {
    const { url, prefix } = testRedis();
    const redis = await openRedis(url);
    const queue = new Queue('echo', { prefix: `{${prefix}:echo}`, connection: redis });
    // The oldest stands behind a more urgent one.
    await queue.add('echo', {}, { priority: 10, timestamp: Date.now() - 90_000 });
    await queue.add('echo', {}, { priority: 1 });
    await queue.add('echo', {}, { delay: 60_000 });
    const { app } = await serve({ redis, prefix, pipelines: [echo] });
    const { body } = await app.inject('/metrics');
    expect(body).toContain('opsline_queue_jobs{queue="echo",state="waiting"} 2');
    expect(body).toContain('opsline_queue_jobs{queue="echo",state="delayed"} 1');
    expect(body).toContain('opsline_queue_jobs{queue="ingest",state="waiting"} 0');
    const age = Number(/opsline_queue_oldest_waiting_seconds\{queue="echo"\} (\S+)/.exec(body)?.[1]);
    expect(age).toBeGreaterThanOrEqual(90);
    expect(age).toBeLessThan(120);
  });
});

describe('/queues', () => {
  async function board() {
    const { url, prefix } = testRedis();
    const redis = await openRedis(url);
    const tokens = createRedisTokens(redis, prefix);
    const queue = new Queue('ingest', { prefix: `{${prefix}:ingest}`, connection: redis });
    const served = await serve({ redis, prefix, tokens, pipelines: [echo] });
    return { ...served, queue };
  }

  test('is for admins, who may come with a browser', async () => {
    const { app, bearer } = await board();
    const admin = await bearer('admin');
    const reader = await bearer('runs:read', 'runs:write');
    const none = await app.inject('/queues');
    expect(none.statusCode).toBe(401);
    expect(String(none.headers['www-authenticate'])).toContain('Basic');
    expect((await app.inject({ url: '/queues', headers: reader })).statusCode).toBe(403);
    const page = await app.inject({ url: '/queues', headers: admin });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('<base href="/queues/" />');
    expect(page.headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
    const basic = `Basic ${Buffer.from(`me:${admin.authorization.slice(7)}`).toString('base64')}`;
    expect((await app.inject({ url: '/queues/', headers: { authorization: basic } })).statusCode).toBe(200);
    const list = await app.inject({ url: '/queues/api/queues', headers: admin });
    expect(list.json().queues.map(({ name }: { name: string }) => name)).toEqual(['echo', 'ingest']);
  });

  test('retries a failed job', async () => {
    const { app, bearer, queue } = await board();
    const headers = await bearer('admin');
    let fails = 1;
    const { name, opts } = queue;
    const connection = connect(waitForever(testRedis().url));
    const worker = new Worker(
      name,
      async () => {
        if (fails-- > 0) throw new Error('once');
      },
      { prefix: opts.prefix ?? '', connection },
    );
    onTestFinished(async () => {
      await worker.close();
      connection.disconnect();
    });
    const failed = new Promise((resolve) => worker.once('failed', resolve));
    const completed = new Promise((resolve) => worker.once('completed', resolve));
    await queue.add('batch', {}, { jobId: 'batch-1' });
    await failed;
    const response = await app.inject({ method: 'PUT', url: '/queues/api/queues/ingest/batch-1/retry', headers });
    expect(response.statusCode).toBeLessThan(300);
    await completed;
  });

  test('does nothing else to a queue', async () => {
    const { app, bearer, queue } = await board();
    const headers = await bearer('admin');
    const job = await queue.add('batch', { a: 1 }, { jobId: 'batch-1' });
    const refused = [
      'ingest/empty',
      'ingest/pause',
      'ingest/obliterate',
      `ingest/${job.id}/clean`,
      'ingest/retry/failed',
    ];
    for (const path of refused) {
      const response = await app.inject({ method: 'PUT', url: `/queues/api/queues/${path}`, headers });
      expect(response.statusCode, path).toBe(405);
      expect(response.headers['content-type']).toContain('application/problem+json');
    }
    expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 1 });
    const post = await app.inject({ method: 'POST', url: '/queues/api/queues/ingest/add', headers, payload: {} });
    expect(post.statusCode).toBe(405);
  });

  test('retrying a run’s job retries the run', async () => {
    const { app, bearer, start, finished } = await board();
    const headers = await bearer('admin');
    const { id } = (await start('echo', 'x', { ...headers, prefer: 'wait=10' })).json();
    await finished(id);
    const response = await app.inject({ method: 'PUT', url: `/queues/api/queues/echo/${id}/retry`, headers });
    expect(response.statusCode).toBe(409);
    expect(response.json().code).toBe('run-not-retryable');
  });
});
