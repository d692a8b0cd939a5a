/** One line of a log. `n` is its 1-based number in the file; `text` is without colour codes and collectors' prefixes. */
export interface LogLine {
  readonly n: number;
  readonly raw: string;
  readonly text: string;
  readonly time?: string;
  readonly level?: 'debug' | 'info' | 'warning' | 'error' | 'fatal';
}

const ANSI = /\u001b\[[0-9;]*[A-Za-z]/g;
const BARE_ANSI = /\[(?:\d{1,2})(?:;\d{1,2})*m/g;
const STAMP = /(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?)/;
const PREFIX = new RegExp(`^(?:\\[pod/\\S+\\]\\s+|\\S+ \\| )?${STAMP.source}(?:\\s+(?:stdout|stderr) [FP])?\\s`);

function levelOf(text: string): LogLine['level'] | undefined {
  const head = text.slice(0, 160);
  const word =
    /\b(FATAL|PANIC|CRITICAL|EMERG(?:ENCY)?|ERROR|ERR|SEVERE|WARN(?:ING)?|INFO|NOTICE|DEBUG|TRACE)\b/.exec(head)?.[1] ??
    /\blevel["']?[=:]\s*["']?(fatal|panic|critical|error|warn(?:ing)?|info|debug|trace)/i.exec(head)?.[1] ??
    /^([EWIF])\d{4} /.exec(head)?.[1] ??
    /^(fatal|panic|error)\b/i.exec(head)?.[1];
  if (word === undefined) return undefined;
  switch (word.toUpperCase()) {
    case 'FATAL':
    case 'PANIC':
    case 'CRITICAL':
    case 'EMERG':
    case 'EMERGENCY':
    case 'F':
      return 'fatal';
    case 'ERROR':
    case 'ERR':
    case 'SEVERE':
    case 'E':
      return 'error';
    case 'WARN':
    case 'WARNING':
    case 'W':
      return 'warning';
    case 'DEBUG':
    case 'TRACE':
      return 'debug';
    default:
      return 'info';
  }
}

function jsonMessage(text: string): { text: string; level?: string; time?: string } | undefined {
  if (!text.startsWith('{') || !text.endsWith('}') || text.length > 20_000) return undefined;
  try {
    const fields = JSON.parse(text) as Record<string, unknown>;
    const get = (...names: string[]) =>
      names.map((name) => fields[name]).find((value) => typeof value === 'string') as string | undefined;
    const message = get('msg', 'message', 'log', 'line', 'text', 'event');
    const error = get('error', 'err', 'exception', 'stack', 'stack_trace');
    const level = get('level', 'severity', 'lvl', 'log.level');
    const time = get('time', 'timestamp', 'ts', '@timestamp');
    if (message === undefined && error === undefined) return undefined;
    return {
      text: [message, error]
        .filter((part) => part !== undefined)
        .join(': ')
        .trimEnd(),
      ...(level === undefined ? {} : { level }),
      ...(time === undefined ? {} : { time }),
    };
  } catch {
    return undefined;
  }
}

/** Reads one line of any log. A JSON line becomes its message and error; what has no level has none. */
export function parseLogLine(raw: string, n: number): LogLine {
  const bounded = raw.length > 20_000 ? raw.slice(0, 20_000) : raw;
  let text = bounded.replace(ANSI, '').replace(BARE_ANSI, '');
  let time: string | undefined;
  const prefix = PREFIX.exec(text);
  if (prefix !== null) {
    time = prefix[1];
    text = text.slice(prefix[0].length);
  }
  const inner = jsonMessage(text.trim());
  if (inner !== undefined) {
    text = inner.text;
    time = inner.time ?? time;
  }
  const level = levelOf(inner?.level === undefined ? text : `level=${inner.level} ${text}`);
  return { n, raw, text, ...(time === undefined ? {} : { time }), ...(level === undefined ? {} : { level }) };
}

/** Whether a line belongs to the trace above it: stack frames, causes, indented source. */
export function continuesTrace(text: string): boolean {
  return (
    /^\s+(at |File "|\.\.\. \d+ more|in )/.test(text) ||
    /^(Caused by:|Traceback \(most recent|During handling of|The above exception|goroutine \d+|\s{2,}\S)/.test(text) ||
    /^\t/.test(text) ||
    // the body of Terraform's box, perhaps coloured and stamped
    /^(?:\d{4}-\S+Z )?(?:\u001b\[[0-9;]*m)*│/.test(text)
  );
}
