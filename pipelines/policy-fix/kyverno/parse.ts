import { compile } from 'jmespath';

/** A node of a JMESPath syntax tree, as the parser writes it. */
export interface Node {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly children?: readonly Node[];
}

/** What is read of one expression. */
const MOST_CHARACTERS = 4_000;
const MOST_EXPRESSIONS = 1_000;

const known = new Map<string, Node | undefined>();

function parse(text: string): Node | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  try {
    return compile(text);
  } catch {
    return undefined;
  }
}

/** The syntax tree of a JMESPath expression, or undefined where it is none, or uses what only Kyverno's own dialect has. */
export function parseJmesPath(text: string): Node | undefined {
  if (known.has(text)) return known.get(text);
  const node = parse(text);
  if (known.size >= MOST_EXPRESSIONS) known.clear();
  known.set(text, node);
  return node;
}
