import { rememberedParser } from '../parse-memo.ts';
import { type Token, tokenize, unquoted } from './lexer.ts';
import { apart, plainArguments, SOME } from './patterns.ts';
import type { Rule, Term } from './terms.ts';

const MOST_CHARACTERS = 100_000;
const MOST_DEPTH = 60;

const SIGNS = ['+', '-', '*', '/', '%', '&', '|'];

/** The words of a plain path, `input.review.object`. */
function pathOf(term: Term): string[] | undefined {
  if (term.kind !== 'ref' || typeof term.head !== 'string') return undefined;
  const steps = term.steps.map((step) => (step.kind === 'literal' ? String(step.value) : undefined));
  return steps.some((step) => step === undefined) ? undefined : [term.head, ...(steps as string[])];
}

/** Thrown where a rule is written in a way that is not read; caught for each rule. */
class Unread extends Error {}

class Parser {
  private at = 0;
  /** Whether `|` is a union here; after the first term of a collection it begins a comprehension. */
  private unions = true;
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
      if (['package', 'import'].some((word) => this.is(word))) {
        this.untilLine();
        continue;
      }
      try {
        rules.push(...this.rule());
      } catch (error) {
        if (!(error instanceof Unread)) throw error;
        this.depth = 0;
        this.unions = true;
        this.untilLine();
      }
    }
  }

  private rule(): Rule[] {
    const fallback = this.is('default') && this.peek(1)?.kind === 'name' && this.take('default');
    const name = this.peek();
    if (name?.kind !== 'name') throw new Unread('rule');
    this.at++;
    let args: Term[] = [];
    let key: Term | undefined;
    let shape: readonly Term[] = [];
    if (this.take('(')) ({ args, shape } = plainArguments(this.list(')')));
    else if (this.take('[')) {
      key = this.expression();
      this.lines();
      this.expect(']');
    } else if (this.take('contains')) key = this.expression();
    const head = { name: name.text, args, ...(key ? { key } : {}) };
    const value = this.valueOfHead();
    if (fallback) return [{ ...head, ...value, fallback, body: [] }];
    const rules: Rule[] = this.bodies().map((body) => ({ ...head, ...value, body: [...shape, ...body] }));
    // `else` counts where nothing before it holds.
    const before = rules.map(({ body }): Term => ({ kind: 'not', term: { kind: 'block', body } }));
    while (this.takeElse()) {
      const other = this.valueOfHead();
      for (const body of this.bodies()) {
        rules.push({ ...head, ...other, body: [...shape, ...before, ...body] });
        before.push({ kind: 'not', term: { kind: 'block', body } });
      }
    }
    return rules;
  }

  private valueOfHead(): { value?: Term } {
    return this.take(':=') || this.take('=') ? { value: this.expression() } : {};
  }

  /** The bodies after a head: none is one that always holds. */
  private bodies(): Term[][] {
    const condition = this.take('if');
    if (condition && !this.is('{')) return [[this.statement()]];
    if (!this.is('{')) return [[]];
    const bodies: Term[][] = [];
    while (this.take('{')) bodies.push(this.body('}'));
    return bodies;
  }

  private takeElse(): boolean {
    const at = this.at;
    this.lines();
    if (this.take('else')) return true;
    this.at = at;
    return false;
  }

  private body(end: string): Term[] {
    const before = this.unions;
    this.unions = true;
    const statements: Term[] = [];
    for (;;) {
      while (this.peek()?.kind === 'line' || this.is(';')) this.at++;
      if (this.take(end)) break;
      if (!this.peek()) throw new Unread(end);
      const statement = this.statement();
      statements.push(...(apart(statement, statements.length) ?? [statement]));
    }
    this.unions = before;
    return statements;
  }

  private statement(): Term {
    if (this.take('not')) return { kind: 'not', term: this.statement() };
    if (this.is('every') && this.peek(1)?.kind === 'name') return this.every();
    if (this.take('some')) {
      if (this.is('[') || this.is('{')) return this.somePattern();
      const names = this.names();
      return this.take('in') ? { kind: 'each', names, of: this.expression() } : { kind: 'list', items: [] };
    }
    return this.modified(this.expression());
  }

  /** `some [name, spec] in groups`: members of a shape. */
  private somePattern(): Term {
    const pattern = this.term();
    this.expect('in');
    return { kind: 'call', name: SOME, args: [pattern, this.expression()] };
  }

  /** `with input.review.object as x`: what is named stands for something else while the statement is read. */
  private modified(statement: Term): Term {
    let found = statement;
    while (this.take('with')) {
      const target = pathOf(this.term());
      this.expect('as');
      const value = this.term();
      if (target === undefined) throw new Unread('with');
      found =
        found.kind === 'assign'
          ? { ...found, term: { kind: 'with', term: found.term, target, value } }
          : { kind: 'with', term: found, target, value };
    }
    return found;
  }

  private names(): string[] {
    const names: string[] = [];
    do names.push(this.peek()?.text ?? '');
    while (++this.at && this.take(','));
    return names;
  }

  /** `every x in xs { … }`: there is no x for which it does not hold. */
  private every(): Term {
    this.expect('every');
    const names = this.names();
    this.expect('in');
    const of = this.expression();
    this.expect('{');
    const broken: Term = { kind: 'not', term: { kind: 'block', body: this.body('}') } };
    return { kind: 'not', term: { kind: 'block', body: [{ kind: 'each', names, of }, broken] } };
  }

  private expression(): Term {
    if (++this.depth > MOST_DEPTH) throw new Unread('depth');
    const left = this.condition();
    let found = left;
    if (this.take(':=') || this.take('=')) {
      this.lines();
      const right = this.condition();
      found =
        left.kind === 'ref' && typeof left.head === 'string' && left.steps.length === 0
          ? { kind: 'assign', name: left.head, term: right }
          : { kind: 'compare', operator: '==', left, right };
    }
    this.depth--;
    return found;
  }

  private condition(): Term {
    const left = this.sum();
    const operator = this.peek();
    if (operator?.kind === 'sign' && ['==', '!=', '<', '<=', '>', '>='].includes(operator.text)) {
      this.at++;
      this.lines();
      return { kind: 'compare', operator: operator.text, left, right: this.sum() };
    }
    return this.take('in') ? { kind: 'call', name: 'in', args: [left, this.sum()] } : left;
  }

  private sum(): Term {
    let left = this.term();
    while ((this.unions ? SIGNS : SIGNS.slice(0, -1)).some((sign) => this.is(sign))) {
      const operator = this.peek()?.text ?? '';
      this.at++;
      this.lines();
      left = { kind: 'sum', operator, left, right: this.term() };
    }
    return left;
  }

  /** An expression in which `|` is a union, or is not. */
  private within(unions: boolean): Term {
    const before = this.unions;
    this.unions = unions;
    const term = this.expression();
    this.unions = before;
    return term;
  }

  /** Terms up to a closing sign. */
  private list(end: string): Term[] {
    const items: Term[] = [];
    for (;;) {
      this.lines();
      if (this.take(end)) return items;
      items.push(this.within(true));
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
      const inner = this.within(true);
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
    const first = this.within(false);
    this.lines();
    if (this.take('|')) return { kind: 'collect', term: first, body: this.body(end), set: end === '}' };
    if (this.take(':')) {
      const entries: [Term, Term][] = [[first, this.within(false)]];
      this.lines();
      if (this.take('|')) {
        const [key, term] = entries[0] as [Term, Term];
        return { kind: 'gather', key, term, body: this.body(end) };
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

const read = rememberedParser((text) => new Parser(tokenize(text)).module(), MOST_CHARACTERS);

/** The rules of a Rego module; those that use what is not read are left out. */
export const parseRego = (text: string): readonly Rule[] => read(text) ?? [];
