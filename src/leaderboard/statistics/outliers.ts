import { z } from 'zod';

const iso = z.iso.datetime();
const Robust = {
  median: z.number(),
  deviation: z.number().describe('Absolute deviation from the median'),
  measure: z
    .enum(['median', 'mean'])
    .describe('Which deviation: the median one (MAD), or where that is 0 the mean one'),
  z: z.number().describe('Modified z-score (Iglewicz and Hoaglin); above 3.5 is an outlier'),
};
const why = z.string().describe('The reason in a sentence, with its numbers');

export const ScoreOutlier = z.object({
  kind: z.literal('score'),
  player: z.string().describe('Empty once the player is deleted'),
  rank: z.number().int(),
  value: z.number().describe('The score'),
  why,
  evidence: z.object(Robust),
});
export type ScoreOutlier = z.infer<typeof ScoreOutlier>;

export const Jump = z.object({
  kind: z.literal('jump'),
  player: z.string(),
  value: z.number().describe('Size of the change'),
  from: z.number().describe('Score before the event'),
  to: z.number().describe('Score after it'),
  time: iso.describe('Of the event'),
  why,
  evidence: z.object({ maxJump: z.number(), times: z.number().describe('How often maxJump goes into the change') }),
});
export type Jump = z.infer<typeof Jump>;

export const Burst = z.object({
  kind: z.literal('burst'),
  source: z.string(),
  value: z.number().int().describe('Events in its busiest ten minutes'),
  from: iso.describe('When these ten minutes begin'),
  to: iso,
  why,
  evidence: z.object({ ...Robust, counts: z.number().int().describe('Counts of sources in ten minutes compared') }),
});
export type Burst = z.infer<typeof Burst>;

/** What stands out in a window and should be looked at; nothing is left out of the standings for it. */
export const Outliers = z.object({
  scores: z.number().int().describe('Scores far better than usual'),
  jumps: z
    .number()
    .int()
    .describe('Changes by one event above the maxJump of the board; about the last 1000 of all windows are kept'),
  bursts: z.number().int().describe('Sources that sent far more events within ten minutes than usual'),
  uncounted: z
    .number()
    .int()
    .optional()
    .describe('Events whose source was not counted because a day had too many sources'),
  listed: z
    .array(z.discriminatedUnion('kind', [ScoreOutlier, Jump, Burst]))
    .describe('The ten most extreme of each kind'),
});
export type Outliers = z.infer<typeof Outliers>;
export type Outlier = Outliers['listed'][number];

/** How many outliers of each kind are named. */
export const LISTED = 10;

/** Found outliers of one kind: how many, and the most extreme of them. */
export interface Found<T extends Outlier> {
  readonly found: number;
  readonly listed: readonly T[];
}

/** All kinds together; undefined when nothing stands out. */
export function outliersOf(
  scores: Found<ScoreOutlier>,
  jumps: Found<Jump>,
  bursts: Found<Burst> & { readonly uncounted: number },
): Outliers | undefined {
  const { uncounted } = bursts;
  if (scores.found + jumps.found + bursts.found + uncounted === 0) return undefined;
  return {
    scores: scores.found,
    jumps: jumps.found,
    bursts: bursts.found,
    ...(uncounted === 0 ? {} : { uncounted }),
    listed: [...scores.listed, ...jumps.listed, ...bursts.listed],
  };
}

/** A modified z-score as it is shown. */
export function shownZ(z: number): number {
  return Math.round(z * 100) / 100;
}
