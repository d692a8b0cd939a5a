import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { createBoards } from '../../src/leaderboard/boards.ts';
import { testRedis } from '../helpers/redis.ts';
import { serve } from './serve.ts';

const event = { player: 'ada', score: 1, time: new Date().toISOString() };

test.each([
  ['a run', '/v1/pipelines/endless/runs', { text: 'x' }],
  ['a batch', '/v1/boards/race/events', [event]],
])('who waits for %s and goes away is not waited for any longer', async (_what, path, body) => {
  const boards = await createBoards(testRedis());
  onTestFinished(() => boards.close());
  await boards.define('race', { operator: 'sum', windows: ['all'] });
  const { app, runs } = await serve({ boards });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });

  const { promise: signal, resolve } = Promise.withResolvers<AbortSignal | undefined>();
  const [wait, waitForBatch] = [runs.wait.bind(runs), boards.waitForBatch.bind(boards)];
  runs.wait = (id, ms, until) => {
    resolve(until);
    return wait(id, ms, until);
  };
  boards.waitForBatch = (batch, ms, until) => {
    resolve(until);
    return waitForBatch(batch, ms, until);
  };
  const client = new AbortController();
  const headers = { 'content-type': 'application/json', prefer: 'wait=60' };
  const asked = fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body), signal: client.signal });
  const until = await signal;
  expect(until?.aborted).toBe(false);
  const ended = once(until as AbortSignal, 'abort');
  client.abort();
  await expect(asked).rejects.toThrow();
  await ended;
});
