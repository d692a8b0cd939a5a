import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { runScript } from '../redis/script.ts';
import type { Board } from './definition.ts';
import { boardKeys } from './keys.ts';
import { checksum, scanWindow } from './scan.ts';
import { scripts } from './scripts.ts';
import { type View, viewOf } from './series.ts';

const Checksum = z.string().regex(/^[0-9a-f]{64}$/);

/** What is written down of a closed window. Its entries stay where they were, and are read as those of any window. */
export const Snapshot = z.object({
  number: z.number().int().describe('1 for the first window of the board that was closed; never used again'),
  window: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime().describe('The first moment that is not in the window'),
  closedAt: z.iso.datetime(),
  entries: z.number().int(),
  events: z.number().int().describe('Events applied to the window'),
  late: z.number().int().describe('Events that had come too late for the window when it was closed'),
  checksum: Checksum.describe('SHA-256 of the entries, as docs/leaderboard.md says'),
  revisions: z
    .array(
      z.object({
        at: z.iso.datetime().describe('When it stopped being the checksum'),
        checksum: Checksum,
        reason: z.string(),
      }),
    )
    .describe('Checksums that the snapshot had before, oldest first: it changes only when a player is deleted'),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const SnapshotPage = z.object({
  snapshots: z.array(Snapshot).describe('Closed last first'),
  cursor: z.string().optional().describe('Where the next page begins; absent on the last one'),
});
export type SnapshotPage = z.infer<typeof SnapshotPage>;

/** Events that came after the time of grace of a window, which does not count them. */
export const LateCounts = z.object({
  windows: z.record(z.string(), z.number().int()).describe('By id, of windows that are kept'),
  others: z.record(z.string(), z.number().int()).describe('By kind, of windows that are dropped or never had an event'),
});
export type LateCounts = z.infer<typeof LateCounts>;

/**
 * Makes the record of a closed window and writes it down; where there is one of other entries, its checksum is kept among the
 * revisions. It follows from what is kept of the window alone, so whoever makes it makes the same. Does nothing when the window is
 * not closed, or dropped.
 */
export async function recordSnapshot(
  redis: RedisClient,
  prefix: string,
  board: Board,
  window: string,
  signal?: AbortSignal,
): Promise<void> {
  const view = viewOf(board, window);
  const keys = boardKeys(prefix, board.id);
  for (;;) {
    const state = await redis.hgetall(keys.state(window));
    const number = state.closed;
    if (number === undefined || state.dropped !== undefined) return;
    const [before, entries] = await Promise.all([redis.hget(keys.records, number), sumUp(redis, prefix, view, signal)]);
    if (String(entries.revision) !== state.revision) continue;
    const record = recordOf(view, state, entries, before === null ? undefined : Snapshot.parse(JSON.parse(before)));
    const written = await runScript(
      redis,
      scripts.record,
      [keys.state(window), keys.times(window), keys.unrecorded, keys.records],
      [window, number, entries.revision, before ?? '', JSON.stringify(record)],
    );
    if (written === 1) return;
  }
}

interface Sum {
  /** NaN when the entries are not of one revision. */
  readonly revision: number;
  readonly count: number;
  readonly checksum: string;
}

async function sumUp(redis: RedisClient, prefix: string, view: View, signal?: AbortSignal): Promise<Sum> {
  const sum = checksum(view.board.decimals);
  let revision: number | undefined;
  let count = 0;
  for await (const page of scanWindow(redis, prefix, view, signal)) {
    revision ??= page.revision;
    if (page.revision !== revision) revision = Number.NaN;
    sum.add(page.entries);
    count += page.entries.length;
  }
  return { revision: revision ?? Number.NaN, count, checksum: sum.hex() };
}

function recordOf({ window }: View, state: Record<string, string>, sum: Sum, before?: Snapshot): Snapshot {
  if (before !== undefined) {
    if (before.checksum === sum.checksum) return before;
    const at = new Date(Number(state.revisedAt)).toISOString();
    const revision = { at, checksum: before.checksum, reason: 'a player was deleted' };
    return { ...before, checksum: sum.checksum, revisions: [...before.revisions, revision] };
  }
  return {
    number: Number(state.closed),
    window: window.id,
    from: new Date(window.start).toISOString(),
    to: new Date(window.end).toISOString(),
    closedAt: new Date(Number(state.closedAt)).toISOString(),
    entries: sum.count,
    events: Number(state.events),
    late: Number(state.late),
    checksum: sum.checksum,
    revisions: [],
  };
}

/** Reads records of snapshots; those that are just being made are not there yet. */
export class Snapshots {
  readonly #redis: RedisClient;
  readonly #prefix: string;

  constructor(redis: RedisClient, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /** A page, closed last first. `cursor` is what the page before gave. */
  async list({ id }: Board, { limit, cursor }: { limit: number; cursor?: string }): Promise<SnapshotPage> {
    const keys = boardKeys(this.#prefix, id);
    const below = cursor === undefined ? '+inf' : `(${cursor}`;
    const closed = await this.#redis.zrange(
      keys.closed,
      below,
      '-inf',
      'BYSCORE',
      'REV',
      'LIMIT',
      0,
      limit + 1,
      'WITHSCORES',
    );
    const numbers = closed.filter((_, index) => index % 2 === 1);
    const shown = numbers.slice(0, limit);
    const records = shown.length === 0 ? [] : await this.#redis.hmget(keys.records, ...shown);
    return {
      snapshots: records.flatMap((text) => (text === null ? [] : [Snapshot.parse(JSON.parse(text))])),
      ...(numbers.length > limit ? { cursor: shown.at(-1) as string } : {}),
    };
  }

  /** One record. Throws `snapshot-not-found`. */
  async get({ id }: Board, number: number): Promise<Snapshot> {
    const text = await this.#redis.hget(boardKeys(this.#prefix, id).records, String(number));
    if (text !== null) return Snapshot.parse(JSON.parse(text));
    throw new OpslineError('snapshot-not-found', `The board ${id} keeps no snapshot ${number}.`);
  }

  async late({ id }: Board): Promise<LateCounts> {
    const counts = Object.entries(await this.#redis.hgetall(boardKeys(this.#prefix, id).late)).sort();
    const numbers = (windows: boolean): Record<string, number> =>
      Object.fromEntries(
        counts.filter(([name]) => name.includes(':') === windows).map(([name, n]) => [name, Number(n)]),
      );
    return { windows: numbers(true), others: numbers(false) };
  }
}
