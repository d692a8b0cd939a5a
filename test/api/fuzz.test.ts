import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/errors.ts';
import { createBoards } from '../../src/leaderboard/boards.ts';
import { testRedis } from '../helpers/redis.ts';
import { broken, echo, serve } from './serve.ts';

type Document = { paths: Record<string, Record<string, { responses: Record<string, unknown> }>> };

const headerText = fc.string({ unit: fc.constantFrom(...'aZ09 ="\';,/:{}%\\-_.~*é'), maxLength: 30 });
const content = fc.oneof(
  { weight: 3, arbitrary: fc.constant('application/json') },
  fc.constantFrom(
    'text/plain',
    'application/x-ndjson',
    'application/json; charset=utf-8',
    'application/octet-stream',
    '',
  ),
);
const body = fc.oneof(
  fc.record({ text: fc.string() }).map((value) => JSON.stringify(value)),
  fc
    .array(fc.record({ player: fc.string(), score: fc.oneof(fc.integer(), fc.double()), time: fc.string() }), {
      maxLength: 3,
    })
    .map((value) => JSON.stringify(value)),
  fc
    .record({ id: fc.constantFrom('daily', 'weekly', 'Ä'), operator: fc.constantFrom('best', 'sum', 'x') })
    .map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string(),
  fc.constant(''),
);

test('whatever is sent, the answer is one that the OpenAPI document names, and every error is a problem', async () => {
  const boards = await createBoards(testRedis());
  onTestFinished(() => boards.close());
  await boards.define('daily', { operator: 'best', windows: ['all'] });
  const rateLimit = { max: 1e9, windowMs: 60_000 };
  const { app, start } = await serve({ pipelines: [echo, broken], boards, rateLimit });
  const document: Document = (await app.inject('/openapi.json')).json();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => ({ path, method, answers: Object.keys(responses) })),
  );
  const known: string[] = (
    await Promise.all(['echo', 'broken'].map((name) => start(name, 'x', { prefer: 'wait=10' })))
  ).map((response) => response.json().id);

  const part = fc.oneof(
    fc.constantFrom(...known, 'daily', 'all', 'day:2026-11-23'),
    fc.string({ minLength: 1, maxLength: 60 }).map(encodeURIComponent),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...operations),
      fc.array(part, { minLength: 3, maxLength: 3 }),
      fc.record({ type: content, body }),
      fc.dictionary(
        fc.constantFrom('limit', 'cursor', 'status', 'pipeline', 'p', 'span', 'offset', 'x'),
        fc.string({ maxLength: 12 }),
      ),
      fc.dictionary(
        fc.constantFrom(
          'idempotency-key',
          'prefer',
          'traceparent',
          'last-event-id',
          'authorization',
          'origin',
          'accept',
        ),
        headerText,
      ),
      async (operation, parts, { type, body }, query, headers) => {
        const takesBody = operation.method === 'post' || operation.method === 'put';
        // A stream of a board that is there goes on, and would never be answered.
        const streams = operation.path.endsWith('/top/stream');
        const names = streams ? parts.map((part) => (/^(?:daily|weekly)$/.test(part) ? 'nobody' : part)) : parts;
        let place = 0;
        const request: InjectOptions = {
          method: operation.method.toUpperCase() as 'GET',
          url: operation.path.replaceAll(/\{\w+\}/g, () => names[place++] ?? ''),
          query,
          headers: { ...headers, ...(takesBody && type !== '' ? { 'content-type': type } : {}) },
          ...(takesBody ? { payload: body } : {}),
        };
        const response = await app.inject(request);
        const { statusCode } = response;
        expect(statusCode, response.body).not.toBe(500);
        expect(operation.answers).toContain(String(statusCode));
        if (statusCode < 400) return;
        expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
        const problem = response.json();
        expect(ERRORS[problem.code as ErrorCode]).toMatchObject({ status: statusCode, title: problem.title });
      },
    ),
    { numRuns: 600 },
  );
});
