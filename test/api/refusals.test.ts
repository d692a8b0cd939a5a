import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { harmlessJson } from '../../src/api/json-body.ts';
import { OpslineError } from '../../src/errors.ts';
import { serve } from './serve.ts';

const post = (payload: string | Buffer, type = 'application/json') => ({
  method: 'POST' as const,
  url: '/v1/pipelines/echo/runs',
  payload,
  headers: { 'content-type': type },
});

function expectProblem(
  response: { statusCode: number; headers: object; json(): unknown },
  status: number,
  code: string,
) {
  expect(response.statusCode).toBe(status);
  expect(response.headers).toMatchObject({ 'content-type': 'application/problem+json; charset=utf-8' });
  expect(response.json()).toMatchObject({
    type: `urn:opsline:error:${code}`,
    code,
    status,
    title: expect.any(String),
    detail: expect.any(String),
    instance: expect.stringMatching(/^urn:opsline:request:/),
  });
}

describe('bodies', () => {
  test.each(['{', '{"text": "x"', 'text', '{"text":"x","__proto__":{"a":1}}', '\u0000'])('%j is 400', async (body) => {
    const { app } = await serve();
    expectProblem(await app.inject(post(body)), 400, 'invalid-request');
  });

  test.each(['{"__proto__":{"a":1}}', '{"a":[{"\\u005f_proto__":1}]}', '{"constructor":{"prototype":{}}}'])(
    '%s is valid JSON, and refused by the name of its field',
    async (body) => {
      const { app } = await serve();
      const response = await app.inject(post(body));
      expectProblem(response, 400, 'invalid-request');
      expect(response.json().detail).toMatch(/has a field named `(__proto__|constructor)`/);
    },
  );

  test('a field of such a name is no harm where it is none, however deep the rest', async () => {
    const { app } = await serve();
    expectProblem(await app.inject(post('{"constructor":"x"}')), 422, 'invalid-input');
    const deep = 1_000_000;
    expect(() => harmlessJson(`${'['.repeat(deep)}"\\u0041"${']'.repeat(deep)}`)).not.toThrow();
  });

  test('bytes that are not UTF-8 are 400, another charset is 415', async () => {
    const { app } = await serve();
    expectProblem(
      await app.inject({ ...post(''), payload: Buffer.from('{"text":"J\xfcrgen"}', 'latin1') }),
      400,
      'invalid-request',
    );
    expectProblem(
      await app.inject(post('{"text":"x"}', 'application/json; charset=latin1')),
      415,
      'unsupported-media-type',
    );
  });

  test('no body, or one of another shape, is 422', async () => {
    const { app } = await serve();
    for (const body of ['', 'null', '[]', '"x"', '{}'])
      expectProblem(await app.inject(post(body)), 422, 'invalid-input');
  });

  test('another content type is 415', async () => {
    const { app } = await serve();
    for (const type of ['application/xml', 'application/x-yaml', 'application/jsonp']) {
      expectProblem(await app.inject(post('x', type)), 415, 'unsupported-media-type');
    }
  });

  test('JSON with a charset is taken', async () => {
    const { app } = await serve();
    expect((await app.inject(post('{"text":"x"}', 'application/json; charset=utf-8'))).statusCode).toBe(202);
  });

  test('more than 8 MiB is 413, just below is taken', async () => {
    const { app } = await serve();
    const sized = (bytes: number) => JSON.stringify({ text: '' }).replace('""', `"${'x'.repeat(bytes - 11)}"`);
    expectProblem(await app.inject(post(sized(8 * 1024 * 1024 + 1))), 413, 'payload-too-large');
    expect((await app.inject(post(sized(7 * 1024 * 1024)))).statusCode).toBe(202);
  });

  test('a body that is too large without saying so is cut off', async () => {
    const { app } = await serve({ bodyLimit: 1000 });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const address = app.server.address() as { port: number };
    const socket = connect(address.port, '127.0.0.1');
    socket.write(
      `POST /v1/pipelines/echo/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
        `800\r\n${'x'.repeat(0x800)}\r\n`,
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('413');
    expect(String(answer)).toContain('payload-too-large');
    socket.destroy();
  });
});

describe('addresses', () => {
  test.each(['/', '/v1', '/v1/nothing', '/v2/runs', `/${'x'.repeat(500)}`])('%s is 404', async (url) => {
    const { app } = await serve();
    expectProblem(await app.inject(url), 404, 'not-found');
  });

  test('a path that is no URL is 400', async () => {
    const { app } = await serve();
    expectProblem(await app.inject('/v1/runs/%zz'), 400, 'invalid-request');
  });

  test.each([
    ['PUT', '/v1/runs', 'GET, HEAD'],
    ['POST', '/v1/runs', 'GET, HEAD'],
    ['PATCH', '/v1/runs/run_x', 'DELETE, GET, HEAD'],
    ['GET', '/v1/runs/run_x/retry', 'POST'],
    ['GET', '/v1/pipelines/echo/runs', 'POST'],
    ['DELETE', '/v1/pipelines', 'GET, HEAD'],
  ] as const)('%s %s is 405 and Allow says %s', async (method, url, allow) => {
    const { app } = await serve();
    const response = await app.inject({ method, url, headers: { 'content-type': 'application/json' } });
    expectProblem(response, 405, 'method-not-allowed');
    expect(String(response.headers.allow).split(', ').sort().join(', ')).toBe(allow);
  });
});

describe('rates', () => {
  test('over the limit it is 429 with Retry-After, by token', async () => {
    const { app, bearer } = await serve({ rateLimit: { max: 3, windowMs: 60_000 } });
    const [one, two] = [await bearer('runs:read'), await bearer('runs:read')];
    const ask = (headers: Record<string, string>) => app.inject({ url: '/v1/runs', headers });
    for (let i = 0; i < 3; i++) expect((await ask(one)).statusCode).toBe(200);
    const limited = await ask(one);
    expectProblem(limited, 429, 'rate-limited');
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask(two)).statusCode).toBe(200);
  });

  test('guessing tokens is limited by address', async () => {
    const { app, bearer } = await serve({ rateLimit: { max: 3, windowMs: 60_000 } });
    const right = await bearer('runs:read');
    const guess = (i: number) =>
      app.inject({ url: '/v1/runs', headers: { authorization: `Bearer opsline_${String(i).padStart(16, '0')}_x` } });
    for (let i = 0; i < 3; i++) expect((await guess(i)).statusCode).toBe(401);
    expectProblem(await guess(3), 429, 'rate-limited');
    expect((await app.inject({ url: '/v1/runs', headers: right })).statusCode).toBe(200);
  });

  test('probes are never limited', async () => {
    const { app } = await serve({ rateLimit: { max: 1, windowMs: 60_000 } });
    for (let i = 0; i < 5; i++) expect((await app.inject('/readyz')).statusCode).toBe(200);
  });
});

describe('faults of our own', () => {
  const lines: string[] = [];
  const logger = pino(
    { level: 'info' },
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  );

  test('are 500 without a word of the cause, which the log holds under the same id', async () => {
    const { app, runs } = await serve({ logger });
    runs.list = async () => {
      throw Object.assign(new Error('secret place /srv/opsline/x.ts'), { command: { args: ['hunter2'] } });
    };
    const response = await app.inject({ url: '/v1/runs?pipeline=sesame', headers: { 'x-api-key': 'sesame' } });
    expectProblem(response, 500, 'internal');
    expect(response.body).not.toContain('secret place');
    const id = response.json().instance.replace('urn:opsline:request:', '');
    const log = lines.join('');
    expect(log).toContain('secret place');
    expect(log).toContain(id);
    expect(log).not.toContain('hunter2');
    expect(log).not.toContain('sesame');
  });

  test('the log holds no body, header or token', async () => {
    const { start, bearer } = await serve({ logger });
    const headers = await bearer('admin');
    await start('echo', 'very private evidence', headers);
    const log = lines.join('');
    expect(log).toContain('/v1/pipelines/echo/runs');
    expect(log).not.toContain('very private evidence');
    expect(log).not.toContain(headers.authorization.split('_')[2] ?? '');
  });

  test('Redis being away is 503 with Retry-After', async () => {
    const { app, runs } = await serve();
    runs.list = async () => {
      throw new OpslineError('redis-unavailable', 'Redis does not answer.');
    };
    const response = await app.inject('/v1/runs');
    expectProblem(response, 503, 'redis-unavailable');
    expect(response.headers['retry-after']).toBe('1');
  });
});

describe('on the wire', () => {
  const answerTo = async (bytes: string): Promise<string> => {
    const { app } = await serve();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1');
    socket.write(bytes);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    await once(socket, 'close');
    return answer;
  };

  test('bytes that are not HTTP get a problem too', async () => {
    const answer = await answerTo('hello?\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'invalid-request' });
  });

  test.each([
    ['no Host header', ''],
    ['two Host headers', 'Host: localhost\r\nHost: evil.test\r\n'],
  ])('%s is a problem', async (_what, hosts) => {
    const answer = await answerTo(`GET /livez HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'invalid-request' });
  });

  test('headers that are too large get a problem too', async () => {
    const answer = await answerTo(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('headers-too-large');
  });
});
