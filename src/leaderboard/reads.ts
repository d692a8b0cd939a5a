import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { runScript } from '../redis/script.ts';
import { type Board, keyPlan } from './definition.ts';
import { boardKeys } from './keys.ts';
import { fromScaled } from './score.ts';
import { scripts } from './scripts.ts';
import { decodeKey, type KeyPlan } from './sort-key.ts';
import { parseWindow, type Window } from './windows.ts';

/** A player's place in a window. */
export const Entry = z.object({
  rank: z.number().int().describe('Ordinal rank from 1: no two entries share one'),
  competitionRank: z.number().int().describe('1, 1, 3: equal scores share the rank of the first of them'),
  player: z.string(),
  score: z.number(),
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

/** A window of a board and how its entries are ordered. */
export interface View {
  readonly board: Board;
  readonly window: Window;
  readonly plan: KeyPlan;
}

/** Throws `window-not-found` when the text names no window, or one of a kind the board does not have. */
export function viewOf(board: Board, windowId: string): View {
  const window = parseWindow(windowId);
  return { board, window, plan: keyPlan(board, window.kind) };
}

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
    return pageOf(
      view,
      await runScript(this.#redis, scripts.top, [this.#entries(view)], [offset, limit, view.plan.unit]),
    );
  }

  /** A player's entry with up to `span` before and behind it. Throws `player-not-found`. */
  async around(view: View, player: string, span: number): Promise<Page> {
    const reply = await runScript(this.#redis, scripts.around, [this.#entries(view)], [player, span, view.plan.unit]);
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

  #entries({ board, window }: View): string {
    return boardKeys(this.#prefix, board.id).entries(window.id);
  }
}

type ScriptPage = [count: number, first: number, better: number, page: string[]];

function pageOf(view: View, reply: unknown): Page {
  const [count, first, better, flat] = reply as ScriptPage;
  return { board: view.board.id, window: view.window.id, count, entries: entriesOf(view, flat, first, better) };
}

/**
 * Entries of a page. `first` entries come before it, `better` of them have a better score than its first one: where the
 * score changes within the page, the competition rank is the ordinal one.
 */
export function entriesOf(view: View, flat: readonly string[], first: number, better: number): Entry[] {
  const entries: Entry[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const rank = first + i / 2 + 1;
    const key = Number(flat[i + 1]);
    const score = scoreOf(view, key);
    const before = entries.at(-1);
    const competitionRank = before === undefined ? better + 1 : before.score === score ? before.competitionRank : rank;
    entries.push({ rank, competitionRank, player: flat[i] as string, score, ...timeOf(view, key) });
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
