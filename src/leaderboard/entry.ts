import { z } from 'zod';
import { isDeleted } from './deleted.ts';
import { JsonValue } from './events.ts';
import { isoTime } from './iso-time.ts';
import { fromScaled } from './score.ts';
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
    const member = flat[i] as string;
    const deleted = isDeleted(member);
    // What an entry may lack is added, not spread, which costs a page of many entries a good part of its time.
    const entry: Entry = { rank, competitionRank, player: deleted ? '' : member, score };
    if (deleted) entry.deleted = true;
    if (view.board.denseRanks) entry.denseRank = denseRank;
    if (view.plan.resolutionMs !== undefined) entry.time = timeOf(view, key, view.plan.resolutionMs);
    entries.push(entry);
  }
  return entries;
}

/** The score in a sort key. */
export function scoreOf({ board, plan }: View, key: number): number {
  return fromScaled(decodeKey(plan, key).score, board.decimals);
}

function timeOf({ plan, window }: View, key: number, resolutionMs: number): string {
  return isoTime(window.start + decodeKey(plan, key).steps * resolutionMs);
}

/** Metadata as it is kept, for an entry. */
export function metadataOf(text: string | null | undefined): Pick<Entry, 'metadata'> {
  return text === null || text === undefined ? {} : { metadata: JSON.parse(text) };
}
