import type { LightMyRequestResponse as Response } from 'fastify';
import { describe, expect, test } from 'vitest';
import type { EnqueueOptions } from '../../src/runs/runs.ts';
import { pipelines, serve } from './serve.ts';

describe('starting a run', () => {
  test('answers 202 with the run and where to find it', async () => {
    const { app, start, finished } = await serve();
    const response = await start('echo', 'hello');
    expect(response.statusCode).toBe(202);
    const { id } = response.json();
    expect(response.headers.location).toBe(`/v1/runs/${id}`);
    expect(response.headers['preference-applied']).toBeUndefined();
    await finished(id);
    const run = await app.inject(`/v1/runs/${id}`);
    expect(run.statusCode).toBe(200);
    expect(run.json()).toMatchObject({
      id,
      pipeline: 'echo',
      version: 3,
      status: 'succeeded',
      mode: 'rules',
      output: { text: 'hello' },
    });
  });

  test('Prefer: wait answers 200 with the finished run', async () => {
    const { start } = await serve();
    const response = await start('echo', 'now', { prefer: 'respond-async, wait=20' });
    expect(response.statusCode).toBe(200);
    expect(response.headers['preference-applied']).toBe('wait=20');
    expect(response.json()).toMatchObject({ status: 'succeeded', output: { text: 'now' } });
  });

  test('Prefer: wait answers 202 when the run takes longer, and is bounded', async () => {
    const { start } = await serve();
    const begun = Date.now();
    const response = await start('endless', 'x', { prefer: 'wait=1' });
    expect(response.statusCode).toBe(202);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(950);
    expect(response.headers['preference-applied']).toBe('wait=1');
    expect((await start('echo', 'x', { prefer: 'wait=9999' })).headers['preference-applied']).toBe('wait=60');
  });

  test('explanations come before fixes, and fixes before the rest', async () => {
    const seen: Record<string, number | undefined> = {};
    const [echo] = pipelines;
    if (echo === undefined) throw new Error('no pipeline');
    const named = ['deploy-explanation', 'policy-fix', 'leaderboard-stats'].map((name) => ({ ...echo, name }));
    const { start, runs } = await serve({ pipelines: [...named, ...pipelines] });
    const enqueue = runs.enqueue.bind(runs);
    runs.enqueue = (name, input, options) => {
      seen[name] = options?.priority;
      return enqueue('echo', input, options);
    };
    for (const { name } of named) await start(name, 'x');
    expect(seen['deploy-explanation']).toBeLessThan(seen['policy-fix'] ?? 0);
    expect(seen['policy-fix']).toBeLessThan(seen['leaderboard-stats'] ?? 0);
  });

  test('a W3C trace context is passed on, anything else is dropped', async () => {
    const { start, runs } = await serve();
    const seen: EnqueueOptions[] = [];
    const enqueue = runs.enqueue.bind(runs);
    runs.enqueue = (name, input, options) => {
      seen.push(options ?? {});
      return enqueue(name, input, options);
    };
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { id } = (await start('echo', 'x', { traceparent, prefer: 'wait=5' })).json();
    await start('echo', 'x', { traceparent: '00-00000000000000000000000000000000-00f067aa0ba902b7-01' });
    await start('echo', 'x', { traceparent: 'rubbish' });
    expect(seen.map((options) => options.traceparent)).toEqual([traceparent, undefined, undefined]);
    expect((await runs.record(id)).traceparent).toBe(traceparent);
  });

  test('an input that does not fit is 422 with a pointer to each place', async () => {
    const { app } = await serve();
    const response = await app.inject({ method: 'POST', url: '/v1/pipelines/echo/runs', payload: { text: 5 } });
    expect(response.statusCode).toBe(422);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.json()).toMatchObject({
      type: 'urn:opsline:error:invalid-input',
      code: 'invalid-input',
      status: 422,
      retryable: false,
      errors: [{ pointer: '#/text', detail: expect.stringContaining('string') }],
    });
  });

  test('a pipeline that does not exist is named, with those that do', async () => {
    const { start } = await serve();
    const response = await start('ech0', 'x');
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ code: 'pipeline-not-found', detail: expect.stringContaining('echo') });
  });
});

describe('Idempotency-Key', () => {
  test('the same key and body give the same run, whatever the order of members', async () => {
    const { app, start, finished } = await serve();
    const first = await start('echo', 'once', { 'idempotency-key': 'k1' });
    const { id } = first.json();
    await finished(id);
    const again = await start('echo', 'once', { 'idempotency-key': 'k1' });
    expect(again.statusCode).toBe(200);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.headers.location).toBe(first.headers.location);
    expect(again.json()).toMatchObject({ id, status: 'succeeded' });
    expect((await app.inject('/v1/runs')).json().runs).toHaveLength(1);
  });

  test('another body is 422, and starts nothing', async () => {
    const { app, start } = await serve();
    await start('echo', 'one', { 'idempotency-key': 'k1' });
    const response = await start('echo', 'two', { 'idempotency-key': 'k1' });
    expect(response.statusCode).toBe(422);
    expect(response.json().code).toBe('idempotency-conflict');
    expect((await app.inject('/v1/runs')).json().runs).toHaveLength(1);
  });

  test('another pipeline or another token with the same key gives another run', async () => {
    const { start, bearer } = await serve();
    const [one, two] = [await bearer('runs:write'), await bearer('runs:write')];
    const key = { 'idempotency-key': 'k1' };
    const ids = await Promise.all([
      start('echo', 'x', { ...one, ...key }),
      start('echo', 'x', { ...two, ...key }),
      start('broken', 'x', { ...one, ...key }),
      start('echo', 'x', { ...one, ...key }),
    ]);
    const [a, b, c, d] = ids.map((response) => response.json().id);
    expect(new Set([a, b, c]).size).toBe(3);
    expect(d).toBe(a);
  });

  test('a key that is empty, too long or not visible ASCII is malformed', async () => {
    const { start } = await serve();
    for (const key of ['', 'x'.repeat(256), 'a b', 'schlüssel']) {
      const response = await start('echo', 'x', { 'idempotency-key': key });
      expect(response.statusCode, key).toBe(400);
      expect(response.json()).toMatchObject({
        code: 'invalid-request',
        errors: [{ parameter: 'idempotency-key' }],
      });
    }
  });
});

describe('listing runs', () => {
  test('newest first, by pipeline and status, without outputs', async () => {
    const { app, start } = await serve();
    for (const text of ['1', '2']) await start('echo', text, { prefer: 'wait=10' });
    await start('broken', 'x', { prefer: 'wait=10' });
    const all = (await app.inject('/v1/runs')).json();
    expect(all.runs.map((run: { pipeline: string }) => run.pipeline)).toEqual(['broken', 'echo', 'echo']);
    expect(all.runs.every((run: object) => !('output' in run))).toBe(true);
    expect(all.cursor).toBeUndefined();
    expect((await app.inject('/v1/runs?pipeline=echo')).json().runs).toHaveLength(2);
    expect((await app.inject('/v1/runs?status=failed')).json().runs).toMatchObject([
      { pipeline: 'broken', error: { code: 'policy-refused' } },
    ]);
    expect((await app.inject('/v1/runs?status=failed&pipeline=echo')).json().runs).toEqual([]);
  });

  test.each(['cursor=sesame', 'state=failed'])(
    '%s is refused, for it would give other runs than meant',
    async (query) => {
      const { app } = await serve();
      const response = await app.inject(`/v1/runs?${query}`);
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({ code: 'invalid-request', errors: [{ detail: expect.any(String) }] });
    },
  );

  test('the Link header leads through all pages, each run once', async () => {
    const { app, start } = await serve();
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await start('echo', String(i))).json().id);
    const seen: string[] = [];
    let url: string | undefined = '/v1/runs?limit=2&pipeline=echo';
    while (url !== undefined) {
      const page: Response = await app.inject(url);
      expect(page.statusCode).toBe(200);
      seen.push(...page.json().runs.map((run: { id: string }) => run.id));
      url = /^<([^>]+)>; rel="next"$/.exec(String(page.headers.link ?? ''))?.[1];
      if (url !== undefined) expect(url).toContain('pipeline=echo');
    }
    expect(seen).toEqual(made);
  });

  test.each(['limit=0', 'limit=101', 'limit=x', 'status=done'])('%s is malformed', async (query) => {
    const { app } = await serve();
    const response = await app.inject(`/v1/runs?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid-request', errors: [{ parameter: query.split('=')[0] }] });
  });
});

describe('one run', () => {
  test('is cancelled while it runs, once', async () => {
    const { app, start, finished } = await serve();
    const { id } = (await start('endless', 'x')).json();
    const response = await app.inject({ method: 'DELETE', url: `/v1/runs/${id}` });
    expect([200, 202]).toContain(response.statusCode);
    expect(await finished(id)).toMatchObject({ status: 'cancelled' });
    const again = await app.inject({ method: 'DELETE', url: `/v1/runs/${id}` });
    expect(again.statusCode).toBe(409);
    expect(again.json().code).toBe('run-finished');
  });

  test('is retried when it failed, and only then', async () => {
    const { app, start, finished } = await serve();
    const { id } = (await start('broken', 'x', { prefer: 'wait=10' })).json();
    const headers = { 'content-type': 'application/json' };
    const response = await app.inject({ method: 'POST', url: `/v1/runs/${id}/retry`, headers });
    expect(response.statusCode).toBe(202);
    expect(response.headers.location).toBe(`/v1/runs/${id}`);
    expect(await finished(id)).toMatchObject({ status: 'failed' });
    const fine = (await start('echo', 'x', { prefer: 'wait=10' })).json();
    const refused = await app.inject({ method: 'POST', url: `/v1/runs/${fine.id}/retry`, headers });
    expect(refused.statusCode).toBe(409);
    expect(refused.json().code).toBe('run-not-retryable');
  });

  test('has a record with its input and journal', async () => {
    const { app, start } = await serve();
    const { id } = (await start('echo', 'kept', { prefer: 'wait=10' })).json();
    const response = await app.inject(`/v1/runs/${id}/record`);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      schema: 1,
      run: { id, status: 'succeeded' },
      input: { text: 'kept' },
      journal: [{ step: 'copy', kind: 'do' }],
    });
  });

  test.each([
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/retry'],
    ['GET', '/events'],
    ['GET', '/record'],
  ] as const)('%s /v1/runs/{id}%s of no run is 404', async (method, rest) => {
    const { app } = await serve();
    const headers = { 'content-type': 'application/json' };
    for (const id of ['run_01940000-0000-7000-8000-000000000000', 'nonsense', '..%2f..%2fx', '%7Brun%7D']) {
      const response = await app.inject({ method, url: `/v1/runs/${id}${rest}`, headers });
      expect(response.statusCode, id).toBe(404);
      expect(response.json().code).toBe('run-not-found');
    }
  });
});

test('GET /v1/pipelines describes inputs and outputs as JSON Schema', async () => {
  const { app } = await serve();
  const { pipelines: listed } = (await app.inject('/v1/pipelines')).json();
  expect(listed.map((pipeline: { name: string }) => pipeline.name)).toEqual(['echo', 'broken', 'endless']);
  expect(listed[0]).toMatchObject({
    version: 3,
    timeoutMs: 300_000,
    input: { type: 'object', properties: { text: { type: 'string', description: 'Any text' } }, required: ['text'] },
    output: { type: 'object', required: ['text'] },
  });
});
