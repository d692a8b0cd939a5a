import { isObject, type Json } from '../../json.ts';
import { type Level, levelNamed } from './level.ts';

/** What a structured line (JSON, logfmt) says. `text` is its message and error, as a plain logger would print them. */
export interface Structured {
  readonly text: string;
  readonly level?: Level;
  readonly time?: string;
  /** The trace that the line carries, where it does: its lines. */
  readonly stack?: readonly string[];
}

const MESSAGE = [
  'msg',
  'message',
  'log',
  'line',
  'text',
  'event',
  '@m',
  '@mt',
  'MESSAGE',
  'short_message',
  'RenderedMessage',
  'Message',
  'body',
  'Body',
];
const ERROR = [
  'error',
  'err',
  'exception',
  'exc_info',
  'stack',
  'stack_trace',
  'stacktrace',
  '@x',
  'Exception',
  'error.message',
];
const STACK = [
  'stack',
  'stack_trace',
  'stacktrace',
  'exc_info',
  'exception',
  '@x',
  'Exception',
  'error.stack_trace',
  'trace',
];
/** What else tells why, where an error line has neither error nor trace. */
const WHY = ['reason', 'cause', 'detail', 'details', 'description', 'body', 'response', 'errors', 'status_text'];
const STATUS = ['status', 'statusCode', 'status_code', 'http_status', 'code'];
const LEVEL = [
  'level',
  'severity',
  'lvl',
  'log.level',
  'levelname',
  '@l',
  'Level',
  'loglevel',
  'PRIORITY',
  'LogLevel',
  'severityText',
];
const TIME = ['time', 'timestamp', 'ts', '@timestamp', '@t', 'Timestamp', 'asctime', 'eventTime'];
const MAX_LINE = 20_000;

/** Reads a line that is one JSON object (zap, logrus, pino, bunyan, serilog, .NET, ECS, OpenTelemetry, GELF, MongoDB, docker's json-file); undefined for others. */
export function jsonLine(text: string, depth = 0): Structured | undefined {
  if (!text.startsWith('{') || !text.endsWith('}') || text.length > MAX_LINE) return undefined;
  let fields: Json;
  try {
    fields = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const mongo = mongoLine(fields);
  if (mongo !== undefined) return mongo;
  const message = stringOf(fields, MESSAGE);
  const error = errorOf(fields);
  if (message === undefined && error === undefined) return undefined;
  // docker keeps each line, whatever it is, in a `log` member.
  const inner = depth === 0 && message !== undefined ? jsonLine(message.trim(), 1) : undefined;
  const stack = stackOf(fields);
  const level = inner?.level ?? levelIn(fields);
  const time = inner?.time ?? timeIn(fields);
  return {
    text:
      inner?.text ??
      [message, error ?? whyOf(fields, level)]
        .filter((part) => part !== undefined)
        .join(': ')
        .trimEnd(),
    ...(level === undefined ? {} : { level }),
    ...(time === undefined ? {} : { time }),
    ...(stack === undefined ? (inner?.stack === undefined ? {} : { stack: inner.stack }) : { stack }),
  };
}

/** MongoDB's own log (4.4 and newer): `t` is the time, `s` the level, and what went wrong stands among the attributes. */
function mongoLine(fields: Json): Structured | undefined {
  const { t, s, ctx, msg, attr } = fields;
  if (!isObject(t) || typeof s !== 'string' || typeof ctx !== 'string' || typeof msg !== 'string') return undefined;
  const why = isObject(attr) ? (errorOf(attr) ?? stringOf(attr, ['message', 'reason'])) : undefined;
  const level = levelNamed(s.slice(0, 1));
  const time = t.$date;
  return {
    text: why === undefined ? msg : `${msg}: ${why}`,
    ...(level === undefined ? {} : { level }),
    ...(typeof time === 'string' ? { time } : {}),
  };
}

/** Reasons of a line that is a warning or worse, with the HTTP status that it tells. */
function whyOf(fields: Json, level: Level | undefined): string | undefined {
  if (level !== 'error' && level !== 'fatal' && level !== 'warning') return undefined;
  const why = stringOf(fields, WHY);
  const status = STATUS.map((name) => Number(fields[name])).find((code) => code >= 400 && code < 600);
  const said = [...(status === undefined ? [] : [`status ${status}`]), ...(why === undefined ? [] : [why])];
  return said.length === 0 ? undefined : said.join(' ');
}

function stringOf(fields: Json, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** Errors are text, or objects as pino's and ECS' serializers write them. */
function errorOf(fields: Json): string | undefined {
  const plain = stringOf(fields, ERROR);
  if (plain !== undefined) return plain;
  for (const name of ['err', 'error', 'exception']) {
    const value = fields[name];
    if (!isObject(value)) continue;
    const [type, message] = [stringOf(value, ['type', 'name', 'class']), stringOf(value, ['message', 'msg', 'errmsg'])];
    if (message !== undefined) return type === undefined ? message : `${type}: ${message}`;
  }
  return undefined;
}

function stackOf(fields: Json): string[] | undefined {
  const own = stringOf(fields, STACK);
  const nested = ['err', 'error', 'exception']
    .map((name) => fields[name])
    .filter(isObject)
    .map((value) => stringOf(value, ['stack', 'stack_trace', 'stacktrace', 'backtrace']))
    .find((value) => value !== undefined);
  const stack = nested ?? own;
  return stack?.includes('\n') ? stack.split('\n') : undefined;
}

function levelIn(fields: Json): Level | undefined {
  for (const name of LEVEL) {
    const value = fields[name];
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const level = levelNamed(value);
    if (level !== undefined) return level;
  }
  const log = fields.log;
  return isObject(log) && typeof log.level === 'string' ? levelNamed(log.level) : undefined;
}

function timeIn(fields: Json): string | undefined {
  for (const name of TIME) {
    const value = fields[name];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return undefined;
}

const PAIR = /(?:^|\s)([A-Za-z_][\w.]{0,40})=("(?:[^"\\]|\\.){0,4000}"|[^\s"]{0,400})/g;

/** Level and time of a logfmt line (`level=error msg="…"`); undefined for lines that are none. The text stays as it is. */
export function logfmtLine(text: string): Omit<Structured, 'text'> | undefined {
  if (!/(?:^|\s)(?:level|lvl|severity|msg)=/.test(text.slice(0, 400))) return undefined;
  let level: Level | undefined;
  let time: string | undefined;
  for (const [, name = '', raw = ''] of text.slice(0, 4000).matchAll(PAIR)) {
    const value = raw.startsWith('"') ? raw.slice(1, -1) : raw;
    if (/^(?:level|lvl|severity)$/.test(name)) level ??= levelNamed(value);
    else if (/^(?:time|ts|timestamp)$/.test(name)) time ??= value;
  }
  return { ...(level === undefined ? {} : { level }), ...(time === undefined ? {} : { time }) };
}
