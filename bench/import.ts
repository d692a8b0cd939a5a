/**
 * How fast history is brought in: `opsline board import`, which reads and reduces files with DuckDB, against the same NDJSON file streamed through Node into
 * the same scripts: lines parsed and checked 500 at a time, reduced in this process and applied, four batches on their way. Neither goes over HTTP or through a queue. Each
 * runs in a process of its own on a Redis of its own with the append-only file on; what both leave in Redis is compared.
 *
 *   node bench/import.ts [events, default 1000000] [operator, default best]
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { DuckDBInstance } from '@duckdb/node-api';
import { applyChanges, MAX_PART_EVENTS } from '../src/leaderboard/apply.ts';
import { readBoard } from '../src/leaderboard/boards.ts';
import type { Operator } from '../src/leaderboard/definition.ts';
import { checkEvents } from '../src/leaderboard/events.ts';
import { importFiles } from '../src/leaderboard/import/import.ts';
import { boardKeys } from '../src/leaderboard/keys.ts';
import { planBoard } from '../src/leaderboard/plan.ts';
import { reduce } from '../src/leaderboard/reduce.ts';
import type { RedisClient } from '../src/redis/client.ts';
import { connect, waitForever } from '../src/redis/connect.ts';
import { startEmbeddedRedis } from '../src/redis/embedded.ts';

const BOARD = 'bench';
const DAYS = 30;
const PLAYERS = 100_000;

/** Events as a game has them: few players send most (rank r about as often as 1/r), in order of time, over thirty days. */
async function writeFiles(folder: string, events: number): Promise<{ ndjson: string; parquet: string }> {
  const [ndjson, parquet] = ['ndjson', 'parquet'].map((ending) => join(folder, `events.${ending}`)) as [string, string];
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '2GB', threads: '2' });
  const connection = await instance.connect();
  await connection.run('SELECT setseed(0.5)');
  const start = Math.floor((Date.now() - (DAYS + 1) * 86_400_000) / 1000) * 1000;
  const step = (DAYS * 86_400_000) / events;
  await connection.run(
    `CREATE TABLE events AS SELECT 'player-' || floor(pow(${PLAYERS}, random()))::BIGINT AS player, floor(random() * 1000)::BIGINT AS score, ` +
      `make_timestamp((${start} + floor(i * ${step})::BIGINT) * 1000) AS time FROM range(${events}) r(i)`,
  );
  await connection.run(`COPY events TO '${parquet}'`);
  await connection.run(
    `COPY (SELECT player, score, strftime(time, '%Y-%m-%dT%H:%M:%S.%gZ') AS time FROM events) TO '${ndjson}' (FORMAT json)`,
  );
  connection.closeSync();
  instance.closeSync();
  return { ndjson, parquet };
}

async function streamThroughNode(redis: RedisClient, file: string): Promise<void> {
  const board = await readBoard(redis, 'opsline', BOARD);
  const gate = boardKeys('opsline', BOARD).batch('stream');
  await redis.hset(gate, 'parts', -1);
  const flying = new Set<Promise<unknown>>();
  let part = 0;
  const apply = async (lines: readonly string[]): Promise<void> => {
    const events = checkEvents(
      board,
      lines.map((line) => JSON.parse(line)),
      Date.now(),
    );
    const id = { batch: 'stream', part, parts: -1 };
    part += 1;
    const sent: Promise<unknown> = applyChanges(redis, 'opsline', board, id, reduce(board, events, 0)).finally(() =>
      flying.delete(sent),
    );
    flying.add(sent);
    if (flying.size >= 4) await Promise.race(flying);
  };
  let batch: string[] = [];
  for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 1 << 20 }) })) {
    batch.push(line);
    if (batch.length < MAX_PART_EVENTS) continue;
    await apply(batch);
    batch = [];
  }
  if (batch.length > 0) await apply(batch);
  await Promise.all(flying);
}

interface Figures {
  readonly seconds: number;
  readonly cpu: number;
  readonly redisCpu: number;
  readonly megabytes: number;
  readonly contents: string;
}

/** One measurement in a process of its own, so that its memory is its own. */
async function child(way: string, file: string, operator: string): Promise<Figures> {
  const process_ = spawn(process.execPath, [import.meta.filename, '--child', way, file, operator], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said, [code]] = await Promise.all([text(process_.stdout), once(process_, 'close')]);
  if (code !== 0) throw new Error(`${way} ended with ${code}`);
  return JSON.parse(said);
}

async function measure(way: string, file: string, operator: Operator): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-bench-'));
  const server = await startEmbeddedRedis(folder);
  const redis = connect(waitForever(server.url));
  try {
    const board = planBoard(BOARD, { operator, windows: ['all', 'day', 'week', 'month'] }, new Date().toISOString());
    await redis.set(boardKeys('opsline', BOARD).definition, JSON.stringify(board));
    const start = performance.now();
    if (way === 'node') await streamThroughNode(redis, file);
    else await importFiles({ redis, prefix: 'opsline', board: BOARD, files: [file], onInvalid: 'refuse' });
    const seconds = (performance.now() - start) / 1000;
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const info = await redis.info('cpu');
    const redisCpu = [...info.matchAll(/^used_cpu_(?:sys|user):(\S+)/gm)].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
    return {
      seconds,
      cpu: (userCPUTime + systemCPUTime) / 1e6,
      redisCpu,
      megabytes: maxRSS / 1024,
      contents: await contentsOf(redis),
    };
  } finally {
    redis.disconnect();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A digest of all entries, their times, and how many events each window has. */
async function contentsOf(redis: RedisClient): Promise<string> {
  const keys = boardKeys('opsline', BOARD);
  const hash = createHash('sha256');
  for (const window of (await redis.zrange(keys.open, '0', '-1')).sort()) {
    hash.update(`${window} ${await redis.hget(keys.state(window), 'events')}\n`);
    for (let from = 0; ; from += 10_000) {
      const page = await redis.zrange(keys.entries(window), String(from), String(from + 9999), 'WITHSCORES');
      if (page.length === 0) break;
      const players = page.filter((_, index) => index % 2 === 0);
      hash.update(JSON.stringify([page, await redis.hmget(keys.times(window), ...players)]));
    }
  }
  return hash.digest('hex');
}

async function compare(events: number, operator: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-bench-'));
  try {
    const { ndjson, parquet } = await writeFiles(folder, events);
    const sizes = await Promise.all([ndjson, parquet].map(async (file) => Math.round((await stat(file)).size / 1e6)));
    process.stdout.write(
      `${events.toLocaleString('en')} events, operator ${operator}, windows all, day, week and month over ${DAYS} days, ${PLAYERS.toLocaleString('en')} players; ` +
        `NDJSON ${sizes[0]} MB, Parquet ${sizes[1]} MB\n\n` +
        'way                     seconds     events/s   CPU s   with Redis   peak MB   faster   less CPU   equal\n',
    );
    let base: Figures | undefined;
    for (const [name, way, file] of [
      ['NDJSON through Node', 'node', ndjson],
      ['import of NDJSON', 'import', ndjson],
      ['import of Parquet', 'import', parquet],
    ] as const) {
      const figures = await child(way, file, operator);
      base ??= figures;
      const both = (each: Figures): number => each.cpu + each.redisCpu;
      const cells = [
        name.padEnd(20),
        figures.seconds.toFixed(1).padStart(10),
        Math.round(events / figures.seconds)
          .toLocaleString('en')
          .padStart(12),
        figures.cpu.toFixed(1).padStart(7),
        both(figures).toFixed(1).padStart(12),
        Math.round(figures.megabytes).toLocaleString('en').padStart(9),
        `${(base.seconds / figures.seconds).toFixed(1)}x`.padStart(8),
        `${(both(base) / both(figures)).toFixed(1)}x`.padStart(10),
        (figures.contents === base.contents ? 'yes' : 'NO').padStart(7),
      ];
      process.stdout.write(`${cells.join(' ')}\n`);
      if (figures.contents !== base.contents) process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [first, way = '', file = '', ofChild = ''] = process.argv.slice(2);
if (first === '--child') process.stdout.write(JSON.stringify(await measure(way, file, ofChild as Operator)));
else await compare(Number(first ?? 1_000_000), way === '' ? 'best' : way);
