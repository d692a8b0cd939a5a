import { expect, onTestFinished, test } from 'vitest';
import { createBoards } from '../../src/leaderboard/boards.ts';
import { testRedis } from '../helpers/redis.ts';
import { serve } from './serve.ts';

interface Operation {
  operationId?: string;
  description?: string;
  security?: object[];
  requestBody?: { content: Record<string, { schema: object }> };
  parameters?: { name: string; in: string }[];
  responses: Record<string, { content?: Record<string, { schema: { $ref?: string } }>; description?: string }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

/** The document of a service with everything in it. */
async function served(): Promise<Document> {
  const boards = await createBoards(testRedis());
  onTestFinished(() => boards.close());
  return (await (await serve({ boards })).app.inject('/openapi.json')).json();
}

const operations = (document: Document): [string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );

test('the document is OpenAPI 3.1 and lists every operation once', async () => {
  const document = await served();
  expect(document.openapi).toBe('3.1.0');
  const listed = operations(document);
  expect(listed.map(([name]) => name).sort()).toEqual([
    'DELETE /v1/boards/{board}/players/{player}',
    'DELETE /v1/boards/{board}/windows/{window}/entries/{player}',
    'DELETE /v1/runs/{id}',
    'GET /livez',
    'GET /readyz',
    'GET /v1/boards',
    'GET /v1/boards/{board}',
    'GET /v1/boards/{board}/audit',
    'GET /v1/boards/{board}/batches/{batch}',
    'GET /v1/boards/{board}/late',
    'GET /v1/boards/{board}/snapshots',
    'GET /v1/boards/{board}/snapshots/{number}',
    'GET /v1/boards/{board}/windows/{window}/around/{player}',
    'GET /v1/boards/{board}/windows/{window}/count',
    'GET /v1/boards/{board}/windows/{window}/entries',
    'GET /v1/boards/{board}/windows/{window}/entries/{player}',
    'GET /v1/boards/{board}/windows/{window}/export',
    'GET /v1/boards/{board}/windows/{window}/movers',
    'GET /v1/boards/{board}/windows/{window}/percentiles',
    'GET /v1/boards/{board}/windows/{window}/rank',
    'GET /v1/boards/{board}/windows/{window}/rank/{player}',
    'GET /v1/boards/{board}/windows/{window}/statistics',
    'GET /v1/boards/{board}/windows/{window}/top',
    'GET /v1/boards/{board}/windows/{window}/top/stream',
    'GET /v1/pipelines',
    'GET /v1/runs',
    'GET /v1/runs/{id}',
    'GET /v1/runs/{id}/events',
    'GET /v1/runs/{id}/record',
    'POST /v1/boards',
    'POST /v1/boards/{board}/events',
    'POST /v1/pipelines/broken/runs',
    'POST /v1/pipelines/echo/runs',
    'POST /v1/pipelines/endless/runs',
    'POST /v1/runs/{id}/retry',
    'PUT /v1/boards/{board}',
    'PUT /v1/boards/{board}/seasons/{season}',
    'PUT /v1/boards/{board}/windows/{window}/entries/{player}',
  ]);
  const ids = listed.map(([, { operationId }]) => operationId);
  expect(ids.every((id) => id !== undefined)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every path parameter is declared, and every reference leads somewhere', async () => {
  const document = await served();
  for (const [name, { parameters = [] }] of operations(document)) {
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
    expect(
      parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name),
      name,
    ).toEqual(inPath);
  }
  const text = JSON.stringify(document);
  for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    expect(document.components.schemas).toHaveProperty(name);
  }
  expect(text.match(/"\$ref":"(?!#\/components\/schemas\/)/)).toBeNull();
});

test('every error answer is a problem, and every guarded operation says its scope and its 401, 403, 429, 500 and 503', async () => {
  for (const [name, operation] of operations(await served())) {
    for (const [status, response] of Object.entries(operation.responses)) {
      expect(response.description, `${name} ${status}`).toBeTruthy();
      if (Number(status) < 400) continue;
      expect(response.content, `${name} ${status}`).toEqual({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      });
    }
    if (!name.includes('/v1/')) continue;
    expect(Object.keys(operation.responses), name).toEqual(expect.arrayContaining(['401', '403', '429', '500', '503']));
    expect(operation.security).toEqual([{ bearer: [] }]);
    expect(operation.description).toMatch(/Needs the scope `(runs|boards|hooks):(read|write)`/);
  }
});

test('a pipeline’s input stands in the document as its schema says', async () => {
  const { paths } = await served();
  expect(paths['/v1/pipelines/echo/runs']?.post?.requestBody?.content['application/json']?.schema).toMatchObject({
    type: 'object',
    properties: { text: { type: 'string', description: 'Any text' } },
    required: ['text'],
  });
});

test('/docs is a page of this service alone', async () => {
  const { app } = await serve();
  const page = await app.inject('/docs/');
  expect(page.headers['content-type']).toContain('text/html');
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain('upgrade-insecure-requests');
  for (const [, asset = ''] of page.body.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) {
    expect((await app.inject(`/docs/${asset}`)).statusCode, asset).toBe(200);
  }
});

test('events may be sent as NDJSON, and no other body is', async () => {
  const listed = operations(await served());
  const types = ([, { requestBody }]: [string, Operation]) => Object.keys(requestBody?.content ?? {});
  const [events] = listed.filter((each) => types(each).includes('application/x-ndjson'));
  expect(listed.filter((each) => types(each).includes('application/x-ndjson'))).toHaveLength(1);
  expect(events?.[0]).toBe('POST /v1/boards/{board}/events');
  expect(events?.[1].requestBody?.content).toMatchObject({
    'application/json': { schema: { type: 'array', items: { type: 'object' }, maxItems: 10_000 } },
    'application/x-ndjson': { schema: { type: 'string' } },
  });
});

test('whatever may be asked for with If-None-Match says its ETag', async () => {
  for (const [name, { parameters = [], responses }] of operations(await served())) {
    const conditional = parameters.some((each) => each.name === 'if-none-match');
    for (const status of ['200', '304']) {
      const headers = (responses[status] as { headers?: object } | undefined)?.headers ?? {};
      expect('ETag' in headers, `${status} of ${name}`).toBe(conditional);
    }
  }
});
