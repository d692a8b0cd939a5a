import { citeLines } from '../../src/evidence/cite.ts';
import { mask } from '../../src/evidence/logs/mask.ts';
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
  /\b(?:any|which|what|how many|list|show|find|summari[sz]e|are there|were there|did|does|has|have)\b[^?]*\b(?:errors?|exceptions?|5xx|(?:failed|failing) requests?)\b/i;
const REQUESTS = /\bhttp\b|\brequests?\b|\b5xx\b|\b5\d\d\b|\bserver errors?\b/i;
const MAX_SHOWN = 4;

interface Counted {
  readonly log: SceneLog;
  readonly line: LogLine;
}

const isError = ({ level }: LogLine): boolean => level === 'error' || level === 'fatal';

/** How many errors, or requests answered with one, the log of the workload tells of that a question asks for, by what they say; also that it tells of none. */
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
  const alike = [...Map.groupBy(found, ({ line }) => mask(line.text)).values()].toSorted((a, b) => b.length - a.length);
  const shown = alike.slice(0, MAX_SHOWN).flatMap((group) => {
    const last = group.at(-1);
    return last === undefined ? [] : [{ last, times: group.length }];
  });
  const told = shown.map(
    ({ last, times }) => `${times > 1 ? `${times} times ` : ''}\`${last.line.text.trim().slice(0, 240)}\``,
  );
  const more = alike.length > shown.length ? `, and ${alike.length - shown.length} of other kinds` : '';
  return {
    summary: `The log of ${named(subject)} shows ${count} ${what}${told.length === 0 ? '' : `: ${told.join(', ')}${more}`}.`,
    citations: (shown.length === 0 ? lines.slice(-1) : shown.map(({ last }) => last)).flatMap(
      ({ log, line }) => citeLines(log.item, line.n - log.item.lines.from) ?? [],
    ),
    of: subject,
  };
}
