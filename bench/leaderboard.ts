/**
 * How fast boards take events: the script that applies a part, against one ioredis pipeline of plain commands per batch, as one
 * would write it without opsline (ZADD GT, ZINCRBY or HGET-compare, and a counter, per event and window). Both take the same
 * fresh events, in turns, on a Redis of their own with the append-only file on. Applying includes the duplicate gate.
 *
 *   node bench/leaderboard.ts [events per measurement, default 50000] [repeats, default 3]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPart } from '../src/leaderboard/apply.ts';
import { type Board, type Operator, planBoard } from '../src/leaderboard/definition.ts';
import type { Events } from '../src/leaderboard/events.ts';
import { boardKeys } from '../src/leaderboard/keys.ts';
import { windowAt } from '../src/leaderboard/windows.ts';
import type { RedisClient } from '../src/redis/client.ts';
import { connect, waitForever } from '../src/redis/connect.ts';
import { startEmbeddedRedis } from '../src/redis/embedded.ts';

const BATCH = 500;
const PLAYERS = 100_000;
const [total = 50_000, repeats = 3] = process.argv.slice(2).map(Number);

let state = 1;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

/** Few players send most events: rank r about as often as 1/r. */
function player(): string {
  return `player-${Math.floor(PLAYERS ** random())}`;
}

const now = Date.now();
function batches(): Events[] {
  return Array.from({ length: Math.ceil(total / BATCH) }, () => ({
    players: Array.from({ length: BATCH }, player),
    scores: Array.from({ length: BATCH }, () => Math.floor(random() * 1000)),
    times: Array.from({ length: BATCH }, () => now - Math.floor(random() * 3_600_000)),
  }));
}

async function byScript(redis: RedisClient, board: Board, work: readonly Events[], run: string): Promise<void> {
  const keys = boardKeys('bench', board.id);
  // Accepting a batch writes its gate; the plain pipeline has nothing like it, so it counts here.
  for (const [index, events] of work.entries()) {
    const batch = `${run}-${index}`;
    await redis.hset(keys.batch(batch), 'parts', 1);
    await applyPart(redis, 'bench', board, { batch, part: 0, parts: 1, events });
  }
}

async function byPipeline(redis: RedisClient, board: Board, work: readonly Events[]): Promise<void> {
  const keys = boardKeys('plain', board.id);
  for (const { players, scores, times } of work) {
    const before = board.operator === 'latest' ? await seen(redis, board, players) : [];
    const pipeline = redis.pipeline();
    for (const [index, id] of players.entries()) {
      const score = scores[index] as number;
      const time = times[index] as number;
      for (const { kind } of board.windows) {
        const window = windowAt(kind, time).id;
        if (board.operator === 'best') pipeline.zadd(keys.entries(window), 'GT', score, id);
        else if (board.operator === 'latest') {
          if (time > Number(before[index] ?? -1)) {
            pipeline.zadd(keys.entries(window), score, id);
            pipeline.hset(keys.times(window), id, time);
          }
        } else pipeline.zincrby(keys.entries(window), board.operator === 'sum' ? score : 1, id);
        pipeline.hincrby(keys.state(window), 'events', 1);
      }
    }
    await pipeline.exec();
  }
}

function seen(redis: RedisClient, board: Board, players: string[]): Promise<(string | null)[]> {
  return redis.hmget(boardKeys('plain', board.id).times('all'), ...players);
}

interface Figure {
  readonly perSecond: number;
  readonly nodeMicros: number;
}

async function measure(act: () => Promise<void>): Promise<Figure> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await act();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: total / seconds, nodeMicros: (user + system) / total };
}

const median = (figures: readonly number[]): number => figures.toSorted((a, b) => a - b)[figures.length >> 1] as number;

const folder = await mkdtemp(join(tmpdir(), 'opsline-bench-'));
const server = await startEmbeddedRedis(folder);
const redis = connect(waitForever(server.url));
try {
  process.stdout.write(
    `${total} events, ${BATCH} a batch, 2 windows (all, day), ${PLAYERS} players, median of ${repeats}\n\n` +
      'operator   script ev/s   Node us/ev   pipeline ev/s   Node us/ev   ratio\n',
  );
  for (const operator of ['best', 'sum', 'count', 'latest'] as const satisfies readonly Operator[]) {
    const board = planBoard(operator, { operator }, new Date().toISOString());
    const script: Figure[] = [];
    const plain: Figure[] = [];
    for (let repeat = 0; repeat <= repeats; repeat += 1) {
      const work = batches();
      const ours = await measure(() => byScript(redis, board, work, `${repeat}`));
      const theirs = await measure(() => byPipeline(redis, board, work));
      // The first turn warms the code up and loads the scripts.
      if (repeat === 0) continue;
      script.push(ours);
      plain.push(theirs);
    }
    const [a, b] = [script, plain].map((figures) => ({
      perSecond: median(figures.map(({ perSecond }) => perSecond)),
      nodeMicros: median(figures.map(({ nodeMicros }) => nodeMicros)),
    })) as [Figure, Figure];
    const cells = [
      operator.padEnd(8),
      Math.round(a.perSecond).toLocaleString('en').padStart(13),
      a.nodeMicros.toFixed(1).padStart(12),
      Math.round(b.perSecond).toLocaleString('en').padStart(15),
      b.nodeMicros.toFixed(1).padStart(12),
      `${(a.perSecond / b.perSecond).toFixed(1)}x`.padStart(7),
    ];
    process.stdout.write(`${cells.join(' ')}\n`);
    await redis.flushall();
  }
} finally {
  redis.disconnect();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
