import { z } from 'zod';
import { type Citation, EvidenceItem, type LineRange } from './model.ts';
import type { Break } from './wrap.ts';

const Lines = z.number().int().min(0);

/**
 * An item as it is read. Where lines of its text were broken (`wrap.ts`), they are whole here and numbered so; `broken` leads back to
 * the item as it was given: `before` breaks stand above it in its source, `breaks` in it.
 */
export const ReadItem = EvidenceItem.extend({
  broken: z
    .object({
      before: Lines,
      breaks: z.array(z.object({ line: Lines, at: Lines, indent: z.string() })),
    })
    .optional(),
});
export type ReadItem = z.infer<typeof ReadItem>;

/** The index of the first break at or behind a line. They are in order, and may be many. */
function firstFrom(breaks: readonly Break[], line: number): number {
  let [low, high] = [0, breaks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((breaks[middle]?.line ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What an item of these lines is given of the breaks of its source. */
export function brokenIn(breaks: readonly Break[], { from, to }: LineRange): Pick<ReadItem, 'broken'> {
  if (breaks.length === 0) return {};
  const before = firstFrom(breaks, from);
  return { broken: { before, breaks: breaks.slice(before, firstFrom(breaks, to + 1)) } };
}

/**
 * Breaks of a text in which secrets were replaced since: in a line that changed, those in what stands unchanged before and behind the change keep
 * their place, and those within it go before what was put there.
 */
export function movedBreaks(breaks: readonly Break[], was: string, is: string): readonly Break[] {
  if (was === is || breaks.length === 0) return breaks;
  const [before, after] = [was.split('\n'), is.split('\n')];
  let changed = { line: 0, same: 0, tail: 0, more: 0 };
  return breaks.map((one) => {
    if (one.line !== changed.line)
      changed = { line: one.line, ...change(before[one.line - 1] ?? '', after[one.line - 1] ?? '') };
    if (one.at <= changed.same) return one;
    return { ...one, at: one.at >= changed.tail ? one.at + changed.more : changed.same };
  });
}

/** How a line changed: characters that stay at its head, where (in the old line) its unchanged rest begins, and by how many it grew. */
function change(old: string, now: string): { same: number; tail: number; more: number } {
  let same = 0;
  while (same < old.length && old[same] === now[same]) same++;
  let rest = 0;
  while (rest < Math.min(old.length, now.length) - same && old.at(-1 - rest) === now.at(-1 - rest)) rest++;
  return { same, tail: old.length - rest, more: now.length - old.length };
}

/** Where pieces of the text as it is read stand in the text as it was given. */
interface Piece {
  readonly read: number;
  readonly given: number;
  readonly length: number;
}

interface LaidOut {
  readonly text: string;
  /** The number of its first line. */
  readonly from: number;
  readonly pieces: readonly Piece[];
}

const LAID_OUT = new WeakMap<ReadItem, LaidOut>();

/** Laid out once: of a large item hundreds of citations are made. */
function laidOut(item: ReadItem): LaidOut {
  const known = LAID_OUT.get(item) ?? layOut(item);
  LAID_OUT.set(item, known);
  return known;
}

function layOut({ text, lines, broken }: ReadItem): LaidOut {
  const breaks = broken?.breaks ?? [];
  const above = firstFrom(breaks, lines.from);
  let next = above;
  const pieces: Piece[] = [];
  const given: string[] = [];
  let [read, length] = [0, 0];
  for (const [index, line] of text.split('\n').entries()) {
    const first = next;
    while (breaks[next]?.line === lines.from + index) next++;
    const starts = [{ at: 0, indent: '' }, ...breaks.slice(first, next)];
    for (const [part, { at, indent }] of starts.entries()) {
      const piece = line.slice(at, starts[part + 1]?.at ?? line.length).trimEnd();
      const before = `${index === 0 && part === 0 ? '' : '\n'}${piece === '' ? '' : indent}`;
      pieces.push({ read: read + at, given: length + before.length, length: piece.length });
      given.push(before, piece);
      length += before.length + piece.length;
    }
    read += line.length + 1;
  }
  return { text: given.join(''), from: lines.from + (broken?.before ?? 0) + above, pieces };
}

const lineAt = (text: string, at: number) => text.slice(0, at).split('\n').length - 1;

/** An item as it was given: its lines as they were broken, and their numbers. */
export function asGiven(item: ReadItem): EvidenceItem {
  const { broken, ...own } = item;
  if (broken === undefined) return own;
  const { text, from } = layOut(item);
  return { ...own, text, lines: { from, to: from + lineAt(text, text.length) } };
}

/** A citation of an item as it is read, in the item as it was given. */
export function citedAsGiven<T extends Citation>(citation: T, item: ReadItem | undefined): T {
  if (item?.broken === undefined) return citation;
  const { text, from, pieces } = laidOut(item);
  const first = citation.lines === undefined ? 0 : citation.lines.from - item.lines.from;
  const start = item.text.indexOf(citation.quote, item.text.split('\n').slice(0, first).join('\n').length);
  if (start < 0) return citation;
  const [head, tail] = [start, start + citation.quote.length - 1].map((at) => {
    const piece = pieces.findLast(({ read }) => read <= at);
    return piece === undefined ? 0 : piece.given + Math.min(at - piece.read, piece.length);
  }) as [number, number];
  const quote = text.slice(head, tail + 1).trim();
  const begin = text.indexOf(quote, head);
  const lines = { from: from + lineAt(text, begin), to: from + lineAt(text, begin + quote.length) };
  return { ...citation, quote, ...(citation.lines === undefined ? {} : { lines }) };
}

/** Lines of an item as it is read, as it was given. */
export function linesAsGiven(range: LineRange, item: ReadItem | undefined): LineRange {
  if (item?.broken === undefined) return range;
  const { before, breaks } = item.broken;
  const upTo = (line: number) => before + firstFrom(breaks, line + 1);
  return { from: range.from + upTo(range.from - 1), to: range.to + upTo(range.to) };
}
