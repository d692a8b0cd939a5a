import { brier, isotonic, type Level, probabilityOf } from '../../../src/evaluation/isotonic.ts';
import type { FirstTries, Place } from './first-tries.ts';

const thousandth = (value: number): number => Math.round(value * 1000) / 1000;

/** The curves of both places, rounded to thousandths. */
export function curvesOf(tries: readonly FirstTries[]): Record<Place, Level[]> {
  const curve = (place: Place): Level[] =>
    isotonic(tries.filter((row) => row.place === place)).map(({ score, probability, answers }) => ({
      score: thousandth(score),
      probability: thousandth(probability),
      answers,
    }));
  return { root: curve('root'), hypothesis: curve('hypothesis') };
}

/** The Brier score of the curves on answers they were not drawn from: each batch is judged by a curve of the others. */
export function unseenBy(tries: readonly FirstTries[], place: Place): number {
  const own = tries.filter((row) => row.place === place);
  const answers = (rows: readonly FirstTries[]): number => rows.reduce((sum, row) => sum + row.answers, 0);
  const sums = [...Map.groupBy(own, ({ batch }) => batch)].map(([batch, rows]) => {
    const levels = curvesOf(own.filter((row) => row.batch !== batch))[place];
    return answers(rows) * brier(rows, (score) => probabilityOf(levels, score));
  });
  return sums.reduce((sum, one) => sum + one, 0) / answers(own);
}
