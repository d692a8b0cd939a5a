import { z } from 'zod';
import { Entry } from '../entry.ts';
import { around } from './page.ts';
import type { Read } from './read.ts';

/** A player's entry and what it means in its window. */
export const Standing = Entry.extend({
  count: z.number().int().describe('Entries in the window'),
  percentile: z
    .number()
    .describe(
      'Percent of the entries, its own included, whose score is not better than its: 100 for the best score. Rounded down to three decimals',
    ),
});
export type Standing = z.infer<typeof Standing>;

/** A player's own entry; it throws `player-not-found`. */
export function standing(player: string): Read<Standing> {
  const page = around(player, 0);
  return {
    ...page,
    answer: (view, reply, state) => {
      const { count, entries } = page.answer(view, reply, state);
      const entry = entries[0] as Entry;
      return { ...entry, count, percentile: percentileAt(entry.competitionRank, count) };
    },
  };
}

/** What percentage of `count` entries are not better than those of a competition rank, rounded down to three decimals. */
export function percentileAt(competitionRank: number, count: number): number {
  return Math.floor((100_000 * (count - competitionRank + 1)) / count) / 1000;
}
