import type { LogLine } from '../parse/log.ts';
import { isTelling } from './telling.ts';

/** A line that ends with a colon, perhaps before the class of the error (Ruby), or with a count of errors, only announces what stands below it. */
const ANNOUNCES =
  /:\s*(?:\([\w:.]+\))?$|\b\d+ (?:\w+ )?(?:error|problem|violation|failure)s?(?: (?:for|in|of) [\w.:-]+)?$/i;
/** Frames of a trace below an error are not what it announces; its cause behind them is. */
const FRAME =
  /^\s+(?:at |in |File ")|^\s*(?:#\d+ |\.\.\. \d+ (?:more|common)|goroutine \d)|^\S+:\d+:in [`']|^[\w./*()-]+\([^)]*\)$/;
const CAUSE = /^Caused by: \S/;
/** Items of a list, by what they begin with. */
const ITEM = /^(?:[-*•·]|\d{1,2}[.)]) /;
/** Blank lines that may stand between. */
const GAP = 2;
/** Lines that are told below the first. */
const MOST = 4;
/** Frames that may stand before a cause. */
const FRAMES = 60;

/** What a line says, with the lines below that it announces; `last` is the line that it ends with. */
export interface Told {
  readonly text: string;
  readonly last: LogLine;
}

const indentOf = (line: LogLine): number => line.text.length - line.text.trimStart().length;

/**
 * Whether the line below belongs to what was announced: another announcement stands above it, it says more of the one above (it stands
 * deeper), it is a further item, or the first word of trouble.
 */
function goesOn(above: string, next: string, deeper: boolean): boolean {
  if (ANNOUNCES.test(above) || deeper) return true;
  const item = ITEM.exec(above)?.[0];
  if (item !== undefined) return /\d/.test(item) ? ITEM.test(next) : next.startsWith(item);
  return !isTelling(above) && isTelling(next);
}

/** So far before what was recognised in a line its clause may begin. */
const CLAUSE = 60;

/** A line cut to `max` characters: from its beginning, or, where what was recognised in it stands further on, from the clause of that. */
function cutTo(text: string, max: number, recognised: string): string {
  const found = text.indexOf(recognised);
  if (recognised === '' || found === -1 || found + recognised.length <= max) return text.slice(0, max);
  const clause = text.slice(0, found).lastIndexOf(': ') + 2;
  const from = clause > 1 && found - clause <= CLAUSE ? clause : found;
  return text.slice(from, from + max);
}

/**
 * What the line at `index` says: its text, cut to `max` characters around what was `recognised` in it, and, where it only announces (`decoding failed due to the following
 * error(s):`), what stands below it. An entry of its own (with a time or a level) below it is another matter.
 */
export function toldAt(lines: readonly LogLine[], index: number, max: number, recognised = ''): Told {
  const first = lines[index];
  if (first === undefined) throw new RangeError(`no line at ${index}`);
  const said = [first.text.trim()];
  if (!ANNOUNCES.test(said[0] ?? '')) return { text: cutTo(said[0] ?? '', max, recognised), last: first };
  let last = first;
  let seen = first.n;
  for (const line of lines.slice(index + 1, index + 1 + FRAMES)) {
    if (said.length > MOST || line.n - seen > GAP + 1) break;
    const text = line.text.trim();
    if (text === '') continue;
    if (line.time !== undefined || (line.level !== undefined && first.time !== undefined)) break;
    seen = line.n;
    if (FRAME.test(line.text)) continue;
    // Behind frames nothing but a cause is a part of it.
    if (
      (line.n - last.n > GAP + 1 && !CAUSE.test(text)) ||
      !goesOn(last.text.trim(), text, indentOf(line) > indentOf(last))
    )
      break;
    said.push(text);
    last = line;
  }
  return { text: said.map((one) => one.slice(0, max)).join(' '), last };
}
