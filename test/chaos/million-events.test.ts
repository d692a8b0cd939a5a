import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Board } from '../../src/leaderboard/definition.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { inTurns, type Met, send } from './support/clients.ts';
import { endNaive, type Naive, startNaive } from './support/naive.ts';
import { endOpslines, type Opsline, startOpsline } from './support/opsline.ts';
import { until } from './support/processes.ts';
import { BOARDS, Expected, type ScoreBatch, scoreBatches, wire } from './support/scores.ts';

const EVENTS = 1_000_000;
const CLIENTS = 8;
const WORKERS = 3;
const WORKER_KILLS = 10;
const REDIS_KILLS = 4;
const PREFIX = 'exact';
/** The control is fed the same way, with every second batch of the summing board. */
const CONTROL = 'control';
const PATIENCE_MS = 400_000;

let folder: string;
let server: EmbeddedRedis;
let redis: ReturnType<typeof connect>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-million-'));
  server = await startEmbeddedRedis(folder);
  redis = connect(waitForever(server.url));
});
afterAll(async () => {
  redis.disconnect();
  endNaive();
  await endOpslines();
  await server.kill();
  await rm(folder, { recursive: true, force: true });
});

/** Of the batches, a tenth is delivered twice: half of these at the same time, the others once more later. */
const twiceAtOnce = (index: number): boolean => index % 19 === 7;
const againLater = (index: number): boolean => index % 19 === 16;
const alsoControl = ({ board, index }: ScoreBatch): boolean => board === 'points' && index % 8 === 0;

test('a million events from eight clients, a tenth of the batches twice, while workers and Redis are killed: every score is exact', async ({
  annotate,
}) => {
  const apis = [startOpsline('api', server.url, PREFIX), startOpsline('api', server.url, CONTROL)];
  const [api, control] = (await Promise.all(apis.map(({ ready }) => ready))) as [string, string];
  const expected = new Map<string, Expected>();
  for (const [id, settings] of Object.entries(BOARDS)) expected.set(id, new Expected(await define(api, id, settings)));
  await define(control, 'points', BOARDS.points);
  const workers = Array.from({ length: WORKERS }, () => startOpsline('worker', server.url, PREFIX));
  const naive = [startNaive(server.url, CONTROL), startNaive(server.url, CONTROL)];
  await Promise.all(workers.map(({ ready }) => ready));

  const met: Met = { accepted: 0, replayed: 0, retried: 0 };
  const keys: [board: string, key: string][] = [];
  const later: { batch: ScoreBatch; body: string }[] = [];
  let controlSum = 0n;
  let sent = 0;
  const begun = performance.now();
  const storm = raiseStorm({ workers, naive, met, sent: () => sent });
  await inTurns(scoreBatches(EVENTS, Date.now(), 1), CLIENTS, async (batch) => {
    const { board, key, index } = batch;
    const body = wire(batch);
    expected.get(board)?.add(batch);
    keys.push([board, key]);
    if (againLater(index)) later.push({ batch, body });
    const deliver = (to: string): Promise<unknown> =>
      Promise.all(Array.from({ length: twiceAtOnce(index) ? 2 : 1 }, () => send(to, board, key, body, met)));
    await deliver(api);
    if (alsoControl(batch)) {
      controlSum += batch.events.reduce((sum, { score }) => sum + BigInt(score), 0n);
      await deliver(control);
    }
    sent += batch.events.length;
    // One that was accepted some time ago comes again.
    const again = later.length > 3 ? later.shift() : undefined;
    if (again !== undefined) await send(api, again.batch.board, again.batch.key, again.body, met);
  });
  for (const { batch, body } of later) await send(api, batch.board, batch.key, body, met);
  const accepted = (performance.now() - begun) / 1000;
  const kills = await storm;
  await until(async () => (await unfinished(PREFIX)) === 0 && (await unfinished(CONTROL)) === 0, PATIENCE_MS);
  const applied = (performance.now() - begun) / 1000;

  expect(kills).toEqual({ workers: WORKER_KILLS, redis: REDIS_KILLS });
  expect(met.replayed).toBeGreaterThan(0);
  expect(met.retried).toBeGreaterThan(0);
  for (const [board, key] of keys) {
    const batch = (await get(api, `${board}/batches/${key}`)) as { parts: number };
    expect(batch).toMatchObject({ applied: batch.parts, late: 0, refused: [] });
  }
  let error = 0n;
  for (const [id, wanted] of expected) {
    const { decimals = 0 } = BOARDS[id] ?? {};
    expect(await redis.zcard(boardKeys(PREFIX, id).pending)).toBe(0);
    expect(((await get(api, id)) as { windowIds: string[] }).windowIds).toEqual(wanted.windows);
    for (const window of wanted.windows) {
      const standings = await readAll(api, id, window, decimals);
      const best = wanted.standings(window);
      if (BOARDS[id]?.operator === 'sum') error += difference(standings, best);
      expect(standings).toEqual(best);
      expect(await redis.hget(boardKeys(PREFIX, id).state(window), 'events')).toBe(String(wanted.eventsIn(window)));
    }
  }
  expect(error).toBe(0n);
  const naiveError = (await sumOfControl()) - controlSum;
  await annotate(
    `${EVENTS} events accepted in ${accepted.toFixed(1)} s (${Math.round(EVENTS / accepted)}/s), applied after ${applied.toFixed(1)} s ` +
      `(${Math.round(EVENTS / applied)}/s); ${kills.workers} workers and ${kills.redis} Redis killed, ${met.retried} requests sent again, ` +
      `${met.replayed} answered as known; error 0; of the control ${naiveError} of ${controlSum}`,
  );
  // Who counts without a gate is wrong under the same kills: else they would prove nothing.
  expect(naiveError).toBeGreaterThan(0n);
}, 900_000);

interface Storm {
  readonly workers: Opsline[];
  readonly naive: Naive[];
  readonly met: Met;
  readonly sent: () => number;
}

/** Kills workers as parts are applied, and Redis as events are sent, each at even distances on the way to the last event. */
async function raiseStorm({ workers, naive, met, sent }: Storm): Promise<{ workers: number; redis: number }> {
  const killed = { workers: 0, redis: 0 };
  const queue = ingestQueue(redis, PREFIX);
  const killWorkers = async (): Promise<void> => {
    while (killed.workers < WORKER_KILLS) {
      const mark = (EVENTS * (killed.workers + 1)) / (WORKER_KILLS + 1);
      // Chosen before: while a new one starts, the others may come to the end.
      const victim = await ready(workers);
      await until(async () => (await appliedEvents()) >= mark, PATIENCE_MS);
      // One of those at work, while parts are under way, as long as there are any.
      await until(async () => (await queue.getActiveCount()) > 0 || (await appliedEvents()) >= EVENTS, PATIENCE_MS);
      expect(await victim.end('SIGKILL')).toBe('SIGKILL');
      workers.push(startOpsline('worker', server.url, PREFIX));
      naive.shift()?.kill();
      naive.push(startNaive(server.url, CONTROL));
      killed.workers += 1;
    }
  };
  const killRedis = async (): Promise<void> => {
    while (killed.redis < REDIS_KILLS) {
      const mark = (EVENTS * (killed.redis + 1)) / (REDIS_KILLS + 1);
      await until(() => sent() >= mark, PATIENCE_MS);
      const before = met.retried;
      await server.kill();
      // It is away for as long as it takes a client to notice.
      await until(() => met.retried > before, PATIENCE_MS);
      server = await startEmbeddedRedis(folder);
      killed.redis += 1;
    }
  };
  await Promise.all([killWorkers(), killRedis()]);
  await queue.close();
  return killed;
}

/** Takes the first worker that is ready from the list. */
async function ready(workers: Opsline[]): Promise<Opsline> {
  await until(() => workers.some((worker) => worker.isReady()), PATIENCE_MS);
  const [victim] = workers.splice(
    workers.findIndex((worker) => worker.isReady()),
    1,
  );
  return victim as Opsline;
}

async function appliedEvents(): Promise<number> {
  const counts = await Promise.all(
    Object.keys(BOARDS).map((id) => redis.hget(boardKeys(PREFIX, id).state('all'), 'events')),
  );
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

/** Jobs that somebody has still to do. */
async function unfinished(prefix: string): Promise<number> {
  const queue = ingestQueue(redis, prefix);
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
  await queue.close();
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

async function define(api: string, id: string, settings: unknown): Promise<Board> {
  const response = await fetch(`${api}/v1/boards/${id}`, {
    method: 'PUT',
    body: JSON.stringify(settings),
    headers: { 'content-type': 'application/json' },
  });
  expect(response.status).toBe(201);
  return Board.parse(await response.json());
}

async function get(api: string, path: string): Promise<unknown> {
  const response = await fetch(`${api}/v1/boards/${path}`);
  expect(response.status, path).toBe(200);
  return response.json();
}

/** All players of a window with their scaled scores, page by page. */
async function readAll(
  api: string,
  id: string,
  window: string,
  decimals: number,
): Promise<[player: string, score: bigint][]> {
  const all: [string, bigint][] = [];
  for (;;) {
    const page = (await get(api, `${id}/windows/${window}/top?offset=${all.length}&limit=1000`)) as {
      count: number;
      entries: { player: string; score: number }[];
    };
    for (const { player, score } of page.entries) all.push([player, BigInt(Math.round(score * 10 ** decimals))]);
    if (page.entries.length === 0 || all.length >= page.count) return all;
  }
}

/** How far scores are from those wanted, over all players. */
function difference(standings: readonly [string, bigint][], wanted: readonly [string, bigint][]): bigint {
  const left = new Map(standings);
  return wanted.reduce((sum, [player, score]) => {
    const off = (left.get(player) ?? 0n) - score;
    return sum + (off < 0n ? -off : off);
  }, 0n);
}

async function sumOfControl(): Promise<bigint> {
  const flat = await redis.zrange(`${CONTROL}:naive`, '0', '-1', 'WITHSCORES');
  return flat.reduce((sum, text, index) => (index % 2 === 1 ? sum + BigInt(text) : sum), 0n);
}
