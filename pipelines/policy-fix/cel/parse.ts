import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { rememberedParser } from '../parse-memo.ts';
import { plain } from './plain.ts';

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

/** The syntax tree of a CEL expression, or undefined where it is none, or too large to be worth reading. */
export const parseCel = rememberedParser<Node>((text) => plain(environment.parse(text).ast) as Node, MOST_CHARACTERS);
