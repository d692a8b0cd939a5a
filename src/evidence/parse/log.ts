import { type Level, levelOf } from '../logs/level.ts';
import { barePart } from '../logs/prefix.ts';
import { jsonLine, logfmtLine } from '../logs/structured.ts';

/** One line of a log. `n` is its 1-based number in the file; `text` is without colour codes and collectors' prefixes. */
export interface LogLine {
  readonly n: number;
  readonly raw: string;
  readonly text: string;
  /** As the line writes it; `timeOf` of `logs/time.ts` reads it. */
  readonly time?: string;
  readonly level?: Level;
  /** The lines of a trace that a JSON line carries in a member. */
  readonly stack?: readonly string[];
}

const MAX_LINE = 20_000;

/** Reads one line of any log. A JSON line becomes its message and error; what has no level has none. */
export function parseLogLine(raw: string, n: number): LogLine {
  const bare = barePart(raw.length > MAX_LINE ? raw.slice(0, MAX_LINE) : raw);
  const trimmed = bare.text.trim();
  const json = trimmed.startsWith('{') ? jsonLine(trimmed) : undefined;
  const fields = json ?? (trimmed.includes('=') ? logfmtLine(trimmed) : undefined);
  const text = json?.text ?? bare.text;
  const time = fields?.time ?? bare.time;
  const level = fields?.level ?? levelOf(text);
  return {
    n,
    raw,
    text,
    ...(time === undefined ? {} : { time }),
    ...(level === undefined ? {} : { level }),
    ...(json?.stack === undefined ? {} : { stack: json.stack }),
  };
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
