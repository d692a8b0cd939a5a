/** What the measurements of the leaderboards share: a Redis of their own, real API and worker processes, events, medians. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Redis } from 'ioredis';
import type { Board, BoardSettings } from '../../src/leaderboard/definition.ts';
import type { Events } from '../../src/leaderboard/events.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/redis/embedded.ts';

export const BATCH = 500;
const PLAYERS = 100_000;
export const WINDOWS = ['all', 'day', 'week', 'month'] as const;

/** One line of the table. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean;
}

export interface Stage {
  readonly redis: Redis;
  readonly server: EmbeddedRedis;
  readonly folder: string;
}

/** Runs with a private Redis (append-only file on) in a folder of its own, which is removed afterwards. */
export async function withRedis<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-bench-'));
  const server = await startEmbeddedRedis(folder);
  const redis = connect(waitForever(server.url)) as Redis;
  try {
    return await act({ redis, server, folder });
  } finally {
    redis.disconnect();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

export interface Program {
  readonly child: ChildProcess;
  /** What it printed first: the address of an API. */
  readonly line: string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `opsline api` or `opsline worker` as anybody would, on a free port, without a model. */
export async function startOpsline(role: 'api' | 'worker', redisUrl: string): Promise<Program> {
  const launcher = join(import.meta.dirname, '../../bin/opsline.mjs');
  const child = spawn(process.execPath, [launcher, role], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      REDIS_URL: redisUrl,
      OPSLINE_PORT: '0',
      OPSLINE_MODEL: 'none',
      OPSLINE_LOG_LEVEL: 'warn',
      OPSLINE_REQUESTS_PER_MINUTE: '100000000',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let line = '';
  for await (const said of createInterface({
    input: (role === 'api' ? child.stdout : child.stderr) as NodeJS.ReadableStream,
  })) {
    if (role === 'worker' && !said.includes('takes work')) continue;
    line = said;
    break;
  }
  child.stdout?.resume();
  child.stderr?.resume();
  return {
    child,
    line,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One HTTP request over kept connections; the status and the text of the answer. */
export function http(
  url: string,
  options: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; text: string }> {
  const { method = 'GET', body, headers = {} } = options;
  return new Promise((resolve, reject) => {
    const length =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request(url, { agent, method, headers: { ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Runs `work` for each item, so many at once. */
export async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < items.length) {
        const index = next++;
        await work(items[index] as T, index);
      }
    }),
  );
}

let state = 1;
export function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

/** Few players send most events: rank r about as often as 1/r. */
export function player(): string {
  return `player-${Math.floor(PLAYERS ** random())}`;
}

/** Fresh batches of events of the last hour. */
export function batches(events: number): Events[] {
  const now = Date.now();
  return Array.from({ length: Math.ceil(events / BATCH) }, () => ({
    players: Array.from({ length: BATCH }, player),
    scores: Array.from({ length: BATCH }, () => Math.floor(random() * 1000)),
    times: Array.from({ length: BATCH }, () => now - Math.floor(random() * 3_600_000)),
  }));
}

/** A batch as producers send it. */
export function wire({ players, scores, times }: Events): string {
  const events = players.map((player, index) => ({
    player,
    score: scores[index],
    time: new Date(times[index] as number).toISOString(),
  }));
  return JSON.stringify(events);
}

export function board(id: string, settings: BoardSettings): Board {
  return planBoard(id, { windows: [...WINDOWS], ...settings }, new Date().toISOString());
}

export interface Cost {
  readonly seconds: number;
  /** CPU time of this process, seconds. */
  readonly cpu: number;
}

export async function timed(act: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await act();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpu: (user + system) / 1e6 };
}

/** CPU time that a process of this machine has used, microseconds; to 10 ms, as Linux counts it. */
export function cpuOf(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * 10_000;
}

export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] as number;
}

export function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

export const perSecond = (count: number, seconds: number): string =>
  `${Math.round(count / seconds).toLocaleString('en')}/s`;
