import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { runScript, type Script } from '../redis/script.ts';
import { playerOf } from './deleted.ts';
import { JsonValue } from './events.ts';
import { boardKeys } from './keys.ts';
import { fromScaled } from './score.ts';
import { scripts } from './scripts.ts';
import type { View } from './series.ts';
import { decodeKey } from './sort-key.ts';

/** A player's place in a window. */
export const Entry = z.object({
  rank: z.number().int().describe('Ordinal rank from 1: no two entries share one'),
  competitionRank: z.number().int().describe('1, 1, 3: equal scores share the rank of the first of them'),
  denseRank: z
    .number()
    .int()
    .optional()
    .describe('1, 1, 2: how many different scores are as good; where they are kept'),
  player: z.string().describe('Empty once the player is deleted'),
  deleted: z.literal(true).optional().describe('The player was deleted after the window was closed; the place is kept'),
  score: z.number(),
  metadata: z.record(z.string(), JsonValue).optional().describe('Of the event that made the entry'),
  time: z.iso
    .datetime()
    .optional()
    .describe('When the score was reached (best) or last changed, at the resolution that breaks ties'),
});
export type Entry = z.infer<typeof Entry>;

export const Page = z.object({
  board: z.string(),
  window: z.string(),
  count: z.number().int().describe('Entries in the whole window'),
  entries: z.array(Entry),
});
export type Page = z.infer<typeof Page>;

export const Percentile = z.object({
  percentile: z.number(),
  score: z.number().describe('The lowest score that at least so many percent of the entries do not exceed'),
});
export type Percentile = z.infer<typeof Percentile>;

/** Reads of one window; each is one round trip, because each is one script. */
export class Reads {
  readonly #redis: RedisClient;
  readonly #prefix: string;

  constructor(redis: RedisClient, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /** A page from the top: skips `offset` entries, gives at most `limit`. */
  async top(view: View, offset: number, limit: number): Promise<Page> {
    return pageOf(view, await this.#page(scripts.top, view, [offset, limit]));
  }

  /** A player's entry with up to `span` before and behind it. Throws `player-not-found`. */
  async around(view: View, player: string, span: number): Promise<Page> {
    const reply = await this.#page(scripts.around, view, [player, span]);
    if (reply !== null) return pageOf(view, reply);
    throw new OpslineError(
      'player-not-found',
      `${JSON.stringify(player)} has no entry in ${view.window.id} of the board ${view.board.id}.`,
    );
  }

  /** How many entries the window has. */
  count(view: View): Promise<number> {
    return this.#redis.zcard(this.#entries(view));
  }

  /** Scores at percentiles from 0 to 100 with at most three decimals, exact by rank; none when there are no entries. */
  async percentiles(view: View, percentiles: readonly number[]): Promise<{ count: number; percentiles: Percentile[] }> {
    const places = percentiles.map((percentile) => Math.round(percentile * 1000));
    const reply = await runScript(
      this.#redis,
      scripts.percentiles,
      [this.#entries(view)],
      [view.plan.sign === -1 ? 1 : 0, ...places],
    );
    const [count, ...keys] = reply as [number, ...string[]];
    return {
      count,
      percentiles: keys.map((key, index) => ({
        percentile: percentiles[index] as number,
        score: scoreOf(view, Number(key)),
      })),
    };
  }

  /** Runs a script that answers with a page (`page-of.lua`). */
  #page(script: Script, { board, window, plan }: View, args: readonly (string | number)[]): Promise<unknown> {
    const keys = boardKeys(this.#prefix, board.id);
    return runScript(
      this.#redis,
      script,
      [keys.entries(window.id), keys.scores(window.id), keys.metadata(window.id)],
      [plan.unit, Number(board.metadataBytes > 0), ...args],
    );
  }

  #entries({ board, window }: View): string {
    return boardKeys(this.#prefix, board.id).entries(window.id);
  }
}

type ScriptPage = [
  count: number,
  first: number,
  better: number,
  different: number,
  page: string[],
  metadata: (string | null)[],
];

function pageOf(view: View, reply: unknown): Page {
  const [count, first, better, different, flat, metadata] = reply as ScriptPage;
  const entries = entriesOf(view, flat, { first, better, different });
  for (const [index, text] of metadata.entries()) {
    if (text !== null) Object.assign(entries[index] as Entry, { metadata: JSON.parse(text) });
  }
  return { board: view.board.id, window: view.window.id, count, entries };
}

/** What stands before a page: entries, entries with a better score than its first one, different better scores. */
export interface Before {
  readonly first: number;
  readonly better: number;
  readonly different: number;
}

/** Entries of a page. Where the score changes within it, the competition rank is the ordinal one. */
export function entriesOf(view: View, flat: readonly string[], { first, better, different }: Before): Entry[] {
  const entries: Entry[] = [];
  let competitionRank = better + 1;
  let denseRank = different + 1;
  for (let i = 0; i < flat.length; i += 2) {
    const rank = first + i / 2 + 1;
    const key = Number(flat[i + 1]);
    const score = scoreOf(view, key);
    const before = entries.at(-1);
    if (before !== undefined && before.score !== score) {
      competitionRank = rank;
      denseRank += 1;
    }
    entries.push({
      rank,
      competitionRank,
      ...(view.board.denseRanks ? { denseRank } : {}),
      ...playerOf(flat[i] as string),
      score,
      ...timeOf(view, key),
    });
  }
  return entries;
}

function scoreOf({ board, plan }: View, key: number): number {
  return fromScaled(decodeKey(plan, key).score, board.decimals);
}

function timeOf({ plan, window }: View, key: number): { time?: string } {
  if (plan.resolutionMs === undefined) return {};
  return { time: new Date(window.start + decodeKey(plan, key).steps * plan.resolutionMs).toISOString() };
}
