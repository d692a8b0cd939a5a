import fc from 'fast-check';
import { unpackMultiple } from 'msgpackr';
import { expect, test } from 'vitest';
import { packIntegerTexts } from '../../src/leaderboard/integer-texts.ts';

test('integers arrive as the texts that String writes of them', () => {
  const round = fc.integer({ min: -90_071_992, max: 90_071_992 }).map((high) => high * 100_000_000);
  const edges = fc.constantFrom(0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 99_999_999, 100_000_000, -9);
  const list = fc.array(fc.oneof(fc.maxSafeInteger(), round, fc.integer(), edges));
  fc.assert(
    fc.property(fc.array(list, { minLength: 1 }), (lists) => {
      expect(unpackMultiple(packIntegerTexts(lists))).toEqual(lists.map((integers) => integers.map(String)));
    }),
  );
});
