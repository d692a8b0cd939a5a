import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { runScript } from '../redis/script.ts';
import { OPEN_GATE_SECONDS } from './apply.ts';
import { Board } from './definition.ts';
import { MAX_SKEW_MS } from './events.ts';
import { finishDeletions } from './forget.ts';
import { boardKeys, closingTurnKey, registryKey } from './keys.ts';
import { dropOld } from './retention.ts';
import { scripts } from './scripts.ts';
import { lateFrom, type View, viewOf } from './series.ts';
import { recordSnapshot } from './snapshots.ts';

/** How long a window stays open behind its time of grace, for processes whose clocks are behind that of Redis. */
export const CLOCK_MARGIN_MS = 10_000;
/** How long batches that were accepted in time and are not applied may keep a window from being closed. */
export const PATIENCE_MS = 24 * 3_600_000;
/** So many boards are looked after at once, and so many windows listed. */
const CHUNK = 50;

/**
 * Closes a window whose time of grace is over, by the clock of Redis, unless a batch that was accepted in time and may hold events of
 * it is not applied yet (for a day at most; an import for as long as it goes on). Says the number of the snapshot, also when it was
 * closed before; else why not: `early`, `held`, or `gone` when the window is not open.
 */
export async function sealWindow(
  redis: RedisClient,
  prefix: string,
  { board, window }: View,
): Promise<number | 'early' | 'held' | 'gone'> {
  const keys = boardKeys(prefix, board.id);
  return (await runScript(
    redis,
    scripts.seal,
    [...[keys.open, keys.closed, keys.pending, keys.state(window.id), keys.late, keys.unrecorded], keys.lastSnapshot],
    [
      ...[window.id, lateFrom(board, window), CLOCK_MARGIN_MS, PATIENCE_MS],
      // An event is at most so far ahead of its acceptance: what was accepted before has none of the window.
      window.start - MAX_SKEW_MS - CLOCK_MARGIN_MS,
    ],
  )) as number | 'early' | 'held' | 'gone';
}

/**
 * What is due on a board: finishes deletions, closes windows in the order of their ends, makes the records that are missing, and
 * drops old windows. Every step may be repeated and may have been done by somebody else; a crash between two is mended by the
 * next pass. Returns how many windows were closed.
 */
export async function closeDue(
  redis: RedisClient,
  prefix: string,
  board: Board,
  signal?: AbortSignal,
): Promise<number> {
  const keys = boardKeys(prefix, board.id);
  const now = await timeOf(redis);
  await expirePending(redis, prefix, board, now);
  const before = now - board.graceSeconds * 1000 - CLOCK_MARGIN_MS;
  let closed = 0;
  const failures: unknown[] = [];
  // What fails is tried again by the next pass, and keeps nothing else from being done.
  const attempt = async (act: () => Promise<void>): Promise<void> => {
    signal?.throwIfAborted();
    await act().catch((error: unknown) => void failures.push(error));
  };
  await attempt(() => finishDeletions(redis, prefix, board, signal));
  for (let passed = 0; ; ) {
    const due = await redis.zrange(keys.open, '-inf', String(before), 'BYSCORE', 'LIMIT', passed, CHUNK);
    passed += due.length;
    for (const id of due) {
      await attempt(async () => {
        const sealed = await sealWindow(redis, prefix, viewOf(board, id));
        if (typeof sealed === 'number') closed += 1;
        // It is listed no more, by whomever it was closed.
        if (typeof sealed === 'number' || sealed === 'gone') passed -= 1;
      });
    }
    if (due.length < CHUNK) break;
  }
  for (const id of await redis.zrange(keys.unrecorded, '0', '-1')) {
    await attempt(() => recordSnapshot(redis, prefix, board, id, signal));
  }
  await attempt(async () => void (await dropOld(redis, prefix, board, now, signal)));
  if (failures.length > 0) throw failures[0];
  return closed;
}

/** Batches of which nothing can be applied any more hold nothing back. A gate lives at least as long from the acceptance on. */
async function expirePending(redis: RedisClient, prefix: string, board: Board, now: number): Promise<void> {
  const keys = boardKeys(prefix, board.id);
  const before = now - OPEN_GATE_SECONDS * 1000;
  const old = await redis.zrange(keys.pending, '-inf', String(before), 'BYSCORE', 'LIMIT', 0, CHUNK);
  for (const name of old) {
    await runScript(redis, scripts.expirePending, [keys.pendingBatch(name), keys.pending], [name]);
  }
}

/** Unix milliseconds, as Redis has it. */
async function timeOf(redis: RedisClient): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
}

export interface ClosingOptions {
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly intervalMs: number;
  /** What failed, and on which board; the others are looked after all the same. */
  readonly onError: (error: unknown, board?: string) => void;
}

/**
 * Looks after all boards now and then every `intervalMs`, in one process of all; returns how to stop. Windows that ended while no
 * process ran are closed by the first that does.
 */
export function startClosing({ redis, prefix, intervalMs, onError }: ClosingOptions): () => void {
  const stop = new AbortController();
  const known = new Map<string, { text: string; board: Board }>();
  const look = async (id: string): Promise<void> => {
    const text = await redis.get(boardKeys(prefix, id).definition);
    if (text === null) return;
    // The same object while nothing changed: what was worked out for it stays known.
    const before = known.get(id);
    const board = before?.text === text ? before.board : Board.parse(JSON.parse(text));
    known.set(id, { text, board });
    await closeDue(redis, prefix, board, stop.signal);
  };
  const guarded = async (act: () => Promise<unknown>, board?: string): Promise<void> => {
    try {
      await act();
    } catch (error) {
      if (!stop.signal.aborted) onError(error, board);
    }
  };
  let running = false;
  const pass = async (): Promise<void> => {
    if (running) return;
    running = true;
    await guarded(async () => {
      const turn = await redis.set(
        closingTurnKey(prefix),
        String(process.pid),
        'PX',
        Math.ceil(intervalMs * 0.9),
        'NX',
      );
      if (turn !== 'OK') return;
      const ids = await redis.smembers(registryKey(prefix));
      for (let from = 0; from < ids.length && !stop.signal.aborted; from += CHUNK) {
        await Promise.all(ids.slice(from, from + CHUNK).map((id) => guarded(() => look(id), id)));
      }
    });
    running = false;
  };
  void pass();
  const timer = setInterval(() => void pass(), intervalMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    stop.abort(new OpslineError('shutting-down', 'The worker is closing.'));
  };
}
