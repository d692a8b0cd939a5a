import type { LineRange } from './model.ts';
import { continuesTrace, type LogLine, parseLogLine } from './parse/log.ts';

/** A log up to this many lines is kept whole. */
const WHOLE_LOG_LINES = 400;
const HEAD = 15;
const TAIL = 80;
const CONTEXT = 3;
const TRACE = 60;
const PER_TEMPLATE = 3;
const BUDGET = 600;

const TELLING =
  /error|exception|fatal|panic|fail|denied|refused|unable|cannot|could not|couldn't|not found|no such|timed? ?out|expired|invalid|missing|undefined|killed|unauthori[sz]ed|forbidden|traceback|abort|mismatch|exceeded|cancell?ed|conflict|must be replaced|will be destroyed|forces replacement|^Plan: |##\[/i;

/** A line with what varies taken out: numbers, ids, quoted values. Repeats of one message share it. */
export function template(text: string): string {
  return text
    .slice(0, 400)
    .replace(/"[^"]*"|'[^']*'/g, '<s>')
    .replace(/\b[0-9a-f]{8,}\b|0x[0-9a-f]+/gi, '<x>')
    .replace(/\d+/g, '<n>');
}

/**
 * The ranges of a long log worth keeping: its head, its tail, and the first occurrences of every telling message with
 * their traces. Line numbers are of the file: `from` is the number of `lines[0]`.
 */
export function excerpts(lines: readonly string[], from: number): LineRange[] {
  if (lines.length <= WHOLE_LOG_LINES) return [{ from, to: from + lines.length - 1 }];
  const keep = new Set<number>();
  const add = (begin: number, end: number) => {
    for (let index = Math.max(0, begin); index < Math.min(lines.length, end); index++) keep.add(index);
  };
  add(0, HEAD);
  add(lines.length - TAIL, lines.length);
  const seen = new Map<string, number>();
  for (let index = 0; index < lines.length && keep.size < BUDGET; index++) {
    const raw = lines[index] ?? '';
    if (!TELLING.test(raw)) continue;
    const line: LogLine = parseLogLine(raw, index);
    const key = template(line.text);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    if (count > PER_TEMPLATE) continue;
    let end = index + 1;
    while (end < lines.length && end - index < TRACE && continuesTrace(lines[end] ?? '')) end++;
    add(index - CONTEXT, end + CONTEXT);
  }
  const ranges: LineRange[] = [];
  for (const index of [...keep].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to === from + index - 1) last.to = from + index;
    else ranges.push({ from: from + index, to: from + index });
  }
  return ranges;
}
