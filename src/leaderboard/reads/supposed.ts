import { z } from 'zod';
import { OpslineError } from '../../errors.ts';
import { scaledRange } from '../plan.ts';
import { toScaled } from '../score.ts';
import { scripts } from '../scripts.ts';
import type { View } from '../series.ts';
import { type Read, WindowState } from './read.ts';

export const SupposedRank = WindowState.extend({
  score: z.number(),
  rank: z
    .number()
    .int()
    .describe('Ordinal rank of a new entry with the score: behind all that have it, since they had it first'),
  competitionRank: z.number().int(),
  denseRank: z.number().int().optional().describe('Where dense ranks are kept'),
  better: z.number().int().describe('Entries with a better score'),
  count: z.number().int().describe('Entries in the window, without the supposed one'),
});
export type SupposedRank = z.infer<typeof SupposedRank>;

type ScriptSupposed = [count: number, better: number, asGood: number, different: number];

/** The rank that a new entry with a score would get now. It throws `invalid-request` for a score that the board cannot keep. */
export function supposedRank(score: number): Read<SupposedRank> {
  return {
    script: scripts.supposed,
    keys: ({ window: { id } }, keys) => [keys.entries(id), keys.scores(id)],
    args: (view) => {
      const signed = view.plan.sign * scaled(view, score);
      return [signed, signed * view.plan.unit, (signed + 1) * view.plan.unit];
    },
    answer: ({ board }, reply, state) => {
      const [count, better, asGood, different] = reply as ScriptSupposed;
      return {
        ...state,
        score,
        rank: asGood + 1,
        competitionRank: better + 1,
        ...(board.denseRanks ? { denseRank: different + 1 } : {}),
        better,
        count,
      };
    },
  };
}

function scaled({ board }: View, score: number): number {
  const whole = toScaled(score, board.decimals);
  const { low, high } = scaledRange(board);
  if (typeof whole === 'number' && whole >= low && whole <= high) return whole;
  const message = typeof whole === 'string' ? whole : `must be from ${board.min} to ${board.max}`;
  throw new OpslineError('invalid-request', `No entry of the board ${board.id} can have this score: it ${message}.`);
}
