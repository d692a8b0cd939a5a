import { amountText, calculated } from '../cel/arithmetic.ts';
import { compares } from '../cel/compares.ts';
import { type Meaning, valueNow } from '../cel/meaning.ts';
import { MOST_WAYS, remainder } from '../cel/ways.ts';
import type { Way } from '../wish.ts';

/** The whole parts of a number on either side of one, none of which is nothing. */
const wholesAround = (now: number, by: number): number[] =>
  [Math.floor(now / by) * by, Math.ceil(now / by) * by].filter((whole) => whole > 0 && whole !== now);

/** `modulo(x, y)` compared with a number: the numbers or amounts next to the one that stands there of which it holds. */
export function ofRemainder(operator: string, { left, right }: Meaning & { kind: 'sum' }, rest: unknown): Way[] {
  const [now, by] = [valueNow(left), valueNow(right)];
  const wanted = typeof rest === 'string' && /^\d+$/.test(rest) ? Number(rest) : rest;
  if (typeof now !== 'number' || typeof by !== 'number' || typeof wanted !== 'number') return [];
  if (left.kind === 'place') return remainder(operator, left, by, wanted);
  if (left.kind !== 'quantity' || left.of.kind !== 'place' || left.unit !== undefined || by <= 0) return [];
  const { path } = left.of;
  const values = wholesAround(now, by).flatMap((whole) => {
    if (compares(operator, calculated('%', whole, by) ?? NaN, wanted) !== true) return [];
    return amountText('==', whole, path.at(-1) === 'cpu') ?? [];
  });
  return values.length > 0 ? [[{ kind: 'choose', path, values: values.slice(0, MOST_WAYS) }]] : [];
}
