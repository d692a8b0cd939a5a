import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createBoards } from '../../src/leaderboard/boards.ts';
import { testRedis } from '../helpers/redis.ts';
import { type Served, serve } from './serve.ts';

async function listening({ app }: Served): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as { port: number }).port;
}

/** Holds every list of runs back until it is let go. */
function holdLists({ runs }: Served): { arrived: Promise<void>; letGo: () => void } {
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const list = runs.list.bind(runs);
  const arrived = new Promise<void>((resolve) => {
    runs.list = async (filter) => {
      resolve();
      await held;
      return list(filter);
    };
  });
  return { arrived, letGo: () => letGo() };
}

test('closing lets a request under way finish, turns away what follows it, and takes no new connection', async () => {
  const served = await serve();
  const { app } = served;
  const port = await listening(served);
  const { arrived, letGo } = holdLists(served);
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let answers = '';
  socket.on('data', (chunk) => {
    answers += chunk;
  });
  const ended = once(socket, 'close');

  const asked = 'GET /v1/runs HTTP/1.1\r\nHost: localhost\r\n\r\n';
  socket.write(asked);
  await arrived;
  const closed = app.close();
  while (app.server.listening) await turn();
  socket.write(asked);
  await expect(once(get({ port, path: '/livez' }), 'response')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  letGo();
  await Promise.all([closed, ended]);

  const [first = '', second = ''] = answers.split(/(?=HTTP\/1\.1 )/);
  expect(first).toMatch(/^HTTP\/1\.1 200 /);
  expect(first).toContain('{"runs":[]}');
  expect(second).toMatch(/^HTTP\/1\.1 503 [\s\S]*shutting-down/);
});

test('closing answers those who wait for a run with how it stands', async () => {
  const served = await serve();
  const port = await listening(served);
  const waiting = fetch(`http://127.0.0.1:${port}/v1/pipelines/endless/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=60' },
    body: '{"text":"x"}',
  });
  const listed = async () => (await served.runs.list({ limit: 1 })).runs[0];
  while ((await listed())?.status !== 'running') await turn();
  const begun = Date.now();
  await served.app.close();
  expect(Date.now() - begun).toBeLessThan(2000);
  const response = await waiting;
  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({ pipeline: 'endless', status: 'running' });
});

test('closing does not wait for idle connections', async () => {
  const served = await serve();
  const port = await listening(served);
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const [response] = (await once(get({ port, path: '/livez', agent }), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  const begun = Date.now();
  await served.app.close();
  expect(Date.now() - begun).toBeLessThan(2000);
});

test('closing answers those who wait for a batch with how far it is', async () => {
  const boards = await createBoards(testRedis());
  onTestFinished(() => boards.close());
  await boards.define('race', { operator: 'sum', windows: ['all'] });
  const served = await serve({ boards });
  const port = await listening(served);
  const wait = boards.waitForBatch.bind(boards);
  const waits = new Promise<void>((resolve) => {
    boards.waitForBatch = (...args) => {
      resolve();
      return wait(...args);
    };
  });
  // Nobody applies it: there is no worker.
  const waiting = fetch(`http://127.0.0.1:${port}/v1/boards/race/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=60', 'idempotency-key': 'one' },
    body: JSON.stringify([{ player: 'ada', score: 1, time: new Date().toISOString() }]),
  });
  await waits;
  await served.app.close();
  const response = await waiting;
  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({ batch: 'one', parts: 1, applied: 0 });
});

test('closing ends the events of a run that goes on, also over a connection that the client would keep', async () => {
  const served = await serve();
  const port = await listening(served);
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const { id } = (await served.start('endless', 'x')).json();
  const [response] = (await once(get({ port, path: `/v1/runs/${id}/events`, agent }), 'response')) as [IncomingMessage];
  const events = text(response);
  await served.app.close();
  expect(await events).toMatch(/^event: queued$/m);
});

test('closing ends the events of a run that were asked for just before', async () => {
  const served = await serve();
  const port = await listening(served);
  const { id } = (await served.start('endless', 'x')).json();
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const find = served.runs.get.bind(served.runs);
  const asked = new Promise<void>((resolve) => {
    served.runs.get = async (run) => {
      resolve();
      await held;
      return find(run);
    };
  });
  const events = fetch(`http://127.0.0.1:${port}/v1/runs/${id}/events`).then((response) => response.text());
  await asked;
  const closed = served.app.close();
  while (served.app.server.listening) await turn();
  letGo();
  await closed;
  expect(await events).toContain('retry: 1000');
});
