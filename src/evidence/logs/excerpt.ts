import type { LineRange } from '../model.ts';
import { Drain } from './drain.ts';
import type { Level } from './level.ts';
import { type Bare, barePart } from './prefix.ts';
import { jsonLine } from './structured.ts';
import { isError, isTelling } from './telling.ts';
import { TraceReader } from './trace.ts';

/** A log up to this many lines is kept whole. */
const WHOLE_LOG_LINES = 400;
const HEAD = 15;
const TAIL = 80;
const CONTEXT = 3;
const TRACE = 60;
/** Causes and last lines of a longer trace. */
const TRACE_ENDS = 12;
const PER_TEMPLATE = 3;
/** Lines kept of one log; the first lines of templates count, and have a room of their own. */
const BUDGET = 600;
const MAX_TEMPLATES = 400;
/** High: errors that differ in one word of a short line may have different causes. */
const SIMILARITY = 0.8;
/** Events that are followed at a time, of containers whose lines are mixed. */
const MAX_OPEN = 8;
/** Events kept, whatever their templates: each trace may hold a cause of its own. */
const MAX_BLOCKS = 2000;
const MAX_CHARS = 1024 * 1024;

/** A line with its number in the log, counted from 1. */
export interface KeptLine {
  readonly n: number;
  readonly text: string;
}

/** What stays of a long log. */
export interface Excerpt {
  /** In order, each once. */
  readonly kept: readonly KeptLine[];
  /** Lines of the whole log. */
  readonly lines: number;
  /** First lines of error templates, and how many more lines of the template were left out. */
  readonly repeats: readonly { readonly line: number; readonly more: number }[];
  /** Error templates seen, and how many of them had no room. */
  readonly templates: number;
  readonly dropped: number;
}

/** An event (a line and its trace) that tells of a failure. */
interface Block {
  readonly template: number;
  readonly source: string;
  readonly reader: TraceReader;
  readonly lines: KeptLine[];
  readonly head: KeptLine;
  rank: number;
  traced: number;
  after: number;
  open: boolean;
  /** Whether it may be kept; else it is followed for a new cause only. */
  stored: boolean;
}

/**
 * Keeps of a log of any length its head, its tail, the first line of every error template (mined by Drain), and the first events
 * of each with their traces and surroundings. Streaming; memory is bounded by lines kept and characters, not by the log.
 */
export class Excerpter {
  readonly #drain = new Drain({ templates: MAX_TEMPLATES * 4, similarity: SIMILARITY });
  readonly #counts = new Map<number, { first: KeptLine; count: number; kept: number; rank: number }>();
  readonly #blocks: Block[] = [];
  #open: Block[] = [];
  #whole: KeptLine[] | undefined = [];
  #head: KeptLine[] = [];
  #tail: KeptLine[] = [];
  #n = 0;
  #chars = 0;
  #templates = 0;
  #dropped = 0;

  /** Adds the next line. A `text` of undefined is a line that must not be kept (part of a secret). */
  push(text: string | undefined): void {
    const n = ++this.#n;
    if (text === undefined) {
      this.#whole = undefined;
      this.#open = [];
      return;
    }
    const line = { n, text };
    if (n <= HEAD) this.#head.push(detached(line));
    if (n > WHOLE_LOG_LINES) this.#whole = undefined;
    else this.#whole?.push(line);
    const belongs = this.#open.length > 0 && this.#follow(line);
    if (!belongs && isTelling(text)) this.#begin(line);
    this.#last(line);
  }

  #last(line: KeptLine): void {
    this.#tail.push(line);
    if (this.#tail.length >= TAIL * 2) this.#tail = this.#tail.slice(-TAIL);
  }

  /** Gives the line to the event that it belongs to; false where it belongs to none. */
  #follow(line: KeptLine): boolean {
    const { text, source = '' } = barePart(line.text);
    let taken = false;
    let closed = false;
    for (const block of this.#open) {
      if (block.open && block.source === source) {
        if (block.reader.push(text)) {
          this.#trace(block, line, text);
          taken = true;
          continue;
        }
        block.open = false;
      }
      if (block.after > 0) {
        block.after--;
        this.#put(block, line);
      }
      closed ||= !block.open && block.after === 0;
    }
    if (closed) this.#open = this.#open.filter((block) => block.open || block.after > 0);
    return taken;
  }

  #trace(block: Block, line: KeptLine, text: string): void {
    block.traced++;
    // Another cause under the same head is another error.
    const cause = /^\S/.test(text) && isTelling(text);
    if (cause) {
      const { isNew } = this.#drain.add(text);
      if (isNew) this.#templates++;
      if (isNew && (block.stored || this.#blocks.length < MAX_BLOCKS)) {
        block.rank = 0;
        if (!block.stored) this.#store(block);
      } else if (isNew) this.#dropped++;
    }
    if (block.traced <= TRACE || (cause && block.traced <= TRACE * 20 && block.lines.length < TRACE + TRACE_ENDS))
      this.#put(block, line);
  }

  #put(block: Block, line: KeptLine): void {
    if (this.#chars > MAX_CHARS) return;
    block.lines.push(detached(line));
    if (block.stored) this.#chars += line.text.length;
  }

  #begin(line: KeptLine): void {
    const { bare, text, level } = messageOf(line.text);
    const { id } = this.#drain.add(text);
    const entry = this.#counts.get(id);
    if (entry !== undefined) entry.count++;
    if (entry !== undefined && entry.kept >= PER_TEMPLATE) {
      // Its trace must still be followed: a new cause may stand in it.
      if (this.#open.length < MAX_OPEN) this.#open.push(this.#block(line, id, bare.source, bare.text, 3));
      return;
    }
    const error = level === 'error' || level === 'fatal' || isError(text);
    const rank = entry !== undefined ? 2 : error ? 0 : 1;
    if (entry === undefined) {
      this.#templates++;
      if (this.#counts.size >= MAX_TEMPLATES && !this.#makeRoom(rank)) {
        this.#dropped++;
        return;
      }
      this.#counts.set(id, { first: detached(line), count: 1, kept: 1, rank });
    } else entry.kept++;
    const block = this.#block(detached(line), id, bare.source, bare.text, rank);
    block.after = CONTEXT;
    this.#store(block);
    for (const before of this.#tail.slice(-CONTEXT)) this.#put(block, before);
    if (this.#open.length >= MAX_OPEN) this.#open.shift();
    this.#open.push(block);
  }

  #block(head: KeptLine, template: number, source: string | undefined, text: string, rank: number): Block {
    const reader = new TraceReader();
    reader.push(text);
    return {
      template,
      source: source ?? '',
      reader,
      lines: [],
      head,
      rank,
      traced: 0,
      after: 0,
      open: true,
      stored: false,
    };
  }

  #store(block: Block): void {
    block.stored = true;
    this.#blocks.push(block);
    this.#chars += charsOf(block);
  }

  /** Real errors push out templates that only have a telling word, the last of them first. */
  #makeRoom(rank: number): boolean {
    if (rank > 0) return false;
    const weak = [...this.#counts].findLast(([, entry]) => entry.rank > 0);
    if (weak === undefined) return false;
    this.#counts.delete(weak[0]);
    this.#dropped++;
    for (let at = this.#blocks.length - 1; at >= 0; at--) {
      const block = this.#blocks[at];
      if (block?.template !== weak[0]) continue;
      this.#blocks.splice(at, 1);
      this.#chars -= charsOf(block);
      block.stored = false;
    }
    return true;
  }

  finish(): Excerpt {
    if (this.#whole !== undefined) return this.#result(this.#whole);
    const kept = new Map<number, KeptLine>();
    const keep = (lines: Iterable<KeptLine>): void => {
      for (const line of lines) kept.set(line.n, line);
    };
    keep(this.#head);
    keep(this.#tail.slice(-TAIL));
    keep([...this.#counts.values()].map(({ first }) => first));
    const budget = Math.max(BUDGET, kept.size);
    for (const rank of [0, 1, 2, 3])
      for (const block of this.#blocks) {
        if (block.rank !== rank) continue;
        if (kept.size >= budget) break;
        keep([block.head, ...block.lines]);
      }
    return this.#result([...kept.values()].sort((a, b) => a.n - b.n));
  }

  #result(kept: readonly KeptLine[]): Excerpt {
    const shown = new Map<number, number>();
    for (const { text } of kept) {
      const id = isTelling(text) ? this.#drain.match(messageOf(text).text) : undefined;
      if (id !== undefined) shown.set(id, (shown.get(id) ?? 0) + 1);
    }
    const repeats = [...this.#counts]
      .map(([template, { first, count }]) => ({ line: first.n, more: count - (shown.get(template) ?? 0) }))
      .filter(({ more }) => more > 0);
    return { kept, lines: this.#n, repeats, templates: this.#templates, dropped: this.#dropped };
  }
}

/** What templates are mined of: the message, without prefixes and fields. */
function messageOf(line: string): { bare: Bare; text: string; level?: Level | undefined } {
  const bare = barePart(line);
  const trimmed = bare.text.trim();
  const json = trimmed.startsWith('{') ? jsonLine(trimmed) : undefined;
  return { bare, text: json?.text ?? bare.text, level: json?.level };
}

/** A copy: a part of a string would keep the whole chunk that it was read in. */
function detached({ n, text }: KeptLine): KeptLine {
  return { n, text: ` ${text}`.slice(1) };
}

function charsOf(block: Block): number {
  return block.lines.reduce((sum, line) => sum + line.text.length, block.head.text.length);
}

/** The same for a log that is in memory. */
export function excerptOf(lines: readonly string[]): Excerpt {
  const excerpter = new Excerpter();
  for (const line of lines) excerpter.push(line);
  return excerpter.finish();
}

/** Runs of lines that stand next to each other; `from` is the number of the log's first line in its file. */
export function rangesOf(kept: readonly KeptLine[], from: number): LineRange[] {
  const ranges: LineRange[] = [];
  for (const { n } of kept) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to === from + n - 2) last.to = from + n - 1;
    else ranges.push({ from: from + n - 1, to: from + n - 1 });
  }
  return ranges;
}
