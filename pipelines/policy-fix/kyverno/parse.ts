import { compile } from 'jmespath';
import { rememberedParser } from '../parse-memo.ts';

/** A node of a JMESPath syntax tree, as the parser writes it. */
export interface Node {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly children?: readonly Node[];
}

/** What is read of one expression. */
const MOST_CHARACTERS = 4_000;

/** The syntax tree of a JMESPath expression, or undefined where it is none, or uses what only Kyverno's own dialect has. */
export const parseJmesPath = rememberedParser<Node>(compile, MOST_CHARACTERS);

const OPERATORS: Readonly<Record<string, string>> = { EQ: '==', NE: '!=', LT: '<', LTE: '<=', GT: '>', GTE: '>=' };

/** How a comparison is written; empty for any other node. */
export const operatorOf = ({ name }: Node): string => OPERATORS[name ?? ''] ?? '';
