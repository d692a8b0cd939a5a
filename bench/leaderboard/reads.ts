/** How long an acknowledged batch takes to be visible, and how many reads a second a server answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { startConstant } from './constant.ts';
import {
  BATCH,
  batches,
  type Figure,
  http,
  inTurns,
  median,
  perSecond,
  quantile,
  type Stage,
  startOpsline,
  timed,
  WINDOWS,
  wire,
} from './harness.ts';

/** p99 from acknowledged to visible at half the load that a first, unthrottled run reached. */
export async function measureLatency({ redis, server }: Stage, events: number): Promise<Figure[]> {
  const api = await startOpsline('api', server.url);
  const worker = await startOpsline('worker', server.url);
  try {
    const define = (id: string) =>
      http(`${api.line}/v1/boards/${id}`, {
        method: 'PUT',
        body: JSON.stringify({ operator: 'best', windows: WINDOWS }),
      });
    const applied = (id: string) => redis.hget(boardKeys('opsline', id).state('all'), 'revision').then(Number);
    const send = (id: string, body: string) => http(`${api.line}/v1/boards/${id}/events`, { method: 'POST', body });
    await define('full');
    const bodies = batches(events).map(wire);
    const { seconds } = await timed(async () => {
      await inTurns(bodies, 8, async (body) => void (await send('full', body)));
      while ((await applied('full')) < bodies.length) await sleep(1);
    });
    const pause = (2 * seconds * 1000) / bodies.length;
    await define('half');
    const acknowledged: number[] = [];
    const visible: number[] = [];
    let watching = true;
    const watch = (async () => {
      while (watching) {
        const now = await applied('half');
        while (visible.length < now) visible.push(performance.now());
        await sleep(1);
      }
    })();
    const begun = performance.now();
    const sent: Promise<void>[] = [];
    for (const [index, body] of bodies.entries()) {
      await sleep(Math.max(0, begun + index * pause - performance.now()));
      sent.push(
        send('half', body).then(() => {
          acknowledged.push(performance.now());
        }),
      );
    }
    await Promise.all(sent);
    while (visible.length < bodies.length) await sleep(1);
    watching = false;
    await watch;
    // The n-th to be acknowledged and the n-th to be visible need not be the same batch; the delay between them is.
    const delays = acknowledged
      .toSorted((a, b) => a - b)
      .map((time, index) => Math.max(0, (visible[index] as number) - time));
    const p99 = quantile(delays, 0.99);
    return [
      {
        what: `acknowledged to visible, p99, at half the load (${perSecond(BATCH * 1000, pause)})`,
        measured: `${p99.toFixed(1)} ms (median ${median(delays).toFixed(1)} ms)`,
        target: '< 100 ms',
        met: p99 < 100,
      },
    ];
  } finally {
    await Promise.all([api.stop(), worker.stop()]);
  }
}

/** Reads of the top and around a player, beside the same server answering a constant of the same size. */
export async function measureReads({ redis, server }: Stage, requests: number, repeats: number): Promise<Figure[]> {
  const api = await startOpsline('api', server.url);
  const worker = await startOpsline('worker', server.url);
  const figures: Figure[] = [];
  try {
    const url = `${api.line}/v1/boards/reads`;
    await http(url, { method: 'PUT', body: JSON.stringify({ operator: 'best', windows: WINDOWS }) });
    for (const body of batches(100_000).map(wire)) {
      await http(`${url}/events`, { method: 'POST', body, headers: { prefer: 'wait=10' } });
    }
    const { entries } = JSON.parse((await http(`${url}/windows/all/top?limit=1000`)).text) as {
      entries: { player: string }[];
    };
    const players = entries.map(({ player }) => encodeURIComponent(player));
    const top = () => `${url}/windows/all/top?limit=100`;
    const around = (index: number) => `${url}/windows/all/around/${players[index % players.length]}`;
    // What else a request comes with, on either side: nothing, or a change of the window, so that no answer can be sent again.
    const still = async () => {};
    const changing = async () => void (await redis.hincrby(boardKeys('opsline', 'reads').state('all'), 'revision', 1));
    const ways: [string, (index: number) => string, () => Promise<void>][] = [
      ['top 100', top, still],
      ['around a player (5 on each side)', around, still],
      ['top 100, changed before each request', top, changing],
      ['around a player, changed before each request', around, changing],
    ];
    for (const [what, path, before] of ways) {
      const constant = await startConstant((await http(path(0))).text);
      const rates: Record<'ours' | 'constant', number[]> = { ours: [], constant: [] };
      const asked = Array.from({ length: requests }, (_, index) => index);
      const ask = (target: (index: number) => string) =>
        timed(() =>
          inTurns(asked, 32, async (index) => {
            await before();
            await http(target(index));
          }),
        );
      for (let round = 0; round <= repeats; round += 1) {
        const ours = await ask(path);
        const bare = await ask(() => constant.url);
        if (round === 0) continue;
        rates.ours.push(requests / ours.seconds);
        rates.constant.push(requests / bare.seconds);
      }
      await constant.close();
      const share = median(rates.ours) / median(rates.constant);
      figures.push({
        what: `${what}: requests/s, of the same server answering a constant`,
        measured: `${Math.round(100 * share)} % (${perSecond(median(rates.ours), 1)})`,
        target: '> 60 %',
        met: share > 0.6,
      });
    }
  } finally {
    await Promise.all([api.stop(), worker.stop()]);
  }
  return figures;
}
