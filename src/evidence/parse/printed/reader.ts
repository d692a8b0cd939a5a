import { inNamesOfApi } from '../client-objects.ts';
import { fieldOfGo, withKind } from './names.ts';
import { metadataOfGo } from './object-meta.ts';
import { time } from './scalars.ts';

const MAX_DEPTH = 60;

/**
 * How a language ends a text that it prints without quotes: Go's maps before the next key, which sorts behind the last; generated Go
 * structs before `,Field:`; Lombok before `, field=`; the Java client at the end of the line. With quotes nothing need be told.
 */
type Style = 'quoted' | 'map' | 'struct' | 'lombok' | 'java';

/**
 * Reads a value as a program prints it, without knowing which program: braces, brackets and parentheses nest, keys end with `:`, `=` or
 * `=>`, types may stand before what they hold. One pass over the text; what is broken off is read as far as it goes.
 */
export class PrintedReader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** All values of the text, one after the other. */
  values(): unknown[] {
    const found: unknown[] = [];
    while (this.more()) {
      const before = this.at;
      found.push(this.value('quoted', '', 0));
      if (this.at === before) break;
    }
    return found;
  }

  private more(): boolean {
    this.skip(/[\s,]*/y);
    return this.at < this.text.length;
  }

  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }

  private value(style: Style, key: string, depth: number): unknown {
    this.skip(style === 'java' ? /[ \t]*/y : /\s*/y);
    if (depth > MAX_DEPTH) return this.bare('java', key);
    const quoted = this.quoted();
    if (quoted !== undefined) return quoted;
    if (this.match(/datetime\.datetime\(([^()]*(?:\([^()]*\))?[^()]*)\)/y) !== undefined)
      return time(this.text, this.at);
    if (this.match(/(?:Some|Ok|Time|MicroTime|Int|String|IntOrString|Quantity)\(/y) !== undefined) {
      const inner = this.value('lombok', key, depth + 1);
      this.skip(/\s*\)/y);
      return inner;
    }
    if (this.match(/&?map\[string\][\w.*]+\{/y) !== undefined) return this.pairs('struct', '}', depth, true);
    if (this.match(/&?map\[/y) !== undefined) return this.pairs('map', ']', depth);
    if (this.match(/\[\][\w.*]+\{/y) !== undefined) return this.list('struct', '}', depth);
    const type = this.match(/class ([A-Z]\w*) \{\n?/y);
    if (type !== undefined) return withKind(this.pairs('java', '}', depth), type[1] ?? '');
    return this.typed(style, key, depth) ?? this.nested(style, key, depth);
  }

  /** `Pod{…}`, `Pod { … }`, `Pod(…)`. */
  private typed(style: Style, key: string, depth: number): unknown {
    const brace = this.match(/&?(?:v\d\w*\.)?([A-Z]\w*)( ?)\{/y);
    if (brace !== undefined) {
      const go = brace[2] === '';
      if (go && key === 'metadata') return metadataOfGo(this.rest('}'));
      const read = this.pairs(go ? 'struct' : 'quoted', '}', depth);
      return withKind(go ? read : inNamesOfApi({ api_version: undefined, ...read }), brace[1] ?? '');
    }
    if (style === 'java') return undefined;
    const paren = this.match(/([A-Z]\w*)\((?=\w+=)/y);
    return paren === undefined ? undefined : withKind(this.pairs('lombok', ')', depth), paren[1] ?? '');
  }

  private nested(style: Style, key: string, depth: number): unknown {
    const open = this.text[this.at];
    if (open === '{') {
      this.at++;
      if (style === 'struct' && key === 'metadata') return metadataOfGo(this.rest('}'));
      // Java prints its maps with `=`, one after the other in a line.
      return this.pairs(style === 'java' || style === 'lombok' ? 'lombok' : style, '}', depth, style !== 'quoted');
    }
    if (open === '[') {
      this.at++;
      return this.list(style, ']', depth);
    }
    return this.bare(style, key);
  }

  /** Up to the bracket that closes what is open here, which is passed over. */
  private rest(close: string): string {
    const from = this.at;
    let depth = 0;
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at] ?? '';
      if ('{[('.includes(char)) depth++;
      else if (depth === 0 && char === close) return this.text.slice(from, this.at++);
      else if ('}])'.includes(char)) depth--;
    }
    return this.text.slice(from);
  }

  private pairs(style: Style, close: string, depth: number, plain = false): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    while (this.at < this.text.length) {
      this.skip(/[\s,]*/y);
      if (this.text[this.at] === close) {
        this.at++;
        break;
      }
      const key = this.key();
      if (key === undefined) break;
      const name = style === 'struct' && !plain ? fieldOfGo(key) : key === 'type_' ? 'type' : key;
      const value = this.value(style, name, depth + 1);
      if (value !== null && value !== undefined && name !== '__proto__') found[name] = value;
    }
    return found;
  }

  private key(): string | undefined {
    const quoted = this.quoted();
    const name = quoted ?? this.match(/[A-Za-z0-9_][\w./-]*/y)?.[0];
    if (name === undefined || this.match(/\s*(?:=>|[:=])/y) === undefined) return undefined;
    return name;
  }

  private list(style: Style, close: string, depth: number): unknown[] {
    const found: unknown[] = [];
    while (this.at < this.text.length) {
      this.skip(/[\s,]*/y);
      if (this.text[this.at] === close) {
        this.at++;
        break;
      }
      const before = this.at;
      const nests = /[{[("'&]|\w+[ (]?[{(]|map\[|class /y;
      nests.lastIndex = this.at;
      const item = nests.test(this.text)
        ? this.value(style, '', depth + 1)
        : this.skip(style === 'map' || style === 'struct' ? /[^\s\]}]+/y : /[^,\])}\n]+/y);
      if (this.at === before) break;
      found.push(typeof item === 'string' ? item.trim() : item);
    }
    return found;
  }

  /** A text in quotes; those that stand side by side are one, as Python breaks a long one, and JavaScript with a `+`. */
  private quoted(): string | undefined {
    let found: string | undefined;
    for (;;) {
      const before = this.at;
      if (found !== undefined) this.skip(/\s*(?:\+\s*)?/y);
      const part =
        this.match(/[bu]?'([^'\\]*(?:\\[\s\S][^'\\]*)*)'/y)?.[1] ??
        this.match(/[bu]?"([^"\\]*(?:\\[\s\S][^"\\]*)*)"/y)?.[1];
      // The next key of HCL, which needs no comma before it.
      if (part === undefined || (found !== undefined && /^\s*(?:=|:)/.test(this.text.slice(this.at, this.at + 20)))) {
        this.at = before;
        return found;
      }
      found = `${found ?? ''}${unescaped(part)}`;
    }
  }

  private bare(style: Style, key: string): unknown {
    const from = this.at;
    if (style === 'quoted') return scalar(this.skip(/[^\s,\]})]*/y), true);
    let [depth, spaced] = [0, false];
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at] ?? '';
      if (style === 'java') {
        if (char === '\n') break;
        continue;
      }
      if ('{[('.includes(char)) depth++;
      else if ('}])'.includes(char)) {
        if (depth === 0) break;
        depth--;
      } else if (depth === 0 && this.ends(style, key, char, spaced)) break;
      spaced ||= char === ' ';
    }
    return scalar(this.text.slice(from, this.at).trim());
  }

  private ends(style: Style, key: string, char: string, spaced: boolean): boolean {
    if (style === 'map') {
      if (char !== ' ') return false;
      // Keys with dots and slashes are those of labels, whose values have no spaces.
      const next = spaced ? /\s([A-Za-z_]\w*):(?! )/y : /\s([A-Za-z_][\w./-]*):(?! )/y;
      next.lastIndex = this.at;
      const name = next.exec(this.text)?.[1];
      return name !== undefined && name > key;
    }
    if (char !== ',') return false;
    const next = style === 'struct' ? /,(?:[A-Z]\w*:|[a-z][\w./-]*: |\}|$)/y : /, [A-Za-z][\w./-]*=/y;
    next.lastIndex = this.at;
    return next.test(this.text);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function unescaped(part: string): string {
  if (!part.includes('\\')) return part;
  return part.replace(/\\(?:x([\da-f]{2})|u\{?([\da-f]{4})\}?|([\s\S]))/gi, (_, hex, unicode, char) =>
    hex !== undefined || unicode !== undefined
      ? String.fromCharCode(Number.parseInt(hex ?? unicode, 16))
      : (ESCAPES[char] ?? char),
  );
}

/** Only where texts have quotes is `True` no text: Go and Java print the status of a condition so. */
function scalar(word: string, quotes = false): unknown {
  if (/^(?:nil|null|<nil>|undefined|)$/.test(word) || (quotes && word === 'None')) return null;
  if (word === 'true' || (quotes && word === 'True')) return true;
  if (word === 'false' || (quotes && word === 'False')) return false;
  if (/^-?\d{1,15}$/.test(word)) return Number(word);
  // A time as Go prints it.
  const stamp = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) \+0000 UTC$/.exec(word);
  return stamp === null ? word : `${stamp[1]}T${stamp[2]}Z`;
}
