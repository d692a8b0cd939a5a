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

/** The syntax tree of a CEL expression, or undefined where it is none, or too large to be worth reading. */
export const parseCel = rememberedParser<Node>((text) => environment.parse(text).ast, MOST_CHARACTERS);
