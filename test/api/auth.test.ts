import { describe, expect, test } from 'vitest';
import { Scope } from '../../src/api/scopes.ts';
import { createServer } from '../../src/api/server.ts';
import { createMemoryTokens } from '../../src/api/tokens.ts';
import { noModel } from '../../src/model/predictor.ts';
import { createMemoryRuns } from '../../src/runs/memory-runs.ts';
import { pipelines, serve } from './serve.ts';

const RUN = 'run_01940000-0000-7000-8000-000000000000';
const PUBLIC = ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs/'];
const GUARDED = [
  ['GET', '/v1/pipelines', 'runs:read'],
  ['POST', '/v1/pipelines/echo/runs', 'runs:write'],
  ['POST', '/v1/pipelines/unknown/runs', 'runs:write'],
  ['GET', '/v1/runs', 'runs:read'],
  ['GET', `/v1/runs/${RUN}`, 'runs:read'],
  ['DELETE', `/v1/runs/${RUN}`, 'runs:write'],
  ['POST', `/v1/runs/${RUN}/retry`, 'runs:write'],
  ['GET', `/v1/runs/${RUN}/events`, 'runs:read'],
  ['GET', `/v1/runs/${RUN}/record`, 'runs:read'],
] as const;

describe('with tokens', () => {
  test.each(GUARDED)('%s %s needs a token with %s', async (method, url, scope) => {
    const { app, bearer } = await serve();
    const ask = (headers: Record<string, string> = {}) =>
      app.inject({ method, url, headers: { ...headers, 'content-type': 'application/json' } });

    const [right, admin] = [await bearer(scope), await bearer('admin')];
    const others = await bearer(...Scope.options.filter((other) => other !== scope && other !== 'admin'));

    const none = await ask();
    expect(none.statusCode).toBe(401);
    expect(none.json().code).toBe('unauthorized');
    expect(String(none.headers['www-authenticate'])).toBe('Bearer realm="opsline"');

    const wrong = await ask({ authorization: `${right.authorization.slice(0, -1)}x` });
    expect(wrong.statusCode).toBe(401);
    expect(String(wrong.headers['www-authenticate'])).toContain('invalid_token');

    const scopeless = await ask(others);
    expect(scopeless.statusCode).toBe(403);
    expect(scopeless.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining(scope) });
    expect(scopeless.headers['www-authenticate']).toContain(`scope="${scope}"`);

    expect([401, 403]).not.toContain((await ask(right)).statusCode);
    expect([401, 403]).not.toContain((await ask(admin)).statusCode);
  });

  test('HEAD is guarded as GET is, and OPTIONS tells a foreign page nothing', async () => {
    const { app, bearer } = await serve();
    const headers = await bearer('runs:read');
    expect((await app.inject({ method: 'HEAD', url: '/v1/runs' })).statusCode).toBe(401);
    expect((await app.inject({ method: 'HEAD', url: '/v1/runs', headers })).statusCode).toBe(200);
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/v1/runs',
      headers: { origin: 'http://evil.test', 'access-control-request-method': 'DELETE' },
    });
    expect(preflight.statusCode).toBe(405);
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('what needs no token holds no secret and takes any Host', async () => {
    const { app, bearer } = await serve();
    await bearer('admin');
    for (const url of PUBLIC) {
      expect((await app.inject({ url, headers: { host: 'ops.example.test' } })).statusCode, url).toBe(200);
    }
  });

  test('any Host is answered, for the token proves who asks', async () => {
    const { app, bearer } = await serve();
    const headers = { ...(await bearer('runs:read')), host: 'ops.example.test' };
    expect((await app.inject({ url: '/v1/runs', headers })).statusCode).toBe(200);
  });

  test('a token for a page may be the password of Basic, but not for the API', async () => {
    const { app, bearer } = await serve();
    const token = (await bearer('admin')).authorization.slice('Bearer '.length);
    const headers = { authorization: `Basic ${Buffer.from(`me:${token}`).toString('base64')}` };
    expect((await app.inject({ url: '/v1/runs', headers })).statusCode).toBe(401);
  });

  test('a revoked token stops at once, and revoking the last one opens the loopback service again', async () => {
    const { app, tokens } = await serve();
    const { token, info } = await tokens.create({ name: 'x', scopes: ['runs:read'] });
    const headers = { authorization: `Bearer ${token}` };
    expect((await app.inject({ url: '/v1/runs', headers })).statusCode).toBe(200);
    await tokens.revoke(info.id);
    expect((await app.inject({ url: '/v1/runs', headers })).statusCode).toBe(401);
    expect((await app.inject('/v1/runs')).statusCode).toBe(200);
  });
});

describe('open on loopback', () => {
  test.each(['localhost', 'localhost:7878', '127.0.0.1:80', '[::1]:7878'])('Host %s is answered', async (host) => {
    const { app } = await serve();
    expect((await app.inject({ url: '/v1/runs', headers: { host } })).statusCode).toBe(200);
  });

  test.each(['evil.test', 'evil.test:7878', '127.0.0.1.evil.test', '10.0.0.7', 'localhost@evil.test'])(
    'Host %s is refused (DNS rebinding)',
    async (host) => {
      const { app, runs } = await serve();
      const read = await app.inject({ url: '/v1/runs', headers: { host } });
      expect(read.statusCode).toBe(403);
      expect(read.json().code).toBe('host-not-allowed');
      const write = await app.inject({
        method: 'POST',
        url: '/v1/pipelines/echo/runs',
        headers: { host },
        payload: { text: 'x' },
      });
      expect(write.statusCode).toBe(403);
      expect((await runs.list({ limit: 1 })).runs).toEqual([]);
    },
  );

  test.each([
    undefined,
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
  ])('a POST as %s, which any page could send, is refused', async (type) => {
    const { app, runs, start, finished } = await serve();
    const headers = type === undefined ? {} : { 'content-type': type };
    const failed = (await start('broken', 'x', { prefer: 'wait=10' })).json();
    for (const url of ['/v1/pipelines/echo/runs', `/v1/runs/${failed.id}/retry`]) {
      const response = await app.inject({ method: 'POST', url, headers });
      expect(response.statusCode, url).toBe(415);
      expect(response.json().code).toBe('unsupported-media-type');
    }
    expect(await finished(failed.id)).toMatchObject({ finishedAt: failed.finishedAt });
    expect((await runs.list({ limit: 5 })).runs).toHaveLength(1);
  });

  test('a page of another origin is refused, the service’s own is not', async () => {
    const { app } = await serve();
    const ask = (origin: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/pipelines/echo/runs',
        headers: { host: 'localhost:7878', origin },
        payload: { text: 'x' },
      });
    expect((await ask('http://evil.test')).statusCode).toBe(403);
    expect((await ask('null')).statusCode).toBe(403);
    expect((await ask('http://localhost:9999')).statusCode).toBe(403);
    expect((await ask('http://localhost:7878')).statusCode).toBe(202);
  });

  test('a bad token is not overlooked', async () => {
    const { app } = await serve();
    for (const authorization of [
      'Bearer x',
      'Bearer',
      'Basic eDp5',
      `Bearer opsline_${'0'.repeat(16)}_${'0'.repeat(64)}`,
    ]) {
      expect((await app.inject({ url: '/v1/runs', headers: { authorization } })).statusCode).toBe(401);
    }
  });

  test('names beside loopback ones can be allowed', async () => {
    const { app } = await serve({ allowedHosts: ['Ops.example.test'] });
    const ask = (host: string) => app.inject({ url: '/v1/runs', headers: { host } });
    expect((await ask('ops.example.test')).statusCode).toBe(200);
    expect((await ask('localhost')).statusCode).toBe(200);
    expect((await ask('evil.test')).statusCode).toBe(403);
  });
});

describe('beyond loopback', () => {
  const options = () => ({ runs: createMemoryRuns({ pipelines, predictor: noModel() }), pipelines });

  test.each(['0.0.0.0', '::', '10.1.2.3'])('%s without a token does not start', async (host) => {
    await expect(createServer({ ...options(), tokens: createMemoryTokens(), host })).rejects.toMatchObject({
      code: 'open-bind-refused',
      message: expect.stringContaining('opsline token create'),
    });
  });

  test('it starts with a token, and is closed even when the last one is revoked', async () => {
    const tokens = createMemoryTokens();
    const { token, info } = await tokens.create({ name: 'x', scopes: ['runs:read'] });
    const { app } = await serve({ tokens, host: '0.0.0.0' });
    expect((await app.inject('/v1/runs')).statusCode).toBe(401);
    expect((await app.inject({ url: '/v1/runs', headers: { authorization: `Bearer ${token}` } })).statusCode).toBe(200);
    await tokens.revoke(info.id);
    expect((await app.inject('/v1/runs')).statusCode).toBe(401);
  });
});
