import type { Citation, EvidenceItem } from './model.ts';
import { whole } from './whole.ts';

/** Quotes are cut to this many characters: a one-line JSON file would else be quoted whole. */
const MAX_QUOTE = 400;

function quoteFrom(line: string, at: number, length: number): string {
  const trimmed = line.trim();
  if (trimmed.length <= MAX_QUOTE) return trimmed;
  const from = Math.max(0, Math.min(at - 40, line.length - MAX_QUOTE));
  return whole(line.slice(from, Math.max(from + MAX_QUOTE, Math.min(at + length, from + MAX_QUOTE)))).trim();
}

const LINES = new WeakMap<EvidenceItem, readonly string[]>();

/** The lines of an item, split once: of a large one thousands of citations are made. */
function linesOf(item: EvidenceItem): readonly string[] {
  const known = LINES.get(item);
  if (known !== undefined) return known;
  const lines = item.text.split('\n');
  LINES.set(item, lines);
  return lines;
}

/** Cites the first line of an item (at or after line `start` of its text) in which the needle stands. */
export function citeText(item: EvidenceItem, needle: string | RegExp, start = 0): Citation | undefined {
  const lines = linesOf(item);
  for (let index = Math.max(0, start); index < lines.length; index++) {
    const line = lines[index] ?? '';
    const at = typeof needle === 'string' ? line.indexOf(needle) : line.slice(0, 200_000).search(needle);
    if (at < 0 || line.trim() === '') continue;
    const quote = quoteFrom(line, at, typeof needle === 'string' ? needle.length : 1);
    if (quote === '') continue;
    return { evidence: item.id, lines: { from: item.lines.from + index, to: item.lines.from + index }, quote };
  }
  return undefined;
}

/** Cites lines of an item by their index in its text; several lines become one quote with its line breaks. */
export function citeLines(item: EvidenceItem, from: number, to = from): Citation | undefined {
  const lines = linesOf(item).slice(from, to + 1);
  const quote = lines.join('\n').trim();
  if (quote === '') return undefined;
  const short = quote.length > MAX_QUOTE ? quoteFrom(lines[0] ?? '', 0, 1) : quote;
  if (short === '') return undefined;
  const last = quote.length > MAX_QUOTE ? from : to;
  return { evidence: item.id, lines: { from: item.lines.from + from, to: item.lines.from + last }, quote: short };
}

/** Whether a citation holds: its item exists, the quote is in its text, and stands within the lines it names. */
export function resolves(citation: Citation, items: ReadonlyMap<string, EvidenceItem>): boolean {
  const item = items.get(citation.evidence);
  if (item === undefined || !item.text.includes(citation.quote)) return false;
  if (citation.lines === undefined) return true;
  const { from, to } = citation.lines;
  if (from < item.lines.from || to > item.lines.to || to < from) return false;
  return linesOf(item)
    .slice(from - item.lines.from, to - item.lines.from + 1)
    .join('\n')
    .includes(citation.quote);
}
