import { logs } from '../../../../src/evidence/commands/kubectl.ts';
import { mask } from '../../../../src/evidence/logs/mask.ts';
import { wholeLogs } from '../../../../src/evidence/logs/parts.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import type { SceneLog } from '../../../../src/evidence/scene.ts';
import { named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { turnsAway } from '../startup/credentials-refused.ts';
import { isUp, subjectOf } from '../startup/log-errors.ts';
import { answerIn, failsPartly, isAccessFault, wordsOf } from './answers.ts';

/** An answer with a server error, as structured fields and access logs tell it. */
const ANSWERED =
  /"(?:status|statusCode|status_code|http\.status(?:_code)?|http\.resp\.status|code)":\s*"?5\d\d\b|\bstatus=5\d\d\b/;
/** A request that is refused as it was made: the program is right, its caller is not. */
const CALLERS_FAULT =
  /"(?:status|statusCode|status_code|http\.status(?:_code)?|http\.resp\.status|code)":\s*"?4\d\d\b|\bstatus[=: ]4\d\d\b|\bcancell?ed by (?:the )?client\b|\b4\d\d (?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/|\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/\S*(?: HTTP\/[\d.]+)?["']?(?: (?:->|=>|-))? 4\d\d\b/;
/** What stands before an error that a callee answered with. */
const RELAYED = /(?:\b[A-Z_]{5,}: |desc = |rpc error|\bfailed: |\berror: )/;
/** A message this long is the same in two logs because it travelled, not by chance. */
const TELLING = 24;
/** Only the newest lines tell how it is now. */
const RECENT = 12;

interface Fault {
  readonly log: SceneLog;
  readonly line: LogLine;
  /** Whether most of the newest requests of the log were answered with a server error. */
  readonly answered: boolean;
}

const isError = ({ level }: LogLine): boolean => level === 'error' || level === 'fatal';

/** The last of the newest requests of an access log that was answered with a server error, where most of them were. */
function refusals(newest: readonly LogLine[]): LogLine | undefined {
  const answers = newest.flatMap((line) => {
    const status = answerIn(line);
    return status === undefined ? [] : [{ line, failed: status.startsWith('5') }];
  });
  const failed = answers.filter((one) => one.failed);
  return failed.length >= 3 && failed.length * 2 > answers.length && answers.at(-1)?.failed === true
    ? failed.at(-1)?.line
    : undefined;
}

/** The last error of the newest lines of each log of a pod that is up; of one that was cut to excerpts, of the last of them. */
function faults(view: View): Fault[] {
  return wholeLogs(view.scene.logs).flatMap((parts) => {
    const log = parts.at(-1);
    if (log === undefined || log.pipeline === true || !isUp(view, log)) return [];
    const newest = log.lines.slice(-RECENT);
    const line = newest.findLast((one) => isError(one) && !CALLERS_FAULT.test(one.raw) && !turnsAway(one.raw));
    const refused = refusals(newest);
    const one = line ?? refused;
    return one === undefined ? [] : [{ log, line: one, answered: refused !== undefined }];
  });
}

/** Whether the log ends with errors, one after the other: the program is at it now. */
function goesOn({ lines }: SceneLog, last: LogLine): boolean {
  const newest = lines.slice(-RECENT);
  const errors = newest.filter((one) => isError(one) && !CALLERS_FAULT.test(one.raw));
  return lines.at(-1) === last && (errors.length > 1 || newest.length <= 2);
}

/** So many errors that say the same, and such a share of the log: every program has an error now and then. */
const OFTEN: readonly (readonly [count: number, share: number])[] = [
  [5, 0.1],
  [10, 0.05],
];

/** Whether an error of the newest lines has come back all along: between other lines, each of which is well. */
function comesBack({ lines }: SceneLog, last: LogLine): boolean {
  const shape = shapeOf(lines, last);
  const alike = lines.filter((one, index) => isError(one) && shapeOf(lines, one, index) === shape);
  return OFTEN.some(([count, share]) => alike.length >= count && alike.length >= lines.length * share);
}

const shapeOf = (lines: readonly LogLine[], line: LogLine, index?: number): string =>
  mask(wordsOf(lines, line, index).split('\n')[0] ?? '');

/** The innermost part of an error: what stands last behind the names of those that pass it on. */
function core(said: string): string {
  const text = said.split('\n')[0]?.trim() ?? '';
  return (
    text
      .slice(0, 600)
      .split(/: |desc = /)
      .at(-1)
      ?.trim()
      .slice(0, 120) ?? ''
  );
}

export const requestsFailing: Analyzer = {
  kind: 'requests-failing',
  stage: 'running',
  depth: DEPTH.crash + 8,
  title: 'A program answers requests with errors of its own',
  about:
    'The newest lines of a log that is up tell of an error that no kind knows, with which requests are answered (status 5xx), which the logs of its callers repeat, or which comes back in a tenth of its lines (ten times, in a twentieth).',
  remedy: 'Read the error with the authors of the program; roll back if it came with a deploy.',
  find: (view) => {
    const found = faults(view);
    return found.flatMap(({ log, line, answered: mostly }): Draft[] => {
      const subject = subjectOf(view, log);
      const words = wordsOf(log.lines, line);
      const said = core(words);
      if (subject === undefined || said === '') return [];
      const echoes = found.filter(
        (other) =>
          said.length >= TELLING &&
          !sameObject(subjectOf(view, other.log) ?? subject, subject) &&
          other.line.text.includes(said),
      );
      const answered =
        mostly || ANSWERED.test(line.raw) || isAccessFault(line) || (isError(line) && failsPartly(log.lines));
      const goes = goesOn(log, line);
      if (echoes.length === 0 && !answered && !goes && !comesBack(log, line)) return [];
      // Who says the least around it said it first.
      const passedOn = echoes.some((other) => other.line.text.length < line.text.length) || RELAYED.test(line.text);
      return [
        {
          object: subject,
          summary: `${named(subject)} ${answered || echoes.length > 0 ? 'answers requests with an error' : goes ? 'logs errors, and nothing better since' : 'logs the same error again and again'}: \`${words.trim().slice(0, 200)}\`${echoes.length === 0 ? '' : `; ${echoes.length === 1 ? 'another log repeats' : `${echoes.length} other logs repeat`} it`}`,
          confidence: (echoes.length > 0 ? 0.58 : answered ? 0.5 : 0.42) - (passedOn ? 0.08 : 0),
          severity: 'degraded',
          citations: [line, ...echoes.slice(0, 2).map((other) => other.line)].map((one, index) => ({
            evidence: (index === 0 ? log : (echoes[index - 1] as Fault).log).item.id,
            lines: { from: one.n, to: one.n },
            quote: one.raw.slice(0, 400),
          })),
          involves: [subject, ...echoes.flatMap((other) => (passedOn ? [] : (subjectOf(view, other.log) ?? [])))],
          remedies: [look('Read the whole log', logs(subject))],
        },
      ];
    });
  },
};
