import type { Entry } from '../entry.ts';
import { decimalText, fromScaled } from '../score.ts';
import type { View } from '../series.ts';
import { type Found, LISTED, type ScoreOutlier, shownZ } from './outliers.ts';
import { centerOf, describeCenter, modifiedZ, SMALLEST_SAMPLE, THRESHOLD } from './robust.ts';

/**
 * Scores that are too good by their modified z-score; a bad score harms nobody. `scores` are scaled and best first, `first` are the
 * first entries (at least {@link LISTED} of them where there are so many).
 */
export function extremesOf({ board }: View, scores: Float64Array, first: readonly Entry[]): Found<ScoreOutlier> {
  const center = scores.length < SMALLEST_SAMPLE ? undefined : centerOf(scores);
  if (center === undefined) return { found: 0, listed: [] };
  const zOf = (place: number): number => Math.abs(modifiedZ(center, scores[place] as number));
  const half = scores.length >> 1;
  let found = 0;
  while (found < half && zOf(found) > THRESHOLD) found += 1;
  const { decimals } = board;
  const { median, deviation } = describeCenter(center, decimals);
  const { measure } = center;
  const listed = first.slice(0, Math.min(found, LISTED)).map(({ player, rank }, place): ScoreOutlier => {
    const score = scores[place] as number;
    const z = shownZ(zOf(place));
    return {
      kind: 'score',
      player,
      rank,
      value: fromScaled(score, decimals),
      why:
        `${player === '' ? 'A deleted player' : JSON.stringify(player)} has ${decimalText(BigInt(score), decimals)}; the median of the ${scores.length} entries is ${median}, ` +
        `their ${measure} absolute deviation from it ${deviation}: the modified z-score is ${z}, and above ${THRESHOLD} is unusual.`,
      evidence: { median, deviation, measure, z },
    };
  });
  return { found, listed };
}
