/** Deeper nesting than this is refused. */
const MAX_DEPTH = 100;
const SPACE = /\s*/y;
const NUMBER = /[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_][\w.]*/y;
/** A text in either quote, with its escapes, behind the letters that say what kind it is. */
const TEXT = /([rbuRBU]{0,2})(?:'([^'\\\n]*(?:\\[\s\S][^'\\\n]*)*)'|"([^"\\\n]*(?:\\[\s\S][^"\\\n]*)*)")/y;
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g;
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0', '\n': '' };
const CONSTANTS: Readonly<Record<string, unknown>> = { None: null, True: true, False: false };
const CLOSES: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' };

function unescaped(body: string): string {
  return body.replace(ESCAPE, (whole, two?: string, four?: string, eight?: string, one?: string) => {
    const digits = two ?? four ?? eight;
    if (digits === undefined) return CONTROLS[one ?? ''] ?? (/['"\\]/.test(one ?? '') ? (one ?? '') : whole);
    const code = Number.parseInt(digits, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

class NotPython extends Error {}

/** Reads one value at a time; `at` is where the next begins. */
class Reader {
  at = 0;
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  private match(shape: RegExp): RegExpExecArray | null {
    shape.lastIndex = this.at;
    const found = shape.exec(this.source);
    if (found !== null) this.at = shape.lastIndex;
    return found;
  }

  private takes(sign: string): boolean {
    this.match(SPACE);
    if (this.source[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  done(): boolean {
    this.match(SPACE);
    return this.at >= this.source.length;
  }

  value(depth = 0): unknown {
    if (depth > MAX_DEPTH) throw new NotPython();
    this.match(SPACE);
    const sign = this.source[this.at] ?? '';
    if (sign === '[' || sign === '(' || sign === '{') return this.members(sign, depth);
    let text = this.match(TEXT);
    if (text !== null) {
      let all = '';
      // Texts beside each other are one, as `pprint` breaks them.
      for (; text !== null; text = this.match(TEXT)) {
        const body = text[2] ?? text[3] ?? '';
        all += /r/i.test(text[1] ?? '') ? body : unescaped(body);
        this.match(SPACE);
      }
      return all;
    }
    const number = this.match(NUMBER);
    if (number !== null) return Number(number[0].replaceAll('_', ''));
    const name = this.match(NAME)?.[0];
    if (name === undefined) throw new NotPython();
    if (Object.hasOwn(CONSTANTS, name)) return CONSTANTS[name];
    return this.takes('(') ? this.made(name, depth) : name;
  }

  /** `[…]`, `(…)`, `{…}` with or without keys. */
  private members(open: string, depth: number): unknown {
    this.at++;
    const close = CLOSES[open] ?? '';
    const list: unknown[] = [];
    const keyed: [string, unknown][] = [];
    while (!this.takes(close)) {
      const member = this.value(depth + 1);
      if (open === '{' && this.takes(':')) keyed.push([String(member), this.value(depth + 1)]);
      else list.push(member);
      if (this.takes(',')) continue;
      if (!this.takes(close)) throw new NotPython();
      break;
    }
    return open === '{' && list.length === 0 ? Object.fromEntries(keyed) : list;
  }

  /** `ToolMessage(content='…')`: its members, and its class as `type` where none of them is called so. */
  private made(name: string, depth: number): unknown {
    const keyed: [string, unknown][] = [['type', name]];
    while (!this.takes(')')) {
      const start = this.at;
      const key = this.match(NAME)?.[0];
      if (key === undefined || !this.takes('=')) {
        this.at = start;
        this.value(depth + 1);
      } else keyed.push([key, this.value(depth + 1)]);
      if (this.takes(',')) continue;
      if (!this.takes(')')) throw new NotPython();
      break;
    }
    return Object.fromEntries(keyed);
  }
}

/**
 * The value that a text in Python's notation is (what `print` and `repr` write of lists, dicts, dataclasses and Pydantic's models;
 * "Lexical analysis" in the reference of the language), as JSON would give it. Undefined for any other text.
 */
export function pythonValue(source: string): unknown {
  const reader = new Reader(source);
  try {
    const value = reader.value();
    return reader.done() ? value : undefined;
  } catch (error) {
    // A text that no engine of regular expressions has room for.
    if (error instanceof NotPython || error instanceof RangeError) return undefined;
    throw error;
  }
}
