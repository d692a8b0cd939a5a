import { z } from 'zod';
import { Entry, entriesOf, metadataOf } from '../entry.ts';
import { scripts } from '../scripts.ts';
import { pageArgs, pageKeys } from './page.ts';
import { type Read, WindowState } from './read.ts';

/** This many players may be asked for at once. */
export const MAX_FRIENDS = 200;

export const Friends = WindowState.extend({
  count: z.number().int().describe('Entries in the whole window'),
  entries: z
    .array(Entry.extend({ place: z.number().int().describe('Rank among the players asked for, from 1') }))
    .describe('In order, with their ranks in the whole window'),
  missing: z.array(z.string()).describe('Players asked for that have no entry, in the order asked'),
});
export type Friends = z.infer<typeof Friends>;

type ScriptFriends = [count: number, keys: (string | null)[], standings: number[], metadata: (string | null)[]];

/** The entries of a set of players, at most {@link MAX_FRIENDS}. Who is named twice counts once. */
export function friends(players: readonly string[]): Read<Friends> {
  const asked = [...new Set(players)];
  return {
    script: scripts.friends,
    keys: pageKeys,
    args: (view) => [...pageArgs(view), ...asked],
    answer: (view, reply, state) => {
      const [count, keys, standings, metadata] = reply as ScriptFriends;
      let at = 0;
      const entries = asked.flatMap((player, index) => {
        const key = keys[index];
        if (key === null || key === undefined) return [];
        const [first = 0, better = 0, different = 0] = standings.slice(at, at + 3);
        at += 3;
        const [entry] = entriesOf(view, [player, key], { first, better, different });
        return [{ ...(entry as Entry), ...metadataOf(metadata[index]) }];
      });
      entries.sort((a, b) => a.rank - b.rank);
      return {
        ...state,
        count,
        entries: entries.map((entry, index) => ({ ...entry, place: index + 1 })),
        missing: asked.filter((_, index) => (keys[index] ?? null) === null),
      };
    },
  };
}
