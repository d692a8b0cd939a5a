import fc from 'fast-check';
import { expect, test } from 'vitest';
import { integerText } from '../../src/leaderboard/apply.ts';

test('an integer is written as String writes it', () => {
  const large = fc.maxSafeInteger();
  const round = fc.integer({ min: -9_007_199, max: 9_007_199 }).map((high) => high * 1_000_000_000);
  fc.assert(
    fc.property(fc.oneof(large, round, fc.integer()), (integer) => {
      expect(integerText(integer)).toBe(String(integer));
    }),
  );
});
