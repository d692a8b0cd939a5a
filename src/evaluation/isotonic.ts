/** Answers that were given the same score, and how many of them were right. */
export interface Scored {
  readonly score: number;
  readonly answers: number;
  readonly right: number;
}

/** A stretch of scores that are right equally often: their mean score, and the share of them that was right. */
export interface Level {
  readonly score: number;
  readonly probability: number;
  readonly answers: number;
}

/** Answers that are pooled; the sum is that of their scores. */
interface Pool {
  readonly sum: number;
  readonly answers: number;
  readonly right: number;
}

const share = ({ answers, right }: Pool): number => (right + 1) / (answers + 2);

/**
 * How often answers of a score are right, never falling as scores rise: isotonic regression by pooling adjacent violators
 * (Ayer et al., Ann. Math. Stat. 1955), as Zadrozny and Elkan (KDD 2002) calibrate classifiers. Stretches of fewer than `least`
 * answers are pooled as well, and each gets one right and one wrong answer more (Laplace), so nothing is certain.
 */
export function isotonic(scored: readonly Scored[], least = 20): Level[] {
  const pooled: Pool[] = [];
  const settle = (last = false): void => {
    for (;;) {
      const [low, high] = pooled.slice(-2);
      if (low === undefined || high === undefined) return;
      const small = low.answers < least || (last && high.answers < least);
      if (!small && share(low) < share(high)) return;
      pooled.splice(-2, 2, {
        sum: low.sum + high.sum,
        answers: low.answers + high.answers,
        right: low.right + high.right,
      });
    }
  };
  const given = scored.filter(({ answers }) => answers > 0).toSorted((a, b) => a.score - b.score);
  for (const [score, same] of Map.groupBy(given, (one) => one.score)) {
    const answers = same.reduce((sum, one) => sum + one.answers, 0);
    pooled.push({ sum: score * answers, answers, right: same.reduce((sum, one) => sum + one.right, 0) });
    settle();
  }
  settle(true);
  return pooled.map((one) => ({ score: one.sum / one.answers, probability: share(one), answers: one.answers }));
}

/** The probability of a score: between two levels on the line that joins them, beyond the outermost as there. */
export function probabilityOf(levels: readonly Pick<Level, 'score' | 'probability'>[], score: number): number {
  const above = levels.findIndex((level) => level.score >= score);
  const [low, high] = [levels[above - 1], levels[above]];
  if (high === undefined) return levels.at(-1)?.probability ?? score;
  if (low === undefined) return high.probability;
  return low.probability + ((score - low.score) / (high.score - low.score)) * (high.probability - low.probability);
}

/** Mean squared distance of what was said from what came (Brier 1950); 0 is best. */
export function brier(scored: readonly Scored[], probability: (score: number) => number): number {
  let [sum, answers] = [0, 0];
  for (const { score, answers: count, right } of scored) {
    const said = probability(score);
    sum += right * (1 - said) ** 2 + (count - right) * said ** 2;
    answers += count;
  }
  return sum / Math.max(1, answers);
}
