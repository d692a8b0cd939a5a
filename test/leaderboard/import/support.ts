/** Boards, files of events in every format, and what Redis holds of a board, for the tests of imports. */
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll } from 'vitest';
import { applyPart } from '../../../src/leaderboard/apply.ts';
import type { Board, BoardSettings } from '../../../src/leaderboard/definition.ts';
import { checkEvents } from '../../../src/leaderboard/events.ts';
import { boardKeys } from '../../../src/leaderboard/keys.ts';
import { planBoard } from '../../../src/leaderboard/plan.ts';
import type { RedisClient } from '../../../src/redis/client.ts';
import { connect, waitForever } from '../../../src/redis/connect.ts';
import { testRedis } from '../../helpers/redis.ts';

export type WireEvent = Readonly<Record<string, unknown>>;

/** The test Redis with a prefix of its own, and a folder that is removed after the tests of the file. */
export function importKit(): { url: string; prefix: string; redis: RedisClient; folder: string } {
  const { url, prefix } = testRedis();
  const redis = connect(waitForever(url));
  const folder = mkdtempSync(join(tmpdir(), 'opsline-test-'));
  afterAll(async () => {
    redis.disconnect();
    await rm(folder, { recursive: true, force: true });
  });
  return { url, prefix, redis, folder };
}

let made = 0;

export async function newBoard(redis: RedisClient, prefix: string, settings: BoardSettings): Promise<Board> {
  made += 1;
  const board = planBoard(`i${process.pid}-${made}`, settings, '2026-11-24T00:00:00.000Z');
  await redis.set(boardKeys(prefix, board.id).definition, JSON.stringify(board));
  return board;
}

/** Checks and applies a batch as the API and a worker do, at a time when nothing is late. */
export async function sendLive(
  redis: RedisClient,
  prefix: string,
  board: Board,
  events: readonly WireEvent[],
  now: number,
): Promise<void> {
  made += 1;
  const batch = `live-${made}`;
  await redis.hset(boardKeys(prefix, board.id).batch(batch), 'parts', 1);
  const checked = checkEvents(board, events, now);
  await applyPart(redis, prefix, board, { batch, part: 0, parts: 1, acceptedAt: 0, events: checked });
}

/** Everything that Redis holds of a board's windows, but how often they changed. */
export async function contentsOf(redis: RedisClient, prefix: string, board: Board): Promise<Record<string, unknown>> {
  const base = `${prefix}:{board:${board.id}}:`;
  const names = (await redis.keys(`${base.replace(/[[\]]/g, '\\$&')}*`)).map((key) => key.slice(base.length)).sort();
  const contents: Record<string, unknown> = {};
  for (const name of names) {
    const [kind] = name.split(':');
    const key = base + name;
    if (kind === 'entries' || kind === 'scores' || kind === 'open') {
      contents[name] = await redis.zrange(key, '0', '-1', 'WITHSCORES');
    } else if (kind === 'times' || kind === 'metadata' || kind === 'state' || kind === 'late') {
      const { revision: _, ...fields } = (await redis.hgetall(key)) as Record<string, string>;
      contents[name] = fields;
    }
  }
  return contents;
}

export type FileKind = 'ndjson' | 'ndjson.gz' | 'csv' | 'csv.gz' | 'parquet';

/** Writes events to a file. `columns` are the SQL types of a Parquet file's columns; by default what JSON would have. */
export async function writeEvents(
  folder: string,
  name: string,
  kind: FileKind,
  events: readonly WireEvent[],
  columns: Readonly<Record<string, string>> = {},
): Promise<string> {
  const path = join(folder, `${name}.${kind}`);
  const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  const text = kind.startsWith('csv') ? csvOf(events) : lines;
  if (kind !== 'parquet') {
    await writeFile(path, kind.endsWith('.gz') ? gzipSync(text) : text);
    return path;
  }
  const json = join(folder, `${name}.rows`);
  await writeFile(json, lines);
  const types: Record<string, string> = {
    ...{ player: 'VARCHAR', score: 'DOUBLE', time: 'TIMESTAMPTZ' },
    ...{ id: 'VARCHAR', source: 'VARCHAR', sequence: 'BIGINT', metadata: 'VARCHAR' },
    ...columns,
  };
  const used = Object.keys(types).filter((column) => events.some((event) => event[column] !== undefined));
  const spec = used.map((column) => `${column}: '${types[column]?.startsWith('DECIMAL') ? 'VARCHAR' : types[column]}'`);
  const cast = used.map((column) => `${column}::${types[column]} AS ${column}`);
  await query(
    `COPY (SELECT ${cast.join(', ')} FROM read_json('${json}', format = 'newline_delimited', columns = {${spec.join(', ')}})) TO '${path}'`,
  );
  return path;
}

/** Runs a statement in a DuckDB of its own. */
export async function query(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

function csvOf(events: readonly WireEvent[]): string {
  const columns = [...new Set(events.flatMap((event) => Object.keys(event)))];
  const field = (value: unknown): string => {
    if (value === undefined) return '';
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return /[",\n\r]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...events.map((event) => columns.map((column) => event[column]))]
    .map((row) => `${row.map(field).join(',')}\n`)
    .join('');
}
