import { z } from 'zod';
import { scoreOf } from '../entry.ts';
import { scripts } from '../scripts.ts';
import type { Read } from './read.ts';

export const Percentile = z.object({
  percentile: z.number(),
  score: z.number().describe('The lowest score that at least so many percent of the entries do not exceed'),
});
export type Percentile = z.infer<typeof Percentile>;

export const Percentiles = z.object({ count: z.number().int(), percentiles: z.array(Percentile) });
export type Percentiles = z.infer<typeof Percentiles>;

/** Scores at percentiles from 0 to 100 with at most three decimals, exact by rank; none when there are no entries. */
export function percentiles(wanted: readonly number[]): Read<Percentiles> {
  return {
    script: scripts.percentiles,
    keys: ({ window }, keys) => [keys.entries(window.id)],
    args: ({ plan }) => [plan.sign === -1 ? 1 : 0, ...wanted.map((percentile) => Math.round(percentile * 1000))],
    answer: (view, reply) => {
      const [count, ...keys] = reply as [number, ...string[]];
      return {
        count,
        percentiles: keys.map((key, index) => ({
          percentile: wanted[index] as number,
          score: scoreOf(view, Number(key)),
        })),
      };
    },
  };
}
