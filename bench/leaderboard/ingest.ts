/**
 * Events a second from HTTP to visible through a real API and a real worker, beside plain commands and the bare ceiling; and CPU time,
 * which says more than seconds where others use the machine too.
 */
import { boardKeys } from '../../src/leaderboard/keys.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import {
  batches,
  type Cost,
  cpuOf,
  type Figure,
  http,
  inTurns,
  board as makeBoard,
  median,
  type Program,
  perSecond,
  type Stage,
  startOpsline,
  timed,
  WINDOWS,
  wire,
} from './harness.ts';
import { applyBarely, applyPlainly } from './plain.ts';

const TARGETS = { best: 6, sum: 3, latest: 2 };
const PROCESSES = ['api', 'worker', 'Redis', 'sender'];
const CLIENTS = 8;
/** How many batches the two bare ways have under way, as the worker has parts. */
const DEEP = 8;
/** Rounds before those that count: only after these is the JavaScript of every process compiled as well as it gets. */
const WARM_UP = 4;

export async function measureIngest({ redis, server }: Stage, events: number, repeats: number): Promise<Figure[]> {
  const api = await startOpsline('api', server.url);
  const worker = await startOpsline('worker', server.url);
  const figures: Figure[] = [];
  try {
    for (const operator of ['best', 'sum', 'latest'] as const) {
      const costs: Record<'opsline' | 'plain' | 'bare', Cost[]> = { opsline: [], plain: [], bare: [] };
      const used: Record<'opsline' | 'plain' | 'bare', number[][]> = { opsline: [], plain: [], bare: [] };
      const pids = [api.child.pid as number, worker.child.pid as number, server.pid];
      for (let round = 0; round < WARM_UP + repeats; round += 1) {
        const id = `${operator}-${round}`;
        const board = makeBoard(id, { operator });
        const work = batches(events);
        const bodies = work.map(wire);
        await http(`${api.line}/v1/boards/${id}`, {
          method: 'PUT',
          body: JSON.stringify({ operator, windows: WINDOWS }),
        });
        const ways = {
          opsline: () => throughHttp(redis, api, id, bodies, events),
          plain: () => inTurns(work, DEEP, (batch) => applyPlainly(redis, board, batch, `plain-${id}`)),
          bare: () => inTurns(work, DEEP, (batch) => applyBarely(redis, board, batch, `bare-${id}`)),
        };
        for (const [way, act] of Object.entries(ways)) {
          const before = pids.map(cpuOf);
          const cost = await timed(act);
          const cpu = pids.map((pid, index) => (cpuOf(pid) - (before[index] as number)) / events);
          if (round < WARM_UP) continue;
          costs[way as keyof typeof costs].push(cost);
          used[way as keyof typeof used].push([...cpu, (cost.cpu * 1e6) / events]);
        }
        await redis.flushdb();
      }
      const [ours, plain, bare] = [costs.opsline, costs.plain, costs.bare].map((list) =>
        median(list.map(({ seconds }) => seconds)),
      ) as [number, number, number];
      const target = TARGETS[operator];
      figures.push({
        what: `${operator}: HTTP to visible, batch 500, four windows, over plain commands`,
        measured: `${(plain / ours).toFixed(1)}x (${perSecond(events, ours)})`,
        target: `>= ${target}x`,
        met: plain / ours >= target,
      });
      figures.push({
        what: `${operator}: the same over reduce-and-one-script without anything else`,
        measured: `${Math.round((100 * bare) / ours)} % (of ${perSecond(events, bare)})`,
        target: '> 60 %',
        met: bare / ours > 0.6,
      });
      const cpuPerEvent = (way: keyof typeof used): number[] =>
        PROCESSES.map((_, index) => median(used[way].map((round) => round[index] as number)));
      const [mine, least] = [cpuPerEvent('opsline'), cpuPerEvent('bare')].map((each) =>
        each.reduce((a, b) => a + b),
      ) as [number, number];
      const parts = cpuPerEvent('opsline').map((cpu, index) => `${PROCESSES[index]} ${cpu.toFixed(1)}`);
      figures.push({
        what: `${operator}: CPU time of an event in all processes over reduce-and-one-script`,
        measured: `${(mine / least).toFixed(2)}x (${parts.join(', ')}; ${mine.toFixed(1)} over ${least.toFixed(1)} µs)`,
        target: '< 1.67x',
        met: mine / least < 1 / 0.6,
      });
    }
  } finally {
    await Promise.all([api.stop(), worker.stop()]);
  }
  return figures;
}

/** Sends the batches and waits until all events are applied. */
async function throughHttp(
  redis: RedisClient,
  api: Program,
  id: string,
  bodies: readonly string[],
  events: number,
): Promise<void> {
  await inTurns(bodies, CLIENTS, async (body, index) => {
    const { status, text } = await http(`${api.line}/v1/boards/${id}/events`, {
      method: 'POST',
      body,
      headers: { 'idempotency-key': `${id}-${index}` },
    });
    if (status !== 202) throw new Error(`${status}: ${text}`);
  });
  const state = boardKeys('opsline', id).state('all');
  while (Number(await redis.hget(state, 'events')) < events) await new Promise((resolve) => setTimeout(resolve, 2));
}
