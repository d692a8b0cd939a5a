import { type ASTNode, Environment } from '@marcbachmann/cel-js';

export type Node = ASTNode;

/** What is read of one expression; Kubernetes' own limits on cost are the engine's business. */
const MOST_CHARACTERS = 10_000;
const MOST_EXPRESSIONS = 1_000;

const environment = new Environment({
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 16 },
});

const known = new Map<string, Node | undefined>();

function parse(text: string): Node | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  try {
    return environment.parse(text).ast;
  } catch {
    return undefined;
  }
}

/** The syntax tree of a CEL expression, or undefined where it is none, or too large to be worth reading. */
export function parseCel(text: string): Node | undefined {
  if (known.has(text)) return known.get(text);
  const node = parse(text);
  if (known.size >= MOST_EXPRESSIONS) known.clear();
  known.set(text, node);
  return node;
}
