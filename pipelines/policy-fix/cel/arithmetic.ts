import { type Meaning, UNKNOWN, value, valueNow } from './meaning.ts';
import { MIRRORED } from './operators.ts';

/** What an operator makes of two numbers; undefined for one that is not read, and where there is nothing to divide by. */
export function calculated(operator: string, a: number, b: number): number | undefined {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  if (operator === '*') return a * b;
  if ((operator === '/' || operator === '%') && b !== 0) return operator === '/' ? a / b : a % b;
  return undefined;
}

const isTold = ({ kind }: Meaning): boolean => kind === 'value';

/** A sum of two numbers: a plain one, or, where something of it stands in the object, one that is still to be solved for that. */
export function summed(operator: string, left: Meaning, right: Meaning): Meaning {
  const [a, b] = [valueNow(left), valueNow(right)];
  const now = typeof a === 'number' && typeof b === 'number' ? calculated(operator, a, b) : undefined;
  if (isTold(left) && isTold(right)) return now === undefined ? UNKNOWN : value(now);
  if ([left, right].some(({ kind }) => !['value', 'place', 'quantity', 'sum'].includes(kind))) return UNKNOWN;
  return { kind: 'sum', operator, left, right, ...(now === undefined ? {} : { now }) };
}

/** The sum of many numbers. */
export const total = (items: readonly Meaning[]): Meaning =>
  items.length === 0 ? value(0) : items.reduce((all, item) => summed('+', all, item));

/** What a place of the object would have to be compared with. */
export interface Solution {
  readonly place: Meaning;
  readonly operator: string;
  readonly bound: number;
}

function within(side: Meaning, operator: string, bound: number): Solution[] {
  if (side.kind === 'place' || side.kind === 'quantity') return [{ place: side, operator, bound }];
  if (side.kind !== 'sum') return [];
  const [a, b] = [valueNow(side.left), valueNow(side.right)];
  // Of a product or quotient with a negative side, and of a remainder, nothing is said.
  const positive = (number: unknown): number is number => typeof number === 'number' && number > 0;
  const mirrored = MIRRORED[operator] ?? operator;
  switch (side.operator) {
    case '+':
      return [
        ...(typeof b === 'number' ? within(side.left, operator, bound - b) : []),
        ...(typeof a === 'number' ? within(side.right, operator, bound - a) : []),
      ];
    case '-':
      return [
        ...(typeof b === 'number' ? within(side.left, operator, bound + b) : []),
        ...(typeof a === 'number' ? within(side.right, mirrored, a - bound) : []),
      ];
    case '*':
      return [
        ...(positive(b) ? within(side.left, operator, bound / b) : []),
        ...(positive(a) ? within(side.right, operator, bound / a) : []),
      ];
    case '/':
      return [
        ...(positive(b) ? within(side.left, operator, bound * b) : []),
        ...(positive(a) && bound > 0 ? within(side.right, mirrored, a / bound) : []),
      ];
    default:
      return [];
  }
}

/** The places of a comparison of sums, each with what it would have to be while the others stay: `a + b <= c` solved for a, b and c. */
export function solutions(operator: string, left: Meaning, right: Meaning): Solution[] {
  const [a, b] = [valueNow(left), valueNow(right)];
  return [
    ...(typeof b === 'number' ? within(left, operator, b) : []),
    ...(typeof a === 'number' ? within(right, MIRRORED[operator] ?? operator, a) : []),
  ].filter(({ bound }) => Number.isFinite(bound));
}

/** The whole number next to a bound that a comparison takes; undefined where none does. */
export function wholeBound(operator: string, bound: number): number | undefined {
  if (operator === '<') return Math.ceil(bound) - 1;
  if (operator === '<=') return Math.floor(bound);
  if (operator === '>') return Math.floor(bound) + 1;
  if (operator === '>=') return Math.ceil(bound);
  return operator === '==' && Number.isInteger(bound) ? bound : undefined;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['Gi', 1024 ** 3],
  ['Mi', 1024 ** 2],
  ['Ki', 1024],
  ['', 1],
];

/**
 * A number as Kubernetes writes amounts, on the side of the bound that a comparison takes: thousandths for CPU (below a thousand),
 * else the largest power of 1024 of which there are a hundred. Undefined for what is no amount.
 */
export function amountText(operator: string, bound: number, cpu: boolean): string | undefined {
  const size = cpu
    ? 1e-3
    : (UNITS.find(([, each]) => bound >= each && (bound % each === 0 || bound >= 100 * each))?.[1] ?? 1);
  // A thousandth is no binary fraction; a power of two divides exactly.
  const count = wholeBound(operator, cpu ? Number((bound / size).toPrecision(12)) : bound / size);
  if (count === undefined || count <= 0) return undefined;
  if (cpu) return count % 1000 === 0 ? String(count / 1000) : `${count}m`;
  return `${count}${UNITS.find(([, each]) => each === size)?.[0] ?? ''}`;
}
