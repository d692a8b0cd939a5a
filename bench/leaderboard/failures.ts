/** How long a killed worker's batch takes to be visible, and what Redis being gone does to those who send and to a stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { batches, type Figure, http, median, type Program, type Stage, startOpsline, wire } from './harness.ts';

/** Kills a worker that holds parts, `repeats` times; another one is there to take them over. */
export async function measureKilledWorker({ redis, server }: Stage, repeats: number): Promise<Figure[]> {
  const api = await startOpsline('api', server.url);
  const survivor = await startOpsline('worker', server.url);
  const taken: number[] = [];
  try {
    for (let round = 0; round < repeats; round += 1) {
      const id = `killed-${round}`;
      await define(api, id);
      const victim = await startOpsline('worker', server.url);
      const bodies = batches(100_000).map(wire);
      const done = Promise.all(
        bodies.map((body) => http(`${api.line}/v1/boards/${id}/events`, { method: 'POST', body })),
      );
      const applied = () => redis.hget(boardKeys('opsline', id).state('all'), 'revision').then(Number);
      while ((await applied()) < 20) await sleep(1);
      const killed = performance.now();
      await victim.stop('SIGKILL');
      await done;
      while ((await applied()) < bodies.length) await sleep(5);
      taken.push((performance.now() - killed) / 1000);
    }
  } finally {
    await Promise.all([api.stop(), survivor.stop()]);
  }
  return [
    {
      what: 'a worker killed: its batches visible after',
      measured: `${median(taken).toFixed(1)} s (at most ${Math.max(...taken).toFixed(1)} s of ${repeats})`,
      target: '< 10 s',
      met: Math.max(...taken) < 10,
    },
  ];
}

export async function measureRedisGone({ server, folder }: Stage): Promise<Figure[]> {
  const api = await startOpsline('api', server.url);
  await define(api, 'gone');
  const [body] = batches(500).map(wire) as [string];
  const send = async (): Promise<{ status: number; took: number }> => {
    const start = performance.now();
    const { status } = await http(`${api.line}/v1/boards/gone/events`, { method: 'POST', body });
    return { status, took: performance.now() - start };
  };
  for (let i = 0; i < 50; i += 1) await send();
  await server.kill();
  await sleep(200);
  const refused = [];
  for (let i = 0; i < 50; i += 1) {
    refused.push(await send());
    await sleep(20);
  }
  const again = await startEmbeddedRedis(folder);
  const back = performance.now();
  while ((await send()).status !== 202) await sleep(5);
  const recovered = (performance.now() - back) / 1000;
  await again.kill();
  const stopping = performance.now();
  await api.stop();
  const stopped = (performance.now() - stopping) / 1000;
  const longest = Math.max(...refused.map(({ took }) => took));
  const all503 = refused.every(({ status }) => status === 503);
  return [
    {
      what: 'Redis gone: a batch is answered with 503 after',
      measured: `${median(refused.map(({ took }) => took)).toFixed(1)} ms (at most ${longest.toFixed(1)} ms of 50)`,
      target: '< 50 ms',
      met: all503 && longest < 50,
    },
    {
      what: 'Redis back: a batch is accepted after',
      measured: `${recovered.toFixed(2)} s`,
      target: '< 1.5 s',
      met: recovered < 1.5,
    },
    { what: 'Redis gone: a stop ends after', measured: `${stopped.toFixed(2)} s`, target: '< 10 s', met: stopped < 10 },
  ];
}

const define = (api: Program, id: string) =>
  http(`${api.line}/v1/boards/${id}`, {
    method: 'PUT',
    body: JSON.stringify({ operator: 'best', windows: ['all', 'day', 'week', 'month'] }),
  });
