import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { endOpslines, type Opsline, startOpsline } from './support/opsline.ts';
import { until } from './support/processes.ts';

let folder: string;
let redis: EmbeddedRedis;
let api: Opsline;
let worker: Opsline;
let url: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-events-outage-'));
  redis = await startEmbeddedRedis(folder);
  api = startOpsline('api', redis.url, 'outage');
  worker = startOpsline('worker', redis.url, 'outage');
  url = `${await api.ready}/v1/boards/race`;
  await worker.ready;
  const json = { 'content-type': 'application/json' };
  const made = await fetch(url, { method: 'PUT', body: '{"operator":"sum","windows":["all"]}', headers: json });
  expect(made.status).toBe(201);
});
afterEach(async () => {
  await endOpslines();
  await redis.kill();
  await rm(folder, { recursive: true, force: true });
});

const time = new Date().toISOString();

/** Sends one event under a key, and how long the answer took, milliseconds. */
async function send(key: string, prefer?: string) {
  const begun = performance.now();
  const response = await fetch(`${url}/events`, {
    method: 'POST',
    body: JSON.stringify([{ player: 'ada', score: 1, time }]),
    headers: {
      'content-type': 'application/json',
      'idempotency-key': key,
      ...(prefer === undefined ? {} : { prefer }),
    },
  });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body, ms: performance.now() - begun };
}

describe('events of real processes while Redis is gone', () => {
  test('are refused at once with 503, and taken again, each once, when it is back', async ({ annotate }) => {
    for (let i = 0; i < 5; i += 1) expect((await send(`before-${i}`)).status).toBe(202);
    await redis.kill();
    await until(async () => (await send('before-0')).status === 503);
    const refused = [];
    for (let i = 0; i < 10; i += 1) refused.push(await send(`during-${i}`));
    for (const { status, headers, body } of refused) {
      expect({ status, body }).toMatchObject({ status: 503, body: { code: 'redis-unavailable', retryable: true } });
      expect(headers.get('retry-after')).toBe('1');
    }
    const slowest = Math.max(...refused.map(({ ms }) => ms));
    await annotate(`the slowest of ten refusals took ${slowest.toFixed(1)} ms`);
    // Nobody waits for Redis: neither its time limit for a command nor one for a connection.
    expect(slowest).toBeLessThan(1000);

    redis = await startEmbeddedRedis(folder);
    const back = performance.now();
    await until(async () => (await send('during-0')).status === 202);
    await annotate(`taken again ${(performance.now() - back).toFixed(0)} ms after Redis was back`);
    for (let i = 0; i < 10; i += 1) expect((await send(`during-${i}`, 'wait=20')).status).toBe(200);
    for (let i = 0; i < 5; i += 1) {
      expect(await send(`before-${i}`, 'wait=20')).toMatchObject({
        status: 200,
        body: { applied: 1, duplicate: true },
      });
    }
    const top = await (await fetch(`${url}/windows/all/top`)).json();
    expect(top).toMatchObject({ count: 1, entries: [{ player: 'ada', score: 15 }] });
  }, 60_000);

  test('may be under way: API and worker end within 10 s when they are told to', async ({ annotate }) => {
    // More than the worker can have applied by then.
    const body = JSON.stringify(Array.from({ length: 10_000 }, (_, i) => ({ player: `p${i}`, score: 1, time })));
    const sent = Array.from({ length: 8 }, () =>
      fetch(`${url}/events`, { method: 'POST', body, headers: { 'content-type': 'application/json' } }).catch(() => {}),
    );
    await Promise.race(sent);
    await redis.kill();
    const begun = performance.now();
    expect(await Promise.all([api.end('SIGTERM'), worker.end('SIGTERM')])).toEqual(['0', '0']);
    const seconds = (performance.now() - begun) / 1000;
    await annotate(`both had ended after ${seconds.toFixed(1)} s`);
    // Ten, and what a busy machine adds.
    expect(seconds).toBeLessThan(15);
    await Promise.all(sent);
  }, 60_000);
});
