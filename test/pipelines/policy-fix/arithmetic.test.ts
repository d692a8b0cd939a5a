import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountText, solutions, summed, wholeBound } from '../../../pipelines/policy-fix/cel/arithmetic.ts';
import { compares } from '../../../pipelines/policy-fix/cel/compares.ts';
import { type Meaning, value, valueNow } from '../../../pipelines/policy-fix/cel/meaning.ts';
import { quantity } from '../../../pipelines/policy-fix/fixers/resources.ts';

const place = (name: string, now: number): Meaning => ({ kind: 'place', path: ['spec', name], value: now });
const operators = fc.constantFrom('<', '<=', '>', '>=');
const number = fc.integer({ min: 1, max: 1_000 });

describe('sums of fields', () => {
  it('are solved for each field: with the whole number that is found the comparison holds', () => {
    fc.assert(
      fc.property(operators, fc.constantFrom('+', '-', '*'), number, number, number, (operator, sign, a, b, c) => {
        const [left, right] = [place('a', a), place('b', b)];
        const found = solutions(operator, summed(sign, left, right), value(c));
        expect(found).toHaveLength(2);
        for (const solution of found) {
          const whole = wholeBound(solution.operator, solution.bound);
          if (whole === undefined || solution.place.kind !== 'place') throw new Error('no whole number');
          const put = (side: Meaning): Meaning => (side === solution.place ? value(whole) : value(valueNow(side) ?? 0));
          expect(compares(operator, valueNow(summed(sign, put(left), put(right))) ?? 0, c)).toBe(true);
        }
      }),
    );
  });

  it('are not solved for what they do not hold, or for a factor of nothing', () => {
    expect(solutions('<=', summed('+', place('a', 1), { kind: 'unknown' }), value(3))).toEqual([]);
    expect(solutions('<=', summed('*', place('a', 1), value(0)), value(3))).toEqual([]);
    expect(summed('+', value(1), value(2))).toEqual(value(3));
  });

  it('are written as amounts on the side of the bound that the comparison takes', () => {
    fc.assert(
      fc.property(operators, fc.integer({ min: 2_000, max: 2 ** 40 }), (operator, bound) => {
        const text = amountText(operator, bound, false);
        expect(compares(operator, quantity(text) ?? 0, bound)).toBe(true);
      }),
    );
    expect(amountText('<=', 1.5 * 1024 ** 3, false)).toBe('1536Mi');
    expect(amountText('<=', 0.25, true)).toBe('250m');
    expect(amountText('>=', 2, true)).toBe('2');
    expect(amountText('<', 0, false)).toBeUndefined();
  });
});
