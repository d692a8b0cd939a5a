import type { LogLine } from '../parse/log.ts';
import { beginsTrace, TraceReader } from './trace.ts';

/** Words with which a program ends because of what it said before. */
const ECHO =
  /\b(?:exiting|shutting down|terminating|giving up|exit(?:ed)?(?: with)? (?:status|code)|aborting|bye)\b(?! because| due)[^:]*$|\bsee (?:the )?(?:log|errors?) above/i;
/** Whether a line only says that a program ended, because of what it said before. */
export const isEcho = (line: string): boolean => ECHO.test(line);
const RETRY = /\b(?:will retry|retrying|attempt \d+ of \d+|trying again)\b/i;
const NEAR = 20;

function isError(line: LogLine): boolean {
  return line.level === 'error' || line.level === 'fatal' || beginsTrace(line.text);
}

/** Index of the last cause in the trace that begins at `index`; the index itself where there is none. */
function rootOf(lines: readonly LogLine[], index: number): number {
  const reader = new TraceReader();
  reader.push(lines[index]?.text ?? '');
  let root = index;
  let python = lines[index]?.text.startsWith('Traceback') ?? false;
  for (let next = index + 1; next < lines.length; next++) {
    const line = lines[next];
    if (line === undefined || line.n !== (lines[next - 1]?.n ?? 0) + 1 || !reader.push(line.text)) break;
    if (line.text.startsWith('Traceback')) python = true;
    else if (/^Caused by: \S/.test(line.text) || (python && /^[\w.]+: \S/.test(line.text))) root = next;
  }
  return root;
}

/**
 * The line of a log that tells best why its program ended: the first fatal one, or the first error. What a program says only
 * because it ends (`exiting`) leads back to the errors right before; a trace leads to its last cause. Undefined where no
 * line is an error.
 */
export function decisiveLine(lines: readonly LogLine[]): LogLine | undefined {
  const errors = lines.flatMap((line, index) => (isError(line) && !RETRY.test(line.text) ? [index] : []));
  const fatal = errors.find((index) => lines[index]?.level === 'fatal');
  let chosen = fatal ?? errors[0] ?? lines.findIndex(isError);
  // An exception of Python may have no word in its name that says it is one.
  if (chosen < 0) chosen = lines.findIndex(({ text }) => text.startsWith('Traceback (most recent call last)'));
  if (chosen < 0) return undefined;
  if (ECHO.test(lines[chosen]?.text ?? '')) {
    const before = errors.find(
      (index) => index < chosen && index >= chosen - NEAR && !ECHO.test(lines[index]?.text ?? ''),
    );
    chosen = before ?? chosen;
  }
  return lines[rootOf(lines, chosen)];
}
