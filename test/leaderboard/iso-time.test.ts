import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime } from '../../src/leaderboard/iso-time.ts';
import { EARLIEST, LATEST } from '../../src/leaderboard/windows.ts';

test('a time is written as toISOString writes it', () => {
  fc.assert(
    fc.property(fc.integer({ min: EARLIEST, max: LATEST }), fc.nat({ max: 3 * 86_400_000 }), (time, later) => {
      for (const each of [time, time + later, time]) expect(isoTime(each)).toBe(new Date(each).toISOString());
    }),
  );
});
