import { recorderCommand } from './command.ts';
import { barePart } from './logs/prefix.ts';
import { isPipelineLine } from './parse/ci.ts';
import { isTableHeader } from './parse/table.ts';
import { promptCommand } from './prompt.ts';
import { flushRight } from './records/flush-right.ts';
import { FENCE } from './split.ts';
import { brokenSentences } from './wrapped-words.ts';

/** Where a line was broken: after `at` characters of line `line` (1-based, of the text as it is read), and what was put before the rest. */
export interface Break {
  readonly line: number;
  readonly at: number;
  readonly indent: string;
}

/** Narrower than this no terminal or mail program breaks lines. */
const NARROWEST = 60;
/** Wider than this no screen is. */
const WIDEST = 500;
/** Widths of terminals. Lines of any other width must be more to be believed. */
const USUAL: ReadonlySet<number> = new Set([80, 100, 120, 132, 160, 200]);
const FEW = 3;
/** Lines of a text after which its shapes are known. */
const SAMPLE = 2000;
/** What begins a row of a drawn table or box. */
const DRAWN = /^[\u2500-\u257f|]|^\+-/;

const isCommand = (line: string) => promptCommand(line) !== undefined || recorderCommand(line) !== undefined;

/** The shape of a line's first two tokens: words, numbers and punctuation, behind its indentation. */
function headShape(line: string): string {
  const [, indent = '', first = '', second = ''] = /^(\s*)(\S{0,80})\S*\s*(\S{0,40})/.exec(line) ?? [];
  const shape = (token: string) => token.replace(/[\p{L}\d]+/gu, (run) => (/^\d+$/.test(run) ? 'd' : 'w'));
  return `${indent}${shape(first)} ${shape(second)}`;
}

/** A shape that words of a sentence do not have by chance. */
function isSpecific(shape: string): boolean {
  return /^\s|[d:[\]{}"=|<>()│╷╵]/.test(shape);
}

/** Where columns begin: behind two spaces or more, or a tab. */
function columns(line: string): number[] {
  return [...line.matchAll(/(?: {2,}| *\t\s*)(?=\S)/g)].map(({ index, 0: gap }) => index + gap.length);
}

/** Whether a line is another row of a table in which the other stands. */
function isAligned(line: string, other: string): boolean {
  const own = columns(line);
  const common = own.filter((at) => columns(other).includes(at)).length;
  return common >= 2 || (common === 1 && own.length === 1);
}

/** Text in lines of one width by its own format (RFC 7468, RFC 2045). */
function isEncoded(line: string): boolean {
  return (line.length === 64 || line.length === 76) && /^[A-Za-z0-9+/=_-]+$/.test(line);
}

const RULER = /^\s*([^\p{L}\d\s])\1{9,}|([^\p{L}\d\s])\2{19,}$/u;

/** Lines of a text that was broken at one width, or none. */
interface Wrapped {
  /** By index: whether the line goes on with the one before. */
  readonly continues: readonly boolean[];
  readonly indent: string;
  /** By index: whether it was broken between words, where the blank was left out. */
  readonly spaced?: readonly boolean[];
}

/**
 * The indentation that rests of lines were given: the same before all of them, behind it the other half of a word for most, and no line's own
 * unless it is seen often.
 */
function hanging(lines: readonly string[], width: number): string {
  const follows = (index: number) => lines[index - 1]?.length === width && lines[index] !== '';
  const after = lines.flatMap((line, index) => (follows(index) ? [{ before: lines[index - 1] ?? '', line }] : []));
  const rests = after.filter(({ line }) => line.startsWith(' '));
  if (rests.length * 2 <= after.length) return '';
  const [shortest = 0] = rests.map(({ line }) => /^ */.exec(line)?.[0].length ?? 0).sort((a, b) => a - b);
  // Programs indent by even numbers: one blank more is the text's own.
  const least = ' '.repeat(shortest - (shortest % 2));
  if (least === '') return '';
  const below = rests.filter(({ before }) => !before.startsWith(`${least} `));
  const halves = below.filter(({ before, line }) => isWithin(before, line.slice(least.length)));
  const own = lines.some(
    (line, index) => !follows(index) && line.startsWith(least) && /^\S/.test(line.slice(least.length)),
  );
  // One alone may be a frame below its exception.
  const [one] = rests;
  const alone =
    rests.length === 1 && one !== undefined && (/^\s/.test(one.before) || /^\s+(?:at |in |File ")/.test(one.line));
  return halves.length * 2 > below.length && !alone && (!own || rests.length >= FEW) ? least : '';
}

/** A line without its numbers and generated names: a message that is logged again differs in these alone, and proves no more than once. */
function masked(line: string): string {
  return line.replace(/\p{L}*\d[\p{L}\d]*/gu, '#');
}

function wrappedAt(lines: readonly string[], width: number): Wrapped | undefined {
  const indent = hanging(lines, width);
  const full = (index: number) => lines[index]?.length === width;
  // Behind a line that is not full a line begins for certain.
  let shapes: ReadonlySet<string> | undefined;
  const known = (shape: string) => {
    shapes ??= new Set(
      lines
        .filter((line, index) => !full(index - 1) && line !== '')
        .slice(0, SAMPLE)
        .map(headShape),
    );
    return shapes.has(shape);
  };
  const continues: boolean[] = [];
  let [head, on, within, anew] = [0, 0, 0, 0];
  const kinds = new Set<string>();
  let open: readonly string[] = [];
  for (const [index, whole] of lines.entries()) {
    if (!full(index) && !full(index - 1)) {
      continues.push(false);
      continue;
    }
    const before = lines[index - 1] ?? '';
    const follows = index > 0 && full(index - 1) && whole !== '';
    const rest = follows && whole.startsWith(indent);
    const line = rest ? whole.slice(indent.length) : whole;
    const quoted = rest && open.some((quote) => isOdd(line, quote));
    const begins =
      follows &&
      !quoted &&
      (!rest ||
        // Rows of a table that is indented as a whole stand under each other.
        (indent !== '' && isAligned(whole, lines[head] ?? '')) ||
        beginsAnew(line, before, lines[head] ?? '', known) ||
        RULER.test(before) ||
        isEncoded(before));
    continues.push(follows && !begins);
    if (!follows || begins) head = index;
    open = full(index) ? openQuotes(head === index ? [] : open, line) : [];
    if (follows && begins) anew++;
    else if (follows && (quoted || !isCommand(before))) {
      on++;
      kinds.add(`${masked(before)}\n${masked(line)}`);
      if (quoted || isWithin(before, line)) within++;
    }
  }
  const enough = kinds.size >= FEW || (within >= 1 && USUAL.has(width));
  return enough && on >= anew ? { continues, indent } : undefined;
}

/** Whether a quotation mark stands in a text an odd number of times: what it opens, or closes, is not here. */
function isOdd(text: string, quote: string): boolean {
  return text.replace(/\\./g, '').split(quote).length % 2 === 0;
}

/** The marks of what is still quoted behind one more piece of a line. An apostrophe quotes nothing. */
function openQuotes(before: readonly string[], piece: string): readonly string[] {
  const text = piece.replace(/\w'\w/g, '');
  return ['"', "'"].filter((quote) => isOdd(text, quote) !== before.includes(quote));
}

/** Whether a break stands where no writer breaks: within a word, a number or a path, or with the spaces of a sentence or a table kept at it. */
function isWithin(before: string, line: string): boolean {
  if (/\S $/.test(before)) return /^\S/.test(line);
  if (/^ /.test(line)) return /^ [^\s-]/.test(line) ? /\S$/.test(before) : /\s$/.test(before);
  if (/^\d/.test(line)) return /[\p{L}\d]$|\d[.,:]$|[/_=@&%+-]$/u.test(before);
  if (/^\p{Ll}/u.test(line))
    return /\p{L}\.?$/u.test(before) || (/[\d/_=@&%+-]$/.test(before) && !/^[\p{L}\d]*:/u.test(line));
  return /^(?:[":;.,)=&%]|-[a-z])/.test(line) && /[\p{L}\d.)]$/u.test(before);
}

/** Whether a line could be the rest of the one before. Cheap: most texts have none. */
function mayGoOn(before: string, line: string): boolean {
  if (before.length < NARROWEST || before.length > WIDEST || line === '') return false;
  return openQuotes([], before).length > 0 || isWithin(before, line.trimStart());
}

/** Whether a row carries the number behind the one before, or the first below a header: pandas numbers its rows, and all are as wide. */
function isNumberedNext(line: string, before: string): boolean {
  const number = /^(\d{1,6}) /.exec(line)?.[1];
  if (number === undefined) return false;
  return number === '0' ? /^ {2,}\S/.test(before) : /^(\d{1,6}) /.exec(before)?.[1] === String(Number(number) - 1);
}

/** `info: Microsoft.Hosting.Lifetime[14]`: the first line of an entry of .NET's console. */
const ENTRY = /^(?:trce|dbug|info|warn|fail|crit): [A-Za-z_][\w.+`]*\[\d+\]$/;

/** The first line of a trace of the JVM, below what was logged with it. */
const EXCEPTION = /^(?:[a-z]\w*\.){1,12}[A-Z]\w*(?:Exception|Error)(?:: |$)/;

/** What `kubectl exec` says below whatever the command printed. */
const EXEC_ENDED = /^command terminated with exit code \d+$/;

/** Whether a line below a full one is a line of its own: it looks like the others of this text, or like none that goes on. */
function beginsAnew(line: string, before: string, head: string, known: (shape: string) => boolean): boolean {
  // No table has two headings.
  if (isTableHeader(line)) return !isTableHeader(head);
  if (
    isCommand(line) ||
    EXEC_ENDED.test(line) ||
    (EXCEPTION.test(line) && /[^\s:]$/.test(before)) ||
    DRAWN.test(line) ||
    isNumberedNext(line, before) ||
    isPipelineLine(line)
  )
    return true;
  // Only the gap between two columns begins a rest with an indentation.
  if (/^(?: {2}|\t)/.test(line) && /\S$/.test(before) && columns(head).length < FEW) return true;
  const bare = barePart(line);
  if (bare.time !== undefined || bare.source !== undefined || RULER.test(line)) return true;
  // Loggers begin each line of JSON with the same key, .NET's each entry with its level and category.
  const key = /^\{"[^"\\]{1,40}":/.exec(line)?.[0];
  if ((key !== undefined && head.startsWith(key)) || ENTRY.test(line)) return true;
  const first = /^\S{3,} /.exec(line)?.[0];
  if ((first !== undefined && head.startsWith(first)) || (/\.$/.test(before) && /^\p{Lu}/u.test(line))) return true;
  const shape = headShape(line);
  // `…: rpc err` and `or: code = …` are halves of a word, whatever else has a key before a colon.
  const half = /\p{L}$/u.test(before) && /^\p{Ll}[^\d\s]* /u.test(line);
  if (!half && isSpecific(shape) && (known(shape) || shape === headShape(head))) return true;
  return isAligned(line, head);
}

const widest = (lines: readonly string[]) => lines.reduce((most, line) => Math.max(most, line.length), 0);

function find(lines: readonly string[]): Wrapped | undefined {
  const width = widest(lines);
  if (width < NARROWEST || width > WIDEST) return undefined;
  const rests = lines.flatMap((line, index) =>
    index > 0 && line !== '' && lines[index - 1]?.length === width ? [index] : [],
  );
  if (rests.length < (USUAL.has(width) ? 1 : FEW)) return undefined;
  if (rests.length < FEW && !rests.some((index) => mayGoOn(lines[index - 1] ?? '', lines[index] ?? '')))
    return undefined;
  return isPadded(lines, width) || isFlushRight(lines, width) ? undefined : wrappedAt(lines, width);
}

/** Runs of lines that were printed in one place: between fences, and within these between commands. */
function cutAt(lines: readonly string[], opens: (line: string) => boolean): [number, number][] {
  const starts = [0, ...lines.flatMap((line, index) => (index > 0 && opens(line) ? [index] : []))];
  return starts.map((from, index) => [from, starts[index + 1] ?? lines.length]);
}

/** Whether lines were filled with blanks up to one width: of the widest most end in blanks, with another of them below. */
function isPadded(lines: readonly string[], width: number): boolean {
  const full = lines.flatMap((line, index) => (line.length === width ? [index] : []));
  const blank = full.filter((index) => lines[index]?.endsWith('  '));
  const stacked = blank.filter((index) => (lines[index + 1]?.length ?? width) === width);
  return blank.length * 2 > full.length && stacked.length * 2 > blank.length;
}

/** Whether most lines of the full width are rows of a table whose columns are set flush right: pandas makes all of them as wide. */
function isFlushRight(lines: readonly string[], width: number): boolean {
  let [rows, full, from] = [0, 0, 0];
  for (let index = 0; index <= lines.length; index++) {
    if (lines[index]?.length === width) continue;
    const run = lines.slice(from, index);
    full += run.length;
    if (run.length >= FEW && flushRight(run) !== undefined) rows += run.length;
    from = index + 1;
  }
  return rows * 2 > full;
}

/** Lines at most that a JSON text of one line was broken into. */
const MOST = 2000;

function isJson(source: string): boolean {
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}

/** Where a JSON text of one line goes on, that was broken into lines of one width: what they make together parses, and the first alone does not. */
function brokenJson(lines: readonly string[]): Wrapped | undefined {
  const continues = new Array<boolean>(lines.length).fill(false);
  let found = false;
  for (let from = 0; from < lines.length; from++) {
    const first = lines[from] ?? '';
    const width = first.length;
    if (width < NARROWEST || !/^[[{]\s*["{[]/.test(first) || isJson(first)) continue;
    let to = from + 1;
    while (to < lines.length && to - from < MOST && lines[to]?.length === width) to++;
    const ends = [to, to - 1].filter((end) => end > from && /[\]}]\s*$/.test(lines[end] ?? ''));
    const end = ends.find((one) => (lines[one]?.length ?? 0) <= width && isJson(lines.slice(from, one + 1).join('')));
    if (end === undefined) continue;
    continues.fill(true, from + 1, end + 1);
    found = true;
    from = end;
  }
  return found ? { continues, indent: '' } : undefined;
}

/** Where sentences go on that were broken between words. */
function brokenWords(lines: readonly string[]): Wrapped | undefined {
  const sentences = brokenSentences(lines);
  if (sentences.length === 0) return undefined;
  const continues = new Array<boolean>(lines.length).fill(false);
  const spaced = new Array<boolean>(lines.length).fill(false);
  for (const { from, within } of sentences)
    for (const [at, inWord] of within.entries()) [continues[from + at + 1], spaced[from + at + 1]] = [true, !inWord];
  return { continues, indent: '', spaced };
}

/**
 * Joins lines that a terminal, a chat or a mail broke at one width. Told by structure alone: in a text that nothing wider stands in, lines of
 * exactly one width go on in a line that begins as none of this text does. A text that was not broken stays as it is.
 */
export function unwrap(lines: readonly string[]): {
  readonly lines: readonly string[];
  readonly breaks: readonly Break[];
} {
  const parts: { from: number; wrapped: Wrapped }[] = [];
  for (const [from, to] of cutAt(lines, (line) => FENCE.test(line))) {
    const block = lines.slice(from, to);
    const wrapped = find(block) ?? brokenJson(block) ?? brokenWords(block);
    if (wrapped !== undefined) parts.push({ from, wrapped });
    else if (block.some((line, index) => mayGoOn(line, block[index + 1] ?? '')))
      for (const [begin, end] of cutAt(block, isCommand)) {
        const inner = end - begin === block.length ? undefined : find(block.slice(begin, end));
        if (inner !== undefined) parts.push({ from: from + begin, wrapped: inner });
      }
  }
  if (parts.length === 0) return { lines, breaks: [] };
  const joined: string[] = [];
  const breaks: Break[] = [];
  let part = 0;
  for (const [index, line] of lines.entries()) {
    while ((parts[part + 1]?.from ?? Number.POSITIVE_INFINITY) <= index) part++;
    const { from, wrapped } = parts[part] ?? { from: 0, wrapped: { continues: [], indent: '' } };
    const before = joined.at(-1);
    if (before === undefined || wrapped.continues[index - from] !== true) {
      joined.push(line);
      continue;
    }
    const { indent, spaced } = wrapped;
    const head = spaced?.[index - from] === true ? `${before} ` : before;
    breaks.push({ line: joined.length, at: head.length, indent });
    joined[joined.length - 1] = head + line.slice(indent.length);
  }
  return { lines: joined, breaks };
}
