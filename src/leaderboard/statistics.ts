import { z } from 'zod';
import type { RedisClient } from '../redis/client.ts';
import { requireKept } from './dropped.ts';
import { Entry } from './entry.ts';
import { boardKeys } from './keys.ts';
import { deviationOf, meanOf, momentsOf } from './moments.ts';
import { Percentile } from './reads/percentiles.ts';
import { fromScaled } from './score.ts';
import type { View } from './series.ts';
import { readBursts } from './statistics/bursts.ts';
import { extremesOf } from './statistics/extremes.ts';
import { Histogram, histogramOf } from './statistics/histogram.ts';
import { readJumps } from './statistics/jumps.ts';
import { Movers, readMovers } from './statistics/movers.ts';
import { LISTED, Outliers, outliersOf } from './statistics/outliers.ts';
import { scanScores } from './statistics/scan.ts';

/** The percentiles that statistics hold. */
export const PERCENTILES = [10, 25, 50, 75, 90, 95, 99] as const;

/** Statistics over the entries of one window, all read at one revision of it. */
export const Statistics = z.object({
  revision: z.number().int().describe('How many parts of batches had been applied to the window'),
  consistent: z
    .boolean()
    .describe('False when events kept arriving during the scan: entries that moved then may count twice or not at all'),
  events: z.number().int().describe('Events applied to the window, which are not its entries'),
  late: z
    .number()
    .int()
    .default(0)
    .describe('Events that were not counted in the window because they came after its time of grace'),
  count: z.number().int().describe('Entries: players with at least one event'),
  scores: z
    .object({
      mean: z.number(),
      standardDeviation: z.number().describe('Of the whole population'),
      lowest: z.number(),
      highest: z.number(),
      percentiles: z.array(Percentile),
    })
    .optional()
    .describe('Absent without entries. Mean and deviation have two decimals more than scores'),
  histogram: Histogram.optional().describe('Absent without entries'),
  ties: z
    .object({
      scores: z.number().int().describe('Scores that more than one entry has'),
      entries: z.number().int().describe('Entries that share their score with another'),
      largest: z.object({ score: z.number(), entries: z.number().int() }).optional(),
    })
    .describe('Entries of equal score, before times break ties'),
  top: z.array(Entry),
  movers: Movers.optional().describe('Absent where no window before has entries, or it is not kept any more'),
  outliers: Outliers.optional().describe('Absent when nothing stands out'),
});
export type Statistics = z.infer<typeof Statistics>;

/**
 * Reads a whole window in pages and computes its statistics with exact integers; keeps the `top` first entries. `now` (Unix
 * milliseconds) says which days of sources may still be kept. Throws `window-dropped`.
 */
export async function computeStatistics(
  redis: RedisClient,
  prefix: string,
  view: View,
  { top: wanted, signal, now = Date.now() }: StatisticsOptions,
): Promise<Statistics> {
  const scan = await scanScores(redis, prefix, view, {
    top: Math.max(wanted, LISTED),
    ...(signal === undefined ? {} : { signal }),
  });
  const { revision, consistent, events, scores, top: first } = scan;
  if (revision === 0) await requireKept(redis, prefix, view);
  const top = first.slice(0, wanted);
  const [late, movers, jumps, bursts] = await Promise.all([
    redis.hget(boardKeys(prefix, view.board.id).late, view.window.id),
    readMovers(
      redis,
      prefix,
      view,
      top.filter(({ deleted }) => !deleted),
    ),
    readJumps(redis, prefix, view),
    readBursts(redis, prefix, view, now),
  ]);
  const histogram = histogramOf(scores, view.board.decimals);
  const outliers = outliersOf(extremesOf(view, scores, first), jumps, bursts);
  return {
    revision,
    consistent,
    events,
    late: Number(late ?? 0),
    count: scores.length,
    ...scoresOf(view, scores),
    ...(histogram === undefined ? {} : { histogram }),
    ties: tiesOf(view, scores),
    top,
    ...(movers === undefined ? {} : { movers }),
    ...(outliers === undefined ? {} : { outliers }),
  };
}

export interface StatisticsOptions {
  readonly top: number;
  readonly signal?: AbortSignal;
  readonly now?: number;
}

function scoresOf({ board, plan }: View, scores: Float64Array): Pick<Statistics, 'scores'> {
  const count = scores.length;
  if (count === 0) return {};
  const { decimals } = board;
  const moments = momentsOf(scores);
  // The lowest comes last where higher is better.
  const ascending = (place: number): number => scores[plan.sign === -1 ? count - place : place - 1] as number;
  const scoreAt = (place: number): number => fromScaled(ascending(place), decimals);
  return {
    scores: {
      mean: meanOf(moments, decimals, decimals + 2),
      standardDeviation: deviationOf(moments, decimals, decimals + 2),
      lowest: scoreAt(1),
      highest: scoreAt(count),
      percentiles: PERCENTILES.map((percentile) => ({
        percentile,
        score: scoreAt(Math.max(1, Math.ceil((count * percentile) / 100))),
      })),
    },
  };
}

function tiesOf({ board }: View, scores: Float64Array): Statistics['ties'] {
  let groups = 0;
  let entries = 0;
  let largest: { score: number; entries: number } | undefined;
  for (let start = 0; start < scores.length; ) {
    let end = start + 1;
    while (end < scores.length && scores[end] === scores[start]) end += 1;
    const size = end - start;
    if (size > 1) {
      groups += 1;
      entries += size;
      if (size > (largest?.entries ?? 1)) {
        largest = { score: fromScaled(scores[start] as number, board.decimals), entries: size };
      }
    }
    start = end;
  }
  return { scores: groups, entries, ...(largest === undefined ? {} : { largest }) };
}
