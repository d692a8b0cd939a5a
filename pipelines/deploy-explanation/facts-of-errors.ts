import { citeLines } from '../../src/evidence/cite.ts';
import { wholeLogs } from '../../src/evidence/logs/parts.ts';
import { sameObject } from '../../src/evidence/model.ts';
import type { LogLine } from '../../src/evidence/parse/log.ts';
import type { SceneLog } from '../../src/evidence/scene.ts';
import { answerIn } from './analyzers/running/answers.ts';
import { subjectOf } from './analyzers/startup/log-errors.ts';
import { askedFor } from './asked-workloads.ts';
import type { Fact } from './facts.ts';
import { named, type View } from './view.ts';

const ASKS =
  /\b(?:any|which|what|how many|list|show|find|are there|were there|did|does|has|have)\b[^?]*\b(?:errors?|exceptions?|5xx|(?:failed|failing) requests?)\b/i;
const REQUESTS = /\bhttp\b|\brequests?\b|\b5xx\b|\b5\d\d\b|\bserver errors?\b/i;
const MAX_CITED = 6;

interface Counted {
  readonly log: SceneLog;
  readonly line: LogLine;
}

const isError = ({ level }: LogLine): boolean => level === 'error' || level === 'fatal';

/** How many errors, or requests answered with one, the log of the workload tells of that a question asks for; also that it tells of none. */
export function errorsOf(question: string, view: View): Fact | undefined {
  if (!ASKS.test(question)) return undefined;
  const asked = askedFor(question, view);
  const wholes = wholeLogs(view.scene.logs).flatMap((parts) => {
    const [log] = parts;
    const subject = log === undefined || log.pipeline === true ? undefined : subjectOf(view, log);
    return subject !== undefined && asked.some(({ ref }) => sameObject(ref, subject)) ? [{ parts, subject }] : [];
  });
  const subject = wholes[0]?.subject;
  if (subject === undefined || wholes.some((one) => !sameObject(one.subject, subject))) return undefined;
  const lines: Counted[] = wholes.flatMap(({ parts }) =>
    parts.flatMap((log) => log.lines.map((line) => ({ log, line }))),
  );
  const answers = lines.flatMap((one) => {
    const status = answerIn(one.line);
    return status === undefined ? [] : [{ ...one, status }];
  });
  const ofRequests = REQUESTS.test(question) && answers.length > 0;
  const found: readonly Counted[] = ofRequests
    ? answers.filter(({ status }) => status.startsWith('5'))
    : lines.filter(({ line }) => isError(line));
  // What was left out of a cut log is not counted.
  const whole = wholes.every(({ parts }) => parts.length === 1);
  const total = ofRequests ? answers.length : lines.length;
  const plural = (whole ? total : found.length) === 1 ? '' : 's';
  const count = `${found.length || (whole ? 'none' : 'no')}${whole ? ` of ${total}` : ''} ${ofRequests ? 'request' : 'line'}${plural}`;
  const what = ofRequests ? 'answered with a server error (5xx)' : 'of an error';
  const last = found.at(-1);
  return {
    summary: `The log of ${named(subject)} shows ${count} ${what}${last === undefined ? '' : `, the last: \`${last.line.text.trim().slice(0, 240)}\``}.`,
    citations: (last === undefined ? lines : found)
      .slice(last === undefined ? -1 : -MAX_CITED)
      .flatMap(({ log, line }) => citeLines(log.item, line.n - log.item.lines.from) ?? []),
    of: subject,
  };
}
