/** What is read of Rego: references, calls, comparisons and assignments. Anything else is `unknown`. */
export type Term =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Term[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Term, Term])[] }
  /** `a.b[c]`; the steps of a plain variable are none. */
  | { readonly kind: 'ref'; readonly head: string | Term; readonly steps: readonly Term[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Term[] }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Term; readonly right: Term }
  | { readonly kind: 'sum'; readonly operator: string; readonly left: Term; readonly right: Term }
  | { readonly kind: 'assign'; readonly name: string; readonly term: Term }
  | { readonly kind: 'each'; readonly names: readonly string[]; readonly of: Term }
  | { readonly kind: 'not'; readonly term: Term }
  | { readonly kind: 'collect'; readonly term: Term; readonly body: readonly Term[] }
  | { readonly kind: 'unknown' };

export interface Rule {
  readonly name: string;
  readonly args: readonly Term[];
  /** What `name[key]` or `contains` gives, or the value of `name = value`. */
  readonly key?: Term;
  readonly value?: Term;
  readonly body: readonly Term[];
}

interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'sign' | 'line';
  readonly text: string;
}

const LEXER =
  /(?<skip>[ \t\r]+|#[^\n]*)|(?<line>\n)|(?<string>"(?:\\.|[^"\\\n])*"|`[^`]*`)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<number>\d+(?:\.\d+)?)|(?<sign>:=|==|!=|<=|>=|.)/gs;

const MOST_CHARACTERS = 100_000;
const MOST_DEPTH = 60;

const UNKNOWN: Term = { kind: 'unknown' };

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const { groups = {} } of text.matchAll(LEXER)) {
    const kind = (['line', 'string', 'name', 'number', 'sign'] as const).find((name) => groups[name] !== undefined);
    if (kind) tokens.push({ kind, text: groups[kind] as string });
  }
  return tokens;
}

function unquoted(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

/** Thrown where a rule is written in a way that is not read; caught for each rule. */
class Unread extends Error {}

class Parser {
  private at = 0;
  private depth = 0;
  private readonly tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  private peek(offset = 0): Token | undefined {
    return this.tokens[this.at + offset];
  }

  private is(text: string, offset = 0): boolean {
    const token = this.peek(offset);
    return token !== undefined && token.kind !== 'string' && token.text === text;
  }

  private take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw new Unread(text);
  }

  private lines(): void {
    while (this.peek()?.kind === 'line') this.at++;
  }

  private untilLine(): void {
    while (this.peek() && this.peek()?.kind !== 'line') this.at++;
  }

  /** Every rule of a module that can be read; what cannot be is left out. */
  module(): Rule[] {
    const rules: Rule[] = [];
    for (;;) {
      while (this.peek()?.kind === 'line' || this.is('}')) this.at++;
      if (!this.peek()) return rules;
      if (['package', 'import', 'default'].some((word) => this.is(word))) {
        this.untilLine();
        continue;
      }
      try {
        rules.push(...this.rule());
      } catch (error) {
        if (!(error instanceof Unread)) throw error;
        this.depth = 0;
        this.untilLine();
      }
    }
  }

  private rule(): Rule[] {
    const name = this.peek();
    if (name?.kind !== 'name') throw new Unread('rule');
    this.at++;
    let args: Term[] = [];
    let key: Term | undefined;
    let value: Term | undefined;
    if (this.take('(')) args = this.list(')');
    else if (this.take('[')) {
      key = this.expression();
      this.lines();
      this.expect(']');
    } else if (this.take('contains')) key = this.expression();
    if (this.take(':=') || this.take('=')) value = this.expression();
    const head = { name: name.text, args, ...(key ? { key } : {}), ...(value ? { value } : {}) };
    const condition = this.take('if');
    if (condition && !this.is('{')) return [{ ...head, body: [this.statement()] }];
    if (!this.is('{')) return [{ ...head, body: [] }];
    const rules: Rule[] = [];
    while (this.take('{')) rules.push({ ...head, body: this.body('}') });
    return rules;
  }

  private body(end: string): Term[] {
    const statements: Term[] = [];
    for (;;) {
      while (this.peek()?.kind === 'line' || this.is(';')) this.at++;
      if (this.take(end)) return statements;
      if (!this.peek()) throw new Unread(end);
      statements.push(this.statement());
    }
  }

  private statement(): Term {
    if (this.take('not')) return { kind: 'not', term: this.statement() };
    if (this.take('every')) throw new Unread('every');
    if (this.take('some')) {
      const names: string[] = [];
      do names.push(this.peek()?.text ?? '');
      while (++this.at && this.take(','));
      return this.take('in') ? { kind: 'each', names, of: this.expression() } : { kind: 'list', items: [] };
    }
    const term = this.expression();
    if (this.take('with')) throw new Unread('with');
    return term;
  }

  private expression(): Term {
    if (++this.depth > MOST_DEPTH) throw new Unread('depth');
    const left = this.sum();
    let found = left;
    const operator = this.peek();
    if (operator?.kind === 'sign' && [':=', '='].includes(operator.text)) {
      this.at++;
      this.lines();
      const right = this.sum();
      found =
        left.kind === 'ref' && typeof left.head === 'string' && left.steps.length === 0
          ? { kind: 'assign', name: left.head, term: right }
          : { kind: 'compare', operator: '==', left, right };
    } else if (operator?.kind === 'sign' && ['==', '!=', '<', '<=', '>', '>='].includes(operator.text)) {
      this.at++;
      this.lines();
      found = { kind: 'compare', operator: operator.text, left, right: this.sum() };
    } else if (this.is('in')) {
      this.at++;
      found = { kind: 'call', name: 'in', args: [left, this.sum()] };
    }
    this.depth--;
    return found;
  }

  private sum(): Term {
    let left = this.term();
    while (['+', '-', '*', '/', '%', '&'].some((sign) => this.is(sign))) {
      const operator = this.peek()?.text ?? '';
      this.at++;
      this.lines();
      left = { kind: 'sum', operator, left, right: this.term() };
    }
    return left;
  }

  /** Terms up to a closing sign. */
  private list(end: string): Term[] {
    const items: Term[] = [];
    for (;;) {
      this.lines();
      if (this.take(end)) return items;
      items.push(this.expression());
      this.lines();
      if (!this.take(',') && !this.is(end)) throw new Unread(end);
    }
  }

  private term(): Term {
    const token = this.peek();
    if (!token) throw new Unread('end');
    this.at++;
    if (token.kind === 'string') return this.steps({ kind: 'literal', value: unquoted(token.text) });
    if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) };
    if (token.kind === 'name') return this.named(token.text);
    if (token.text === '-') return { kind: 'literal', value: -Number(this.tokens[this.at++]?.text) };
    if (token.text === '(') {
      this.lines();
      const inner = this.expression();
      this.lines();
      this.expect(')');
      return this.steps(inner);
    }
    if (token.text === '[') return this.steps(this.collection(']'));
    if (token.text === '{') return this.steps(this.collection('}'));
    throw new Unread(token.text);
  }

  private named(name: string): Term {
    if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true' };
    if (name === 'null') return { kind: 'literal', value: null };
    let full = name;
    // `object.get(…)` is a call, `input.review.object` a reference.
    let ahead = 0;
    while (this.is('.', ahead) && this.peek(ahead + 1)?.kind === 'name') ahead += 2;
    if (this.is('(', ahead)) {
      for (; ahead > 0; ahead -= 2, this.at += 2) full += `.${this.peek(1)?.text}`;
      this.expect('(');
      return this.steps({ kind: 'call', name: full, args: this.list(')') });
    }
    return this.steps({ kind: 'ref', head: name, steps: [] });
  }

  private steps(head: Term): Term {
    const steps: Term[] = [];
    for (;;) {
      if (this.is('.') && this.peek(1)?.kind === 'name') {
        steps.push({ kind: 'literal', value: this.peek(1)?.text ?? '' });
        this.at += 2;
      } else if (this.take('[')) {
        steps.push(this.expression());
        this.expect(']');
      } else break;
    }
    if (steps.length === 0) return head;
    return head.kind === 'ref' && head.steps.length === 0 ? { ...head, steps } : { kind: 'ref', head, steps };
  }

  /** An array, set, object, or a comprehension of one. */
  private collection(end: string): Term {
    this.lines();
    if (this.take(end)) return end === ']' ? { kind: 'list', items: [] } : { kind: 'map', entries: [] };
    const first = this.expression();
    this.lines();
    if (this.take('|')) return { kind: 'collect', term: first, body: this.body(end) };
    if (this.take(':')) {
      const entries: [Term, Term][] = [[first, this.expression()]];
      this.lines();
      if (this.take('|')) {
        this.body(end);
        return UNKNOWN;
      }
      while (this.take(',')) {
        this.lines();
        if (this.is(end)) break;
        const key = this.expression();
        this.expect(':');
        entries.push([key, this.expression()]);
        this.lines();
      }
      this.expect(end);
      return { kind: 'map', entries };
    }
    const items = [first];
    while (this.take(',')) {
      this.lines();
      if (this.is(end)) break;
      items.push(this.expression());
      this.lines();
    }
    this.expect(end);
    return { kind: 'list', items };
  }
}

/** The rules of a Rego module; those that use what is not read are left out. */
export function parseRego(text: string): Rule[] {
  return text.length > MOST_CHARACTERS ? [] : new Parser(tokenize(text)).module();
}
