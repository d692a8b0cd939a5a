import { z } from 'zod';
import type { RedisClient } from '../../redis/client.ts';
import { runScript } from '../../redis/script.ts';
import { boardKeys } from '../keys.ts';
import { scripts } from '../scripts.ts';
import { type View, viewBefore } from '../series.ts';

const Newcomer = z.object({ player: z.string(), score: z.number(), rank: z.number().int() });
const Moved = Newcomer.extend({
  rankBefore: z.number().int(),
  change: z.number().int().describe('Ranks won (above 0) or lost (below 0)'),
});

/** The first entries of a window beside the window before it. All ranks are ordinal. */
export const Movers = z.object({
  before: z.string().describe('Id of the window before'),
  revision: z.number().int().describe('Revision of the window before'),
  countBefore: z.number().int().describe('Entries in the window before'),
  entered: z.array(Newcomer).describe('Among the first now, without an entry in the window before; by rank'),
  climbed: z.array(Moved).describe('Among the first now, with a better rank than before; by ranks won'),
  fallen: z.array(Moved).describe('Among the first now, with a worse rank than before; by ranks lost'),
  stayed: z.number().int().describe('How many of the first have the rank they had'),
});
export type Movers = z.infer<typeof Movers>;

type Ranked = z.infer<typeof Newcomer>;

/** What changed among the first entries, of which each has this rank before, or none. */
export function moversOf(
  top: readonly Ranked[],
  ranksBefore: readonly (number | undefined)[],
): Pick<Movers, 'entered' | 'climbed' | 'fallen' | 'stayed'> {
  const entered: Ranked[] = [];
  const moved: Movers['climbed'] = [];
  for (const [index, { player, score, rank }] of top.entries()) {
    const rankBefore = ranksBefore[index];
    if (rankBefore === undefined) entered.push({ player, score, rank });
    else moved.push({ player, score, rank, rankBefore, change: rankBefore - rank });
  }
  return {
    entered,
    climbed: moved.filter(({ change }) => change > 0).sort((a, b) => b.change - a.change),
    fallen: moved.filter(({ change }) => change < 0).sort((a, b) => a.change - b.change),
    stayed: moved.filter(({ change }) => change === 0).length,
  };
}

/** Movers among the first entries of a window, in one round trip; undefined where no window before it has entries. */
export async function readMovers(
  redis: RedisClient,
  prefix: string,
  view: View,
  top: readonly Ranked[],
): Promise<Movers | undefined> {
  const before = viewBefore(view)?.window.id;
  if (before === undefined || top.length === 0) return undefined;
  const keys = boardKeys(prefix, view.board.id);
  const reply = await runScript(
    redis,
    scripts.ranks,
    [keys.entries(before), keys.state(before)],
    top.map(({ player }) => player),
  );
  const [revision, countBefore, places] = reply as [string | null, number, (number | null)[]];
  if (countBefore === 0) return undefined;
  const ranksBefore = places.map((place) => (place === null ? undefined : place + 1));
  return { before, revision: Number(revision ?? 0), countBefore, ...moversOf(top, ranksBefore) };
}
