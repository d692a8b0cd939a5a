import type { RedisClient } from '../redis/client.ts';
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
 * Drops closed windows that are older than the board keeps: all but the so many of each kind that ended last, or those that ended
 * so many days ago (`now` is Unix milliseconds). Each is one script, which only unlinks. Returns how many were dropped.
 */
export async function dropOld(
  redis: RedisClient,
  prefix: string,
  board: Board,
  now: number,
  signal?: AbortSignal,
): Promise<number> {
  const kinds = Map.groupBy(await closedWindows(redis, prefix, board), ({ window }) => kindOf(window));
  const old = [...kinds.values()].flatMap((closed) => oldOf(board, closed, now));
  for (const { window, number } of old) {
    signal?.throwIfAborted();
    await dropWindow(redis, prefix, board, window, number);
  }
  return old.length;
}

interface Closed {
  readonly window: string;
  readonly number: string;
}

/** Those of one kind that are not kept. Numbers say when a window was closed, which an import makes differ from when it ended. */
function oldOf(board: Board, closed: readonly Closed[], now: number): Closed[] {
  const endOf = ({ window }: Closed): number => viewOf(board, window).window.end;
  if ('days' in board.keep) {
    const before = now - board.keep.days * DAY_MS;
    return closed.filter((each) => endOf(each) <= before);
  }
  if (closed.length <= board.keep.windows) return [];
  return closed.toSorted((a, b) => endOf(a) - endOf(b)).slice(0, closed.length - board.keep.windows);
}

async function closedWindows(redis: RedisClient, prefix: string, { id }: Board): Promise<Closed[]> {
  const { closed } = boardKeys(prefix, id);
  const all: Closed[] = [];
  for (let skip = 0; ; skip += CHUNK) {
    const flat = await redis.zrange(closed, String(skip), String(skip + CHUNK - 1), 'WITHSCORES');
    for (let i = 0; i < flat.length; i += 2) all.push({ window: flat[i] as string, number: flat[i + 1] as string });
    if (flat.length < 2 * CHUNK) return all;
  }
}

/** Drops one closed window, if it is still the one of that number. */
export async function dropWindow(
  redis: RedisClient,
  prefix: string,
  board: Board,
  window: string,
  number: string,
): Promise<boolean> {
  const keys = boardKeys(prefix, board.id);
  const { kind, end } = viewOf(board, window).window;
  const dropped = await runScript(
    redis,
    scripts.drop,
    [
      ...[keys.closed, keys.late, keys.unrecorded, keys.records, keys.dropped],
      ...[keys.state(window), keys.entries(window), keys.times(window), keys.metadata(window), keys.scores(window)],
      keys.statistics(window),
    ],
    [window, kind, number, MARK_SECONDS, end],
  );
  return dropped === 1;
}

function kindOf(window: string): string {
  return window.split(':')[0] as string;
}
