import type { LogLine } from '../../../../src/evidence/parse/log.ts';

const METHOD = '(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)';
/** The status in a line of the Common or Combined Log Format. */
const ACCESS = /\] "[A-Z]{3,10} ([^"]*)" (\d{3}) (?:\d+|-)(?: |$)/;
/** The status and path in a structured line that tells of a request (JSON, logfmt): one without a path may tell of anything. */
const STATUS = /"(?:status|statusCode|status_code)":\s*"?(\d{3})\b|\bstatus(?:_code)?=(\d{3})\b/;
const PATH = /"(?:path|uri|url|route|target)":\s*"([^"]+)"|\b(?:path|uri|url|route)="?([^\s"]+)/;
/** Requests that only ask whether a program is there. */
const HEALTH = /\/-?\/?(?:healthz?|readyz?|livez?|ping|metrics|health(?:check)?|up|status)\b/i;
/** What frameworks write when a request is answered: Rails, Phoenix, Gin; uvicorn, werkzeug and Django; morgan and its like. */
const FRAMEWORKS: readonly RegExp[] = [
  /\bCompleted (\d{3}) [A-Z][A-Za-z' -]{0,40} in \d/,
  /\bSent (\d{3}) in \d+(?:\.\d+)?(?:ms|[µμ]s)(?!\w)/,
  /^\[GIN\] .{10,60}?\| +(\d{3}) \|/,
  new RegExp(`"${METHOD} \\S+ HTTP/[\\d.]+" (\\d{3})(?: |$)`),
  new RegExp(`\\b${METHOD} /\\S* (\\d{3}) (?:in )?[\\d.]+ ?(?:[mµn]?s)\\b`),
];

/** Whether a line of the access log says that a request was answered with a status of the server's fault. */
export const isAccessFault = ({ raw }: LogLine): boolean => ACCESS.exec(raw)?.[2]?.startsWith('5') === true;

/** The status with which a line says that a request was answered, whatever wrote it; undefined for any other line, and for checks of health. */
export function answerIn({ raw }: LogLine): string | undefined {
  const access = ACCESS.exec(raw);
  if (access !== null) return HEALTH.test(access[1] ?? '') ? undefined : access[2];
  const path = PATH.exec(raw)?.slice(1).find(Boolean);
  if (path !== undefined && !HEALTH.test(path)) {
    const status = STATUS.exec(raw)?.slice(1).find(Boolean);
    if (status !== undefined) return status;
  }
  const head = raw.slice(0, 1000);
  if (HEALTH.test(head)) return undefined;
  return FRAMEWORKS.map((shape) => shape.exec(head)?.[1]).find((status) => status !== undefined);
}

/** So many requests that failed, and such a share of those that were answered, are no mishap of one. */
const LEAST = 3;
const SHARE = 0.1;
/** Only the newest answers tell how it is now. */
const RECENT = 12;

/** Whether a part of the requests of a log is answered with a server error, up to now. */
export function failsPartly(lines: readonly LogLine[]): boolean {
  const answers = lines.flatMap((line) => answerIn(line) ?? []);
  const fails = (status: string) => status.startsWith('5');
  const failed = answers.filter(fails).length;
  return failed >= LEAST && failed >= answers.length * SHARE && answers.slice(-RECENT).some(fails);
}

/** A head of a line and nothing behind it: Ruby's logger before an error that begins with a line end. */
const BARE_HEAD = /\b(?:ERROR|FATAL) -- [^:]*:\s*(?:\[[\w.-]+\]\s*)*$/;
/** The tags that are repeated before each line of it. */
const TAGS = /^(?:\[[\w.-]+\]\s*)+/;
const BELOW = 3;

/** What an error says: of a line that has nothing but its head, the first words below it. `index` is the line's among `lines`, where it is known. */
export function wordsOf(lines: readonly LogLine[], line: LogLine, index?: number): string {
  if (!BARE_HEAD.test(line.text)) return line.text;
  const at = index ?? lines.indexOf(line);
  const below = lines
    .slice(at + 1, at + 1 + BELOW)
    .map(({ text, level }) => (level === undefined ? text.replace(TAGS, '').trim() : ''))
    .find((text) => text !== '');
  return below ?? line.text;
}
