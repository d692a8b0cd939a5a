export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'sign' | 'line';
  readonly text: string;
}

const LEXER =
  /(?<skip>[ \t\r]+|#[^\n]*)|(?<line>\n)|(?<string>"(?:\\.|[^"\\\n])*"|`[^`]*`)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<number>\d+(?:\.\d+)?)|(?<sign>:=|==|!=|<=|>=|.)/gs;

/** The tokens of a Rego module, line ends among them; comments and blanks are left out. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const { groups = {} } of text.matchAll(LEXER)) {
    const kind = (['line', 'string', 'name', 'number', 'sign'] as const).find((name) => groups[name] !== undefined);
    if (kind) tokens.push({ kind, text: groups[kind] as string });
  }
  return tokens;
}

/** What a quoted or raw string says. */
export function unquoted(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
