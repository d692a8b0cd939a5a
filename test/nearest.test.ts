import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distance, nearest } from '../src/nearest.ts';

const name = fc.string({ maxLength: 12 });

test('the distance is a metric', () => {
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(distance(a, a)).toBe(0);
      expect(distance(a, b)).toBe(distance(b, a));
      expect(distance(a, c)).toBeLessThanOrEqual(distance(a, b) + distance(b, c));
      expect(a === b || distance(a, b) > 0).toBe(true);
    }),
  );
});

test.each([
  ['kitten', 'sitting', 3],
  ['', 'api', 3],
  ['web', 'web', 0],
])('%s to %s takes %i edits', (a, b, edits) => {
  expect(distance(a, b)).toBe(edits);
});

test('near names come nearest first, and nothing that is far', () => {
  expect(nearest('paymnts', ['payment', 'payments', 'web'])).toEqual(['payments', 'payment']);
  expect(nearest('API', ['api', 'shop-api', 'db'])).toEqual(['api', 'shop-api']);
  expect(nearest('zzz', ['payments', 'web'])).toEqual([]);
  expect(nearest('a', ['a1', 'a2', 'a3', 'a4'], 2)).toEqual(['a1', 'a2']);
});
