import { citeLines } from '../../../../src/evidence/cite.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import { continuesTrace, type LogLine } from '../../../../src/evidence/parse/log.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneLog } from '../../../../src/evidence/scene.ts';
import type { View } from '../../view.ts';

/** A log line that matched, with the log and the pod it is of. */
export interface LogHit {
  readonly log: SceneLog;
  readonly line: LogLine;
  readonly index: number;
  readonly match: RegExpExecArray;
  readonly pod?: PodView;
  readonly repeats: number;
  cite(): Citation | undefined;
}

const HARMLESS = /\b(will retry|retrying in|attempt \d+ of \d+ (?:failed, )?retry)/i;
const RECOVERED =
  /\b(re-?connected|connected to|connection (?:established|restored)|recovered|now (?:healthy|ready)|successfully connected|listening on|server (?:started|listening)|ready to (?:accept|serve)|migrations? (?:complete|applied))/i;

/** The pod that a log is of: by name, or the only troubled pod of the workload it names. */
function podOfLog(view: View, log: SceneLog): PodView | undefined {
  const ref = log.pod;
  if (ref === undefined) return undefined;
  const exact = view.pods.find((pod) => sameObject(pod.ref, ref));
  if (exact !== undefined) return exact;
  if (ref.kind === 'Pod') return undefined;
  return view.pods.find((pod) => sameObject(workloadOf(view.scene, pod.ref), ref));
}

/** What a person would change for a log: the workload of its pod, or whatever the log command named. */
export function subjectOf(view: View, log: SceneLog): ObjectRef | undefined {
  const pod = podOfLog(view, log);
  if (pod !== undefined) return workloadOf(view.scene, pod.ref);
  return log.pod === undefined ? undefined : workloadOf(view.scene, log.pod);
}

/** Whether the process came to itself after the line: then the error is history. */
function recovered(log: SceneLog, index: number): boolean {
  return log.lines
    .slice(index + 1)
    .some((line) => RECOVERED.test(line.text) && line.level !== 'error' && line.level !== 'fatal');
}

function citeWithTrace(log: SceneLog, index: number): Citation | undefined {
  const { item } = log;
  const at = (log.lines[index]?.n ?? item.lines.from) - item.lines.from;
  if (log.lines[index]?.raw !== item.text.split('\n')[at]) {
    const raw = log.lines[index]?.raw.slice(0, 300) ?? '';
    const line = log.lines[index]?.n;
    return raw === '' || line === undefined
      ? undefined
      : { evidence: item.id, lines: { from: line, to: line }, quote: raw };
  }
  const next = log.lines[index + 1];
  const tail =
    next !== undefined && continuesTrace(next.text) && next.n === (log.lines[index]?.n ?? 0) + 1 ? at + 1 : at;
  return citeLines(item, at, tail) ?? citeLines(item, at);
}

/** The first matching line of each log that was not recovered from, and how often the pattern matched in it. */
export function logHits(view: View, pattern: RegExp, except?: RegExp): LogHit[] {
  return view.scene.logs.flatMap((log) => {
    if (log.pipeline) return [];
    let first: { line: LogLine; index: number; match: RegExpExecArray } | undefined;
    let repeats = 0;
    let last = 0;
    for (const [index, line] of log.lines.entries()) {
      const match = pattern.exec(line.text.slice(0, 4000));
      if (match === null || (except?.test(line.text.slice(0, 4000)) ?? false) || line.level === 'debug') continue;
      repeats++;
      last = index;
      if (first === undefined || (HARMLESS.test(first.line.text) && !HARMLESS.test(line.text)))
        first = { line, index, match };
    }
    if (first === undefined) return [];
    const pod = podOfLog(view, log);
    const troubled = pod !== undefined && !pod.ready;
    // What a program that is done said on its way is history, whatever it was.
    if (pod?.completed === true || (recovered(log, last) && !troubled)) return [];
    const { index } = first;
    return [{ log, ...first, repeats, cite: () => citeWithTrace(log, index), ...(pod === undefined ? {} : { pod }) }];
  });
}
