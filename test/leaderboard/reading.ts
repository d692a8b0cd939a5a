import { afterAll, beforeAll } from 'vitest';
import type { Board, BoardSettings } from '../../src/leaderboard/definition.ts';
import { planBoard } from '../../src/leaderboard/plan.ts';
import { ingestQueue } from '../../src/leaderboard/queue.ts';
import { top } from '../../src/leaderboard/reads/page.ts';
import { type Read, runRead } from '../../src/leaderboard/reads/read.ts';
import type { View } from '../../src/leaderboard/series.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { testRedis } from '../helpers/redis.ts';
import { play } from './kit.ts';
import type { OracleEntry, OracleEvent } from './oracle.ts';

/** When the events of tests are sent: just after the last of {@link DAYS}. */
export const NOW = Date.parse('2026-11-24T00:00:00Z');
export const DAYS = ['day:2026-11-21', 'day:2026-11-22', 'day:2026-11-23'];

const { url, prefix: own } = testRedis();
export const prefix = own;
export const redis = connect(waitForever(url));
const queue = ingestQueue(redis, prefix);

beforeAll(() => redis.ping());
afterAll(async () => {
  await queue.close();
  redis.disconnect();
});

let made = 0;

/** A board that takes whatever events of the three days. */
export function newBoard(settings: BoardSettings): Board {
  made += 1;
  const late = { windows: ['all' as const, 'day' as const], graceSeconds: 30 * 86_400 };
  return planBoard(`b${made}`, { ...late, ...settings }, '2026-11-20T00:00:00Z');
}

let fed = 0;

/** Applies events, without the metadata that the board does not keep. */
export async function feed(board: Board, events: readonly OracleEvent[]): Promise<void> {
  if (events.length === 0) return;
  fed += 1;
  const kept = events.map(({ metadata, ...event }) =>
    board.metadataBytes > 0 && metadata !== undefined ? { ...event, metadata } : event,
  );
  await play({ redis, prefix, queue }, board, `k${fed}`, kept, NOW);
}

/** What a read says. */
export async function now<T>(view: View, read: Read<T>): Promise<T> {
  const { value } = await runRead(redis, prefix, view, read);
  if (value === undefined) throw new Error('a read without a known version has an answer');
  return value;
}

/** Follows cursors to the end; `between` runs before each page but the first. */
export async function paged(
  view: View,
  limit: number,
  between = async (): Promise<void> => {},
): Promise<OracleEntry[]> {
  const seen = [];
  let cursor: string | undefined;
  do {
    const page = await now(view, top({ limit, ...(cursor === undefined ? {} : { cursor }) }));
    seen.push(...page.entries.map(({ time: _, ...entry }) => entry as OracleEntry));
    cursor = page.next;
    await between();
  } while (cursor !== undefined);
  return seen;
}
