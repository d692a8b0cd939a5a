/** A word of a policy's language. */
export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'sign';
  readonly text: string;
}

/** What starts at a place of a text, by the first pattern that fits; white space and comments have no kind. */
export type Lexer = readonly (readonly [kind: Token['kind'] | undefined, pattern: RegExp])[];

/** As CEL's grammar reads; a name in backquotes is only ever a field. */
const CEL: Lexer = [
  [undefined, /[ \t\r\n\f]+|\/\/[^\n]*/y],
  ['string', /[bB]?[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')/y],
  ['string', /[bB]?(?:"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?''')/y],
  ['string', /[bB]?(?:"(?:\\[^\n\r]|[^"\\\n\r])*"|'(?:\\[^\n\r]|[^'\\\n\r])*')/y],
  ['string', /`[A-Za-z0-9_./ -]+`/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['number', /[0-9]+(?:\.[0-9]+)?/y],
  ['sign', /[\s\S]/y],
];

export function tokensOf(text: string, lexer: Lexer): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    for (const [kind, pattern] of lexer) {
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0];
      if (found === undefined) continue;
      if (kind !== undefined) tokens.push({ kind, text: found });
      at += found.length;
      break;
    }
  }
  return tokens;
}

export const celTokens = (text: string): Token[] => tokensOf(text, CEL);

export const isSign = (token: Token | undefined, ...signs: string[]): boolean =>
  token?.kind === 'sign' && signs.includes(token.text);

/** Whether the token at `at` is a field of what stands before it: `a.http`, `a.?http`, but not CEL's absolute `.http`. */
export function isField(tokens: readonly Token[], at: number): boolean {
  let dot = at - 1;
  if (isSign(tokens[dot], '?')) dot--;
  if (!isSign(tokens[dot], '.')) return false;
  const owner = tokens[dot - 1];
  return owner?.kind === 'name' ? owner.text !== 'in' || isField(tokens, dot - 1) : endsValue(owner);
}

const endsValue = (token: Token | undefined): boolean => token?.kind === 'string' || isSign(token, ')', ']', '}');
