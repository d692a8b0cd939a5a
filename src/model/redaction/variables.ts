import { isSecretKey, isSecretValue } from './keys.ts';
import type { PlaceholderOf } from './placeholders.ts';

/*
 * A container's variable in a text: a `name` and a `value` of one item, in either order, as JSON (also within JSON), as flow
 * or block YAML, or as Go prints it. The time is linear: names look back at a few values and values at a few names, over a
 * bounded distance, and the search goes on behind what was replaced.
 */

/** A member called `name` or `value`; its quotes may be escaped. */
const MEMBER =
  /(?:(\\{0,15})(["'])(name|value)\1\2|(?:(?<![\w.$-])|(?<=\\[nrt]))(name|value))[ \t]{0,8}:(?!:)[ \t]{0,8}/gi;

const LOOK_BACK = 4;
/** Between the two members. */
const LONGEST_GAP = 1024;
/** A value that no quote ends, when its name comes after it. */
const LONGEST_BARE = 8192;

interface Member {
  /** Where its own name begins, and where its value does (behind an opening quote). */
  readonly at: number;
  readonly start: number;
  /** Where a quoted value or the name of a variable ends; undefined for a bare value. */
  readonly end: number | undefined;
  /** Whether the quote that opens the value was closed on its line. */
  readonly closed: boolean;
  /** The name of a variable. */
  readonly variable: string | undefined;
  /** White space and dashes before it on its line, with how that line began; undefined within a line. */
  readonly prefix: string | undefined;
  readonly escapedBreak: boolean;
  readonly inFlow: boolean;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly lines: boolean;
}

/** Replaces the values of variables named like a secret. */
export function hideVariables(text: string, of: PlaceholderOf): string {
  const names: Member[] = [];
  const values: Member[] = [];
  const paired = new Set<Member>();
  const ranges: Range[] = [];
  MEMBER.lastIndex = 0;
  for (let match = MEMBER.exec(text); match !== null; match = MEMBER.exec(text)) {
    const member = readMember(text, match);
    if (member.variable === undefined) {
      const name = names.findLast((name) => isOneItem(text, name, member));
      if (name !== undefined) paired.add(member);
      if (name !== undefined && isSecretKey(name.variable ?? '')) {
        const range = rangeOf(text, member, name, member, text.length);
        ranges.push(range);
        MEMBER.lastIndex = Math.max(MEMBER.lastIndex, range.end);
      }
      remember(values, member);
    } else {
      if (isSecretKey(member.variable)) {
        const value = values.findLast((value) => !paired.has(value) && isOneItem(text, value, member));
        if (value !== undefined) {
          paired.add(value);
          ranges.push(rangeOf(text, value, value, member, member.at));
        }
      }
      remember(names, member);
    }
  }
  return replaceRanges(text, ranges, of);
}

function remember(members: Member[], member: Member): void {
  members.push(member);
  if (members.length > LOOK_BACK) members.shift();
}

function replaceRanges(text: string, ranges: Range[], of: PlaceholderOf): string {
  let result = '';
  let from = 0;
  // What holds another one comes first and is replaced whole.
  for (const { start, end, lines } of ranges.sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < from) continue;
    const secret = text.slice(start, end);
    result += text.slice(from, start) + (lines ? hideLines(secret, of) : hide(secret, of));
    from = end;
  }
  return result + text.slice(from);
}

function hide(secret: string, of: PlaceholderOf): string {
  return secret === '' || !isSecretValue(secret) ? secret : of('secret', secret);
}

/** Hides each line of a value of its own, so that the lines keep their numbers. */
export function hideLines(block: string, of: PlaceholderOf): string {
  return block
    .split(/(\r?\n|\\{1,15}n)/)
    .map((line, index) => {
      const secret = line.trim();
      if (index % 2 === 1 || secret === '' || /^[|>][+\-\d]{0,2}(?:\s+#.*)?$/.test(secret)) return line;
      const start = line.indexOf(secret);
      return line.slice(0, start) + hide(secret, of) + line.slice(start + secret.length);
    })
    .join('');
}

const VARIABLE = /(\\{0,15}["'])?([\w.-]{1,128})(?![\w.-])\1/y;
const QUOTE = /\\{0,15}["']/y;

function readMember(text: string, match: RegExpExecArray): Member {
  const at = match.index;
  const behind = at + match[0].length;
  const line = lineBefore(text, at);
  const isName = (match[3] ?? match[4] ?? '').toLowerCase() === 'name';
  const common = { at, ...line };
  if (isName) {
    VARIABLE.lastIndex = behind;
    const variable = VARIABLE.exec(text);
    const end = behind + (variable?.[0].length ?? 0);
    return { ...common, start: behind, end, closed: true, variable: variable?.[2] ?? '' };
  }
  QUOTE.lastIndex = behind;
  const quote = QUOTE.exec(text)?.[0];
  if (quote === undefined) return { ...common, start: behind, end: undefined, closed: true, variable: undefined };
  const start = behind + quote.length;
  return { ...common, start, ...endOfQuoted(text, start, quote), variable: undefined };
}

/**
 * The end of a quoted value. Behind n backslashes opens a string within strings, which doubles them: a quote closes it behind
 * as many, or that and whole pairs of its own; behind fewer, a string around it ends.
 */
export function endOfQuoted(text: string, start: number, quote: string): { end: number; closed: boolean } {
  const mark = quote.slice(-1);
  const opening = quote.length - 1;
  let backslashes = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\n' || character === '\r') return { end: at, closed: false };
    if (character === mark) {
      const closes = backslashes < opening || backslashes % (2 * (opening + 1)) === opening;
      const doubled = mark === "'" && text[at + 1] === mark;
      if (closes && !doubled) return { end: at - Math.min(backslashes, opening), closed: true };
      if (doubled) at += 1;
    }
    backslashes = character === '\\' ? backslashes + 1 : 0;
  }
  return { end: text.length, closed: false };
}

function lineBefore(text: string, at: number): Pick<Member, 'prefix' | 'escapedBreak' | 'inFlow'> {
  let from = at;
  while (from > 0 && ' \t-+'.includes(text[from - 1] ?? '')) from -= 1;
  const before = text[from - 1];
  const escapedBreak = before === 'n' && text[from - 2] === '\\';
  const isLine = from === 0 || before === '\n' || before === '\r' || escapedBreak || before === '"';
  // `{` may stand on the line before.
  const outer = text.slice(Math.max(0, from - 256), from).replace(/(?:\s|\\[nrt])*$/, '');
  return {
    prefix: isLine ? text.slice(from, at) : undefined,
    escapedBreak,
    inFlow: before === ',' || before === '{' || outer.endsWith('{') || '"\'\\'.includes(text[at] ?? ''),
  };
}

/** Whether nothing but white space stands before a member, or the mark of a diff. */
function isBlank(prefix: string): boolean {
  return /^(?:\+|-(?=\s\s))?\s*$/.test(prefix);
}

function isBlock(first: Member, second: Member): boolean {
  return !first.inFlow && second.prefix !== undefined && isBlank(second.prefix);
}

/** Whether two members belong to one item of a list. */
function isOneItem(text: string, first: Member, second: Member): boolean {
  if (second.at - (first.end ?? first.start) > (first.end === undefined ? LONGEST_BARE : LONGEST_GAP)) return false;
  if (second.at < (first.end ?? first.start)) return false;
  if (!isBlock(first, second)) {
    const gap = text.slice(first.end ?? flowEnd(text, first.start, second.at), second.at);
    return (
      gap.length <= LONGEST_GAP &&
      /^\\{0,15}["']?\s{0,64}[\s,\\]/.test(gap) &&
      !/[{}]|(?:[\r\n]|\\n)[ \t]{0,64}- /.test(gap)
    );
  }
  const column = second.prefix?.length ?? 0;
  const breaks = second.escapedBreak ? /\\{1,15}n/ : /\n/;
  const between = text
    .slice(first.end ?? first.start, second.at)
    .split(breaks)
    .slice(1, -1);
  const isAligned = first.prefix !== undefined && first.prefix.length === column;
  // A name right above its value is enough, whatever stands before it.
  if (!isAligned && (first.variable === undefined || between.length > 0)) return false;
  return between.every((line) => {
    const content = line.trim();
    return content === '' || content.startsWith('#') || indentOf(line) >= column;
  });
}

function indentOf(line: string): number {
  const plain = line.replace(/^[+-](?=\s\s)/, ' ');
  return plain.length - plain.trimStart().length;
}

/** What is to be replaced for the value of a pair. */
function rangeOf(text: string, value: Member, first: Member, second: Member, limit: number): Range {
  const { start } = value;
  if (value.end !== undefined && value.closed) return { start, end: value.end, lines: false };
  if (!isBlock(first, second)) return { start, end: value.end ?? flowEnd(text, start, limit), lines: false };
  const end = blockEnd(text, start, value.prefix?.length ?? 0, second.escapedBreak, limit);
  return { start, end, lines: true };
}

const FLOW_STOP =
  /[\r\n}]|,(?=$|[\s"'\\]|\w{1,64}["'\\]{0,4}\s?:)|\s(?=\s{0,8}\w{1,64}:)|\\{0,15}"(?=[,}\]\s]|$)|\s{1,8}(?=\})/;

function flowEnd(text: string, start: number, limit: number): number {
  const ahead = text.slice(start, limit);
  const stop = ahead.search(FLOW_STOP);
  return start + (stop < 0 ? ahead : ahead.slice(0, stop)).trimEnd().length;
}

/** The end of a value that goes on to the end of its line and over the lines that stand further in. */
export function blockEnd(text: string, start: number, column: number, escaped: boolean, limit: number): number {
  // In a string, the quote that ends it ends the value; one of the value's own stands behind more backslashes.
  const breaks = escaped ? /\\{1,15}n|(?<!\\)"/g : /\n/g;
  let end = start;
  for (let from = start; ; from = breaks.lastIndex) {
    breaks.lastIndex = from;
    const found = breaks.exec(text);
    const stop = Math.min(found?.index ?? text.length, limit);
    const line = text.slice(from, stop);
    if (from !== start && line.trim() !== '' && indentOf(line) <= column) return end;
    if (line.trim() !== '') end = from + line.trimEnd().length;
    if (found === null || found[0] === '"' || stop >= limit) return end;
  }
}
