import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ClusterClient } from '../../src/kubernetes/client.ts';

interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly type: string | undefined;
  readonly body: string;
}

const seen: Seen[] = [];
let answer: { status: number; headers?: Record<string, string | string[]>; body: string };
const server = createServer(async (request: IncomingMessage, response) => {
  const url = new URL(request.url ?? '/', 'http://api');
  const { method = '' } = request;
  seen.push({ method, url, type: request.headers['content-type'], body: await text(request) });
  response.writeHead(answer.status, answer.headers).end(answer.body);
});
let client: ClusterClient;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = await ClusterClient.open(
    {
      name: 'test',
      cluster: { name: 'test', server: `http://127.0.0.1:${port}`, skipTLSVerify: false },
      user: { name: 'u' },
    },
    { signal: new AbortController().signal, wholeMs: 60_000 },
  );
});
afterAll(async () => {
  client.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  seen.length = 0;
  answer = { status: 201, body: '{"kind":"Pod"}' };
});

const COLLECTION = '/api/v1/namespaces/shop/pods';

describe('what a client of a cluster sends', () => {
  it('is a GET, or a dry run with strict validation', async () => {
    await client.json('/version');
    await client.tryOut({ path: COLLECTION, object: { kind: 'Pod' } });
    await client.tryOut({ path: `${COLLECTION}/web`, object: { kind: 'Pod' }, manager: 'helm & co' });
    expect(seen.map(({ method, type, body }) => [method, type, body])).toEqual([
      ['GET', undefined, ''],
      ['POST', 'application/json', '{"kind":"Pod"}'],
      ['PATCH', 'application/apply-patch+yaml', '{"kind":"Pod"}'],
    ]);
    const [, created, applied] = seen.map(({ url }) => Object.fromEntries(url.searchParams));
    expect(created).toEqual({ dryRun: 'All', fieldValidation: 'Strict' });
    expect(applied).toEqual({ dryRun: 'All', fieldValidation: 'Strict', fieldManager: 'helm & co', force: 'true' });
  });

  it('never leaves the dry run out, whatever path and manager are', async () => {
    const words = fc.stringMatching(/^[a-z?#&=% /.]{0,12}$/);
    await fc.assert(
      fc.asyncProperty(words, fc.option(words, { nil: undefined }), async (rest, manager) => {
        seen.length = 0;
        const trial = { path: `${COLLECTION}${rest}`, object: {}, ...(manager === undefined ? {} : { manager }) };
        await client.tryOut(trial).catch((error: unknown) => expect(error).toBeInstanceOf(TypeError));
        for (const { url } of seen) expect(url.searchParams.getAll('dryRun')).toEqual(['All']);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses a path that is none of an API before anything is sent', async () => {
    for (const path of ['/version', '/api/v1/pods?dryRun=', '/api/v1/pods#', 'http://elsewhere/api/v1/pods'])
      await expect(client.tryOut({ path, object: {} })).rejects.toThrow(TypeError);
    expect(seen).toEqual([]);
  });
});

describe('what a client of a cluster gives', () => {
  it('a refusal as a verdict, with warnings', async () => {
    answer = {
      status: 403,
      headers: { warning: ['299 - "would violate \\"x\\""', '299 - "second"'] },
      body: '{"kind":"Status","message":"no"}',
    };
    expect(await client.tryOut({ path: COLLECTION, object: {} })).toEqual({
      status: 403,
      body: { kind: 'Status', message: 'no' },
      warnings: ['would violate "x"', 'second'],
    });
  });

  it('bad credentials, and an answer that is no JSON, as failures', async () => {
    answer = { status: 401, body: '{"message":"Unauthorized"}' };
    await expect(client.tryOut({ path: COLLECTION, object: {} })).rejects.toMatchObject({ why: 'unauthorized' });
    answer = { status: 502, body: '<html>' };
    await expect(client.tryOut({ path: COLLECTION, object: {} })).rejects.toMatchObject({ why: 'failed' });
  });
});
