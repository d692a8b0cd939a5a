import { citeLines } from '../../src/evidence/cite.ts';
import { type Citation, sameObject } from '../../src/evidence/model.ts';
import { quantilesIn } from '../../src/evidence/quantiles.ts';
import { durationIn } from './analyzers/running/durations.ts';
import { isUp, subjectOf } from './analyzers/startup/log-errors.ts';
import { askedFor } from './asked-workloads.ts';
import { named, type View } from './view.ts';

/** Who waits notices from here on, in milliseconds. */
const FELT_MS = 1000;
/** So many times of a log tell how it usually is. */
const LEAST = 6;

/** What tells that a program that a question names is not late: its log's own times, or a quantile of its latencies. */
interface Fast {
  readonly summary: string;
  readonly citations: readonly Citation[];
}

/** Who asks why, or of another time, is not answered by how it is now. */
const NOT_NOW = /\b(?:why|was|were|became|yesterday|last|ago|between|sometimes|at times|since)\b/i;

/** That the workloads that a question names answer within a second, as their logs or metrics tell. Undefined where neither tells. */
export function toldFast(question: string, view: View): Fast | undefined {
  if (NOT_NOW.test(question)) return undefined;
  for (const { ref } of askedFor(question, view)) {
    const quantile = view.scene.items.flatMap(quantilesIn).find(({ subject }) => subject === ref.name);
    const now = quantile?.values.at(-1);
    if (quantile !== undefined && now !== undefined && now * 1000 < FELT_MS)
      return {
        summary: `${Number((Number(quantile.share) * 100).toFixed(2))} % of the answers of ${named(ref)} take ${Math.round(now * 1000)} ms or less.`,
        citations: [quantile.cite() ?? []].flat(),
      };
    for (const log of view.scene.logs) {
      const subject = log.previous || log.pipeline === true || !isUp(view, log) ? undefined : subjectOf(view, log);
      if (subject === undefined || !sameObject(subject, ref)) continue;
      const timed = log.lines.flatMap((line) => {
        const took = durationIn(line.raw);
        return took === undefined ? [] : [{ line, took }];
      });
      const slowest = timed.toSorted((a, b) => b.took - a.took)[0];
      if (timed.length >= LEAST && slowest !== undefined && slowest.took < FELT_MS)
        return {
          summary: `The longest operation in the log of ${named(ref)} took ${Math.round(slowest.took)} ms.`,
          citations: [citeLines(log.item, slowest.line.n - log.item.lines.from) ?? []].flat(),
        };
    }
  }
  return undefined;
}
