import { behind, servicesIn } from '../../../../src/evidence/calls.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import { isFelt, LATENCY, measuresIn } from '../../../../src/evidence/measures.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { View } from '../../view.ts';
import { about } from '../../view.ts';

/** What clients say of an answer that does not come in time. A connection that is never made is another thing. */
const LATE =
  /[Rr]ead timed ?out|awaiting headers|timeout of \d+ ?ms exceeded|HttpClient\.Timeout|ReadTimeout|SocketTimeoutException: Read|DEADLINE_EXCEEDED|[Dd]eadline [Ee]xceeded|upstream request timeout|while reading response header|[Cc]ommand (?:timed out|timeout)|ESOCKETTIMEDOUT|did not (?:respond|answer) (?:in time|within)/;

/** Where monitoring tells that one of these pods takes far longer to answer than it usually does. */
function slowByMeasure(view: View, pods: readonly ObjectRef[]): Citation | undefined {
  const names = new Set(pods.flatMap((pod) => [pod.name, workloadOf(view.scene, pod).name]));
  for (const item of view.scene.items)
    for (const one of measuresIn(item))
      if (LATENCY.test(one.metric) && names.has(one.subject) && isFelt(one)) return one.cite();
  return undefined;
}

/**
 * Where the log of a caller tells that one of these pods did not answer in time, or the pod's own probes do, or monitoring that it
 * answers far later than usual.
 */
export function lateAnswer(view: View, pods: readonly ObjectRef[]): Citation | undefined {
  for (const log of view.scene.logs)
    for (const line of log.lines) {
      if (line.level === 'debug' || line.level === 'info' || !LATE.test(line.text)) continue;
      const called = behind(view.scene, view.pods, servicesIn(view.scene, `${line.text}\n${calleeIn(line.raw)}`));
      if (called.some((ref) => pods.some((pod) => sameObject(pod, ref))))
        return citeLines(log.item, line.n - log.item.lines.from);
    }
  for (const pod of pods) {
    const said = about(view, pod).find((one) =>
      /probe (?:failed|errored).*(?:deadline exceeded|timed? ?out)/i.test(one.text),
    );
    if (said !== undefined) return said.cite();
  }
  return slowByMeasure(view, pods);
}

/** A JSON line tells the callee in a field of its own. */
function calleeIn(raw: string): string {
  const found = /"(?:upstream|target|peer|callee|remote|dependency|service|host|url)[\w.]*"\s*:\s*"([^"]{1,200})"/gi;
  return [...raw.matchAll(found)].map(([, value]) => value).join(' ');
}
