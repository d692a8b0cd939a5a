import { z } from 'zod';
import { OpslineError } from '../../errors.ts';
import { isDeleted } from '../deleted.ts';
import { scoreOf } from '../entry.ts';
import { scripts } from '../scripts.ts';
import { type View, viewBefore } from '../series.ts';
import { type Read, WindowState } from './read.ts';

/** Each is looked up in both windows by one script, which must not hold Redis for long. */
export const MAX_MOVERS = 500;

const Moved = z.object({
  player: z.string(),
  score: z.number(),
  rank: z.number().int(),
  rankBefore: z.number().int(),
  change: z.number().int().describe('Ranks won (above 0) or lost (below 0)'),
});

/** The first entries of a window beside the window before it. All ranks are ordinal; deleted players are left out. */
export const Movers = WindowState.extend({
  before: z.string().describe('Id of the window before'),
  top: z.number().int().describe('How many first entries are compared'),
  count: z.number().int().describe('Entries in the window'),
  countBefore: z.number().int().describe('Entries in the window before'),
  entered: z
    .array(Moved.omit({ rankBefore: true, change: true }))
    .describe('Among the first now, without an entry in the window before; by rank'),
  climbed: z.array(Moved).describe('Among the first now, with a better rank than before; by ranks won'),
  fallen: z.array(Moved).describe('Among the first now, with a worse rank than before; by ranks lost'),
  stayed: z.number().int().describe('How many of the first have the rank they had'),
  left: z
    .array(
      z.object({
        player: z.string(),
        rankBefore: z.number().int(),
        rank: z.number().int().optional().describe('Absent when the player has no entry now'),
      }),
    )
    .describe('Among the first before and not now; by rank before'),
});
export type Movers = z.infer<typeof Movers>;

type ScriptMovers = [
  count: number,
  countBefore: number,
  first: string[],
  placesBefore: (number | null)[],
  firstBefore: string[],
  placesNow: (number | null)[],
];

/** What changed among the first `top` entries (at most {@link MAX_MOVERS}) since the window before. It throws `window-not-found` where there is none, and `window-dropped` where that is not kept any more: then nobody can tell. */
export function movers(top: number): Read<Movers> {
  return {
    script: scripts.movers,
    compared: before,
    keys: (view, keys) => {
      const { id } = before(view).window;
      return [keys.entries(view.window.id), keys.state(id), keys.entries(id)];
    },
    args: () => [top],
    answer: (view, reply, state) => {
      const [count, countBefore, first, placesBefore, firstBefore, placesNow] = reply as ScriptMovers;
      const all = placesBefore.map((place, index) => ({
        player: first[2 * index] as string,
        score: scoreOf(view, Number(first[2 * index + 1])),
        rank: index + 1,
        ...(place === null ? {} : { rankBefore: place + 1, change: place - index }),
      }));
      // The places of deleted players have names that mean nothing beyond their window.
      const now = all.filter(({ player }) => !isDeleted(player));
      const moved = now.filter((each): each is z.infer<typeof Moved> => each.change !== undefined);
      return {
        ...state,
        before: before(view).window.id,
        top,
        count,
        countBefore,
        entered: now.filter(({ change }) => change === undefined),
        climbed: moved.filter(({ change }) => change > 0).sort((a, b) => b.change - a.change),
        fallen: moved.filter(({ change }) => change < 0).sort((a, b) => a.change - b.change),
        stayed: moved.filter(({ change }) => change === 0).length,
        left: firstBefore.flatMap((player, index) => {
          const place = placesNow[index] ?? null;
          if (isDeleted(player)) return [];
          if (place === null) return [{ player, rankBefore: index + 1 }];
          return place < top ? [] : [{ player, rankBefore: index + 1, rank: place + 1 }];
        }),
      };
    },
  };
}

function before(view: View): View {
  const found = viewBefore(view);
  if (found !== undefined) return found;
  throw new OpslineError(
    'window-not-found',
    `There is no window before ${view.window.id} of the board ${view.board.id} to compare it with. ` +
      'Hours, days, weeks, months and all seasons but the first have one.',
  );
}
