import { expect, test } from 'vitest';
import type { Exchange, ModelRequest } from '../../../src/model/fetch/chain.ts';
import { memoryCounters } from '../../../src/model/fetch/counters.ts';
import { rateLimit } from '../../../src/model/fetch/rate-limit.ts';

const request = { signal: new AbortController().signal } as ModelRequest;
const exchange = { provider: 'test' } as Exchange;
const answer = { status: 200, headers: new Headers(), body: {} };

test('so many requests a minute go out, the others wait for the next minute of the clock', async () => {
  let time = 60_000 * 100 + 45_000;
  const waits: number[] = [];
  const sent: number[] = [];
  const link = rateLimit({
    perMinute: 2,
    counters: memoryCounters(() => time),
    now: () => time,
    wait: async (ms) => {
      waits.push(ms);
      time += ms;
    },
  });
  const send = link(async () => {
    sent.push(time);
    return answer;
  });
  for (let index = 0; index < 5; index += 1) await send(request, exchange);
  expect(waits).toEqual([15_000, 60_000]);
  expect(sent.map((at) => Math.floor(at / 60_000))).toEqual([100, 100, 101, 101, 102]);
});

test('providers are counted apart, and a provider without a limit never waits', async () => {
  const never = async (): Promise<never> => {
    throw new Error('waited');
  };
  const counters = memoryCounters();
  const send = rateLimit({ perMinute: 1, counters, wait: never })(async () => answer);
  await send(request, exchange);
  await send(request, { ...exchange, provider: 'other' });
  await expect(send(request, exchange)).rejects.toThrow('waited');
  const free = rateLimit({ counters, wait: never })(async () => answer);
  for (let index = 0; index < 5; index += 1) await free(request, exchange);
});

test('a run that is aborted while it waits stops waiting', async () => {
  const abort = new AbortController();
  const send = rateLimit({ perMinute: 1, counters: { add: async () => 2 } })(async () => answer);
  const waiting = send({ ...request, signal: abort.signal }, exchange);
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});

test('counters forget what nobody added to', async () => {
  let time = 0;
  const counters = memoryCounters(() => time);
  expect(await counters.add('a', 5, 10)).toBe(5);
  time = 9_000;
  expect(await counters.add('a', 1, 10)).toBe(6);
  time = 20_000;
  expect(await counters.add('a', 1, 10)).toBe(1);
});
