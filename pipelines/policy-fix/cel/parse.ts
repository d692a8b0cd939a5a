import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { rememberedParser } from '../parse-memo.ts';

export type Node = ASTNode;

/** What is read of one expression; Kubernetes' own limits on cost are the engine's business. */
const MOST_CHARACTERS = 10_000;

const environment = new Environment({
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 16 },
});

/** Whether a part of a node's arguments is a node itself. */
export const isNode = (part: unknown): part is Node => typeof part === 'object' && part !== null && 'op' in part;

const isLiteral = (node: Node, value: boolean): boolean => node.op === 'value' && node.args === value;

/** `a ? b : false` is `a && b`, `a ? true : b` is `a || b`, and so on: choices between truth values are read as what they say. */
function plain(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(plain);
  if (!isNode(part)) return part;
  const node = { ...part, args: plain(part.args) } as Node;
  if (node.op !== '?:') return node;
  const [test, yes, no] = node.args;
  const not = { ...node, op: '!_', args: test } as Node;
  const joined = (op: '&&' | '||', a: Node, b: Node): Node => ({ ...node, op, args: [a, b] }) as Node;
  if (isLiteral(no, false)) return joined('&&', test, yes);
  if (isLiteral(yes, true)) return joined('||', test, no);
  if (isLiteral(yes, false)) return joined('&&', not, no);
  return isLiteral(no, true) ? joined('||', not, yes) : node;
}

/** The syntax tree of a CEL expression, or undefined where it is none, or too large to be worth reading. */
export const parseCel = rememberedParser<Node>((text) => plain(environment.parse(text).ast) as Node, MOST_CHARACTERS);
