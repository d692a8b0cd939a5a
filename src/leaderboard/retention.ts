import type { Redis } from 'ioredis';
import { runScript } from '../redis/script.ts';
import { OPEN_GATE_SECONDS } from './apply.ts';
import type { Board } from './definition.ts';
import { boardKeys } from './keys.ts';
import { scripts } from './scripts.ts';
import { viewOf } from './series.ts';

const DAY_MS = 86_400_000;
const CHUNK = 1000;
/** Longer than a part of a batch can wait and still be applied: it must find its window closed, not make it anew. */
const MARK_SECONDS = 4 * OPEN_GATE_SECONDS;

/**
 * Drops closed windows that are older than the board keeps: all but the so many of each kind that were closed last, or those that
 * ended so many days ago (`now` is Unix milliseconds). Each is one script, which only unlinks. Returns how many were dropped.
 */
export async function dropOld(
  redis: Redis,
  prefix: string,
  board: Board,
  now: number,
  signal?: AbortSignal,
): Promise<number> {
  const old =
    'windows' in board.keep
      ? await beyond(redis, prefix, board, board.keep.windows)
      : await endedBefore(redis, prefix, board, now - board.keep.days * DAY_MS);
  for (const { window, number } of old) {
    signal?.throwIfAborted();
    await dropWindow(redis, prefix, board.id, window, number);
  }
  return old.length;
}

interface Closed {
  readonly window: string;
  readonly number: string;
}

async function beyond(redis: Redis, prefix: string, board: Board, kept: number): Promise<Closed[]> {
  const seen = new Map<string, number>();
  const old: Closed[] = [];
  for await (const closed of closedWindows(redis, prefix, board, 'last')) {
    const kind = kindOf(closed.window);
    const count = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, count);
    if (count > kept) old.push(closed);
  }
  return old.reverse();
}

async function endedBefore(redis: Redis, prefix: string, board: Board, before: number): Promise<Closed[]> {
  const old: Closed[] = [];
  for await (const closed of closedWindows(redis, prefix, board, 'first')) {
    // Windows are closed in the order of their ends, but for those that batches held back for up to a day.
    if (viewOf(board, closed.window).window.end > before) break;
    old.push(closed);
  }
  return old;
}

async function* closedWindows(
  redis: Redis,
  prefix: string,
  { id }: Board,
  from: 'first' | 'last',
): AsyncGenerator<Closed, void> {
  const { closed } = boardKeys(prefix, id);
  for (let skip = 0; ; skip += CHUNK) {
    const [first, last] = [String(skip), String(skip + CHUNK - 1)];
    const flat =
      from === 'first'
        ? await redis.zrange(closed, first, last, 'WITHSCORES')
        : await redis.zrange(closed, first, last, 'REV', 'WITHSCORES');
    for (let i = 0; i < flat.length; i += 2) yield { window: flat[i] as string, number: flat[i + 1] as string };
    if (flat.length < 2 * CHUNK) return;
  }
}

/** Drops one closed window, if it is still the one of that number. */
export async function dropWindow(
  redis: Redis,
  prefix: string,
  board: string,
  window: string,
  number: string,
): Promise<boolean> {
  const keys = boardKeys(prefix, board);
  const dropped = await runScript(
    redis,
    scripts.drop,
    [
      ...[keys.closed, keys.late, keys.unrecorded, keys.records],
      ...[keys.state(window), keys.entries(window), keys.times(window), keys.metadata(window), keys.scores(window)],
      keys.statistics(window),
    ],
    [window, kindOf(window), number, MARK_SECONDS],
  );
  return dropped === 1;
}

function kindOf(window: string): string {
  return window.split(':')[0] as string;
}
