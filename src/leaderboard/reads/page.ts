import { z } from 'zod';
import { OpslineError } from '../../errors.ts';
import { Entry, entriesOf, metadataOf } from '../entry.ts';
import type { BoardKeys } from '../keys.ts';
import { scripts } from '../scripts.ts';
import type { View } from '../series.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { type Read, WindowState } from './read.ts';

export const Page = WindowState.extend({
  count: z.number().int().describe('Entries in the whole window'),
  entries: z.array(Entry),
  next: z.string().optional().describe('Cursor of the entries behind these; absent when there are none'),
});
export type Page = z.infer<typeof Page>;

export interface TopQuery {
  readonly offset?: number | undefined;
  /** `next` of a page before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A page from the top: skips `offset` entries, or those up to a `cursor`, and gives at most `limit`. */
export function top({ offset = 0, cursor, limit }: TopQuery): Read<Page> {
  const page = { keys: pageKeys, answer: pageOf };
  if (cursor === undefined) {
    return { script: scripts.top, ...page, args: (view) => [...pageArgs(view), offset, limit] };
  }
  return {
    script: scripts.after,
    ...page,
    args: (view) => {
      const { key, player } = readCursor(view, cursor);
      return [...pageArgs(view), key, player, limit];
    },
  };
}

/** A player's entry with up to `span` before and behind it; it throws `player-not-found`. */
export function around(player: string, span: number): Read<Page> {
  return {
    script: scripts.around,
    keys: pageKeys,
    args: (view) => [...pageArgs(view), player, span],
    answer: (view, reply, state) => {
      if (reply[0] !== null) return pageOf(view, reply, state);
      throw new OpslineError(
        'player-not-found',
        `${JSON.stringify(player)} has no entry in ${view.window.id} of the board ${view.board.id}.`,
      );
    },
  };
}

/** KEYS behind the state, as `page-of.lua` says. */
export function pageKeys({ window: { id } }: View, keys: BoardKeys): string[] {
  return [keys.entries(id), keys.scores(id), keys.metadata(id)];
}

/** ARGV behind the known version, as `page-of.lua` says. */
export function pageArgs({ board, plan }: View): number[] {
  return [plan.unit, Number(board.metadataBytes > 0)];
}

type ScriptPage = [count: number, first: number, better: number, different: number, entries: string, metadata: string];

function pageOf(view: View, reply: readonly unknown[], state: WindowState): Page {
  const [count, first, better, different, page, metadata] = reply as ScriptPage;
  const flat = JSON.parse(page) as string[];
  const entries = entriesOf(view, flat, { first, better, different });
  // What Redis does not have is false in its scripts.
  const texts = JSON.parse(metadata) as (string | false)[];
  for (const [index, text] of texts.entries()) Object.assign(entries[index] as Entry, metadataOf(text || null));
  const more = first + entries.length < count && entries.length > 0;
  const last = { key: flat.at(-1) as string, player: flat.at(-2) as string };
  return { ...state, count, entries, ...(more ? { next: writeCursor(view, last) } : {}) };
}
