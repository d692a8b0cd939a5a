import { type ASTNode, Environment } from '@marcbachmann/cel-js';

const environment = new Environment({
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 5_000, maxDepth: 100 },
});

const isNode = (part: unknown): part is ASTNode => typeof part === 'object' && part !== null && 'op' in part;

function* nodesIn(part: unknown): Generator<ASTNode> {
  if (Array.isArray(part)) for (const item of part) yield* nodesIn(item);
  else if (isNode(part)) {
    yield part;
    yield* nodesIn(part.args);
  }
}

const ARITHMETIC = new Set<string>(['+', '-', '*', '/', '%']);

/** Whether an expression is a whole number by how it is written. */
function isWhole({ op, args }: ASTNode): boolean {
  if (op === 'value') return typeof args === 'bigint';
  if (op === 'call' || op === 'rcall') return args[0] === 'size' || args[0] === 'int';
  if (op === '-_') return isNode(args) && isWhole(args);
  return ARITHMETIC.has(op) && Array.isArray(args) && args.some((side) => isNode(side) && isWhole(side));
}

/** Whether an expression may be a number that stands in an object. */
const mayBeField = ({ op, args }: ASTNode): boolean =>
  ['.', '.?', '[]', '[?]', 'id'].includes(op) || (op === 'rcall' && (args[0] === 'orValue' || args[0] === 'value'));

/** A span of the source that is written otherwise. */
interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Whether the brackets of a span close within it: the ones around an expression are not part of its node. */
function isClosed(text: string): boolean {
  let open = 0;
  for (const character of text) {
    if (character === '(') open++;
    if (character === ')' && --open < 0) return false;
  }
  return open === 0;
}

/** `type(x) == int`: floating-point without a fraction counts, too. */
function typeTest(source: string, { op, args, start, end }: ASTNode): Change[] {
  if (op !== '==' && op !== '!=') return [];
  const [left, right] = args;
  const of = left.op === 'call' && left.args[0] === 'type' ? left.args[1][0] : undefined;
  if (!of || right.op !== 'id' || right.args !== 'int' || !isClosed(source.slice(start, end))) return [];
  const x = source.slice(of.start, of.end);
  const text = `(type(${x}) == int || (type(${x}) == double && double(int(${x})) == ${x}))`;
  return [{ start, end, text: op === '!=' ? `!${text}` : text }];
}

/** Numbers of the object among whole ones, and on both sides of `%`, which only those have. */
function arithmetic(source: string, { op, args }: ASTNode): Change[] {
  if (!ARITHMETIC.has(op) || !Array.isArray(args)) return [];
  const sides = (args as readonly unknown[]).filter(isNode);
  if (op !== '%' && !sides.some(isWhole)) return [];
  return sides.flatMap((side) => {
    const text = source.slice(side.start, side.end);
    if (isWhole(side) || !mayBeField(side) || !isClosed(text)) return [];
    return [{ start: side.start, end: side.end, text: `int(${text})` }];
  });
}

/** Whether an expression is floating-point by how it is written. */
const isFraction = ({ op, args }: ASTNode): boolean =>
  (op === 'value' && typeof args === 'number') ||
  (op === 'call' && args[0] === 'double') ||
  (op === 'rcall' && args[0] === 'asApproximateFloat');

/** Whether an expression is a text by how it is written. */
function isText({ op, args }: ASTNode): boolean {
  if (op === 'value') return typeof args === 'string';
  if (op === 'call') return args[0] === 'string';
  if (op === 'rcall') return args[0] === 'join';
  return op === '+' && args.some((side) => isNode(side) && isText(side));
}

/** The sums of an expression that put texts together, each with the ones that are parts of it. */
function textsAmong(nodes: readonly ASTNode[]): ReadonlySet<ASTNode> {
  const sums = new Set<ASTNode>();
  const add = (node: ASTNode): void => {
    if (node.op !== '+' || sums.has(node)) return;
    sums.add(node);
    for (const side of node.args) add(side);
  };
  for (const node of nodes) if (isText(node)) add(node);
  return sums;
}

/**
 * Sides of arithmetic that may be a parameter: as an integer where they have no fraction, unless they meet a floating-point number.
 * What puts `texts` together is none.
 */
function wholeSides(source: string, node: ASTNode, texts: ReadonlySet<ASTNode>): Change[] {
  const { op, args } = node;
  if (!ARITHMETIC.has(op) || !Array.isArray(args) || texts.has(node)) return [];
  const sides = (args as readonly unknown[]).filter(isNode);
  if (sides.some(isFraction)) return [];
  return sides.flatMap(({ start, end, ...node }) => {
    const x = source.slice(start, end);
    if (!mayBeField({ start, end, ...node } as ASTNode) || !isClosed(x)) return [];
    return [{ start, end, text: `(type(${x}) == double && double(int(${x})) == ${x} ? dyn(int(${x})) : dyn(${x}))` }];
  });
}

/** An expression with what the given rewritings say of its nodes; unchanged where it cannot be read. */
function rewritten(
  source: string,
  rewrite: (source: string, node: ASTNode, texts: ReadonlySet<ASTNode>) => Change[],
): string {
  if (!/\btype\s*\(|[%*/+-]/.test(source)) return source;
  let root: ASTNode;
  try {
    root = environment.parse(source).ast;
  } catch {
    return source;
  }
  const nodes = [...nodesIn(root)];
  const texts = textsAmong(nodes);
  const tests = nodes.flatMap((node) => typeTest(source, node));
  const apart = nodes
    .flatMap((node) => rewrite(source, node, texts))
    .filter(({ start, end }) => !tests.some((test) => test.start <= start && end <= test.end));
  // Of changes within each other the outer one is left out: what a field's index is computed from is no matter of types.
  const changes = [...tests, ...apart].filter(
    (change, _, all) =>
      !all.some((other) => other !== change && change.start <= other.start && other.end <= change.end),
  );
  return changes
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), source);
}

/**
 * A CEL expression as it has to be written for numbers that are all floating-point. Kyverno reads the whole numbers of an object as
 * such, the API server as integers, so that there `type(x) == int` holds and `x % 2` has a value. Unchanged where nothing of
 * the kind stands in it.
 */
export const withWholeNumbers = (source: string): string => rewritten(source, arithmetic);

/**
 * A CEL expression as it has to be written where parameters alone are floating-point: `gator test` reads constraints by way of plain
 * JSON (its `ReadK8sResources`), an API server gives their whole numbers as integers, so that `replicas - params.spare` has a value.
 */
export const withWholeParameters = (source: string): string => rewritten(source, wholeSides);
